//! Files by name, shared files and the lock of an output folder.

use super::{OutputFolder, READ_LIMIT};
use crate::error::OutputError;
use bytes::Bytes;

fn output() -> (tempfile::TempDir, OutputFolder) {
    let folder = tempfile::tempdir().unwrap();
    let output = OutputFolder::new(folder.path().join("out"));
    (folder, output)
}

#[tokio::test]
async fn file_is_read_as_it_was_last_written() {
    let (_folder, output) = output();
    let files = output.files();
    assert_eq!(files.read("a.txt").await.unwrap(), None);
    for content in ["first", "second"] {
        files.write("a.txt", Bytes::from(content)).await.unwrap();
        assert_eq!(files.read("a.txt").await.unwrap().unwrap(), content);
    }
    let on_disk = std::fs::read_to_string(output.path().join("a.txt")).unwrap();
    assert_eq!(on_disk, "second");
}

#[tokio::test]
async fn json_is_written_with_indentation() {
    let (_folder, output) = output();
    output.files().write_json("a.json", &[1, 2]).await.unwrap();
    let content = output.files().read("a.json").await.unwrap().unwrap();
    assert_eq!(content, "[\n  1,\n  2\n]");
}

#[tokio::test]
async fn value_without_json_form_is_an_error_that_names_the_file() {
    let (_folder, output) = output();
    let value = std::collections::BTreeMap::from([((1, 2), 3)]);
    let error = output.files().write_json("a.json", &value).await;
    let error = error.unwrap_err();
    assert!(matches!(error, OutputError::Json { .. }), "{error:?}");
    assert!(error.to_string().contains("a.json"), "{error}");
    assert_eq!(output.files().read("a.json").await.unwrap(), None);
}

#[tokio::test]
async fn delete_says_whether_the_file_existed() {
    let (_folder, output) = output();
    let files = output.files();
    assert!(!files.delete("a.txt").await.unwrap());
    files.write("a.txt", Bytes::new()).await.unwrap();
    assert!(files.delete("a.txt").await.unwrap());
    assert_eq!(files.read("a.txt").await.unwrap(), None);
}

#[tokio::test]
async fn list_names_the_files_below_a_folder_in_order() {
    let (_folder, output) = output();
    let files = output.files();
    assert!(files.list("answers").await.unwrap().is_empty());
    for name in [
        "answers/b.json",
        "answers/x/a.json",
        "answers/a.json",
        "z.json",
    ] {
        files.write(name, Bytes::new()).await.unwrap();
    }
    let expected = ["answers/a.json", "answers/b.json", "answers/x/a.json"];
    assert_eq!(files.list("answers").await.unwrap(), expected);
}

#[tokio::test]
async fn names_that_leave_the_folder_are_refused() {
    let (folder, output) = output();
    for name in ["../a.txt", "/a.txt", ""] {
        let files = output.files();
        assert!(files.write(name, Bytes::new()).await.is_err(), "{name}");
        assert!(files.read(name).await.is_err(), "{name}");
        assert!(files.delete(name).await.is_err(), "{name}");
    }
    assert!(!folder.path().join("a.txt").exists());
}

#[tokio::test]
async fn file_over_the_size_limit_is_not_read() {
    let (_folder, output) = output();
    output.files().write("a", Bytes::new()).await.unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(output.path().join("a"))
        .unwrap();
    file.set_len(READ_LIMIT + 1).unwrap();
    assert!(output.files().read("a").await.is_err());
}

#[tokio::test]
async fn folder_below_shares_the_cache_and_nothing_else() {
    let (_folder, output) = output();
    let below = output.below("calibration");
    assert_eq!(below.path(), output.path().join("calibration"));

    let content = Bytes::from_static(b"answer");
    below.cache().write("a", content.clone()).await.unwrap();
    assert_eq!(output.cache().read("a").await.unwrap(), Some(content));
    assert_eq!(below.files().read("a").await.unwrap(), None);

    below.files().write("b", Bytes::new()).await.unwrap();
    assert_eq!(output.files().read("b").await.unwrap(), None);
}

#[test]
fn second_lock_is_refused_until_the_first_is_released() {
    let (_folder, output) = output();
    let lock = output.lock().unwrap();
    // A clone and a new value for the same path stand for another run.
    for other in [output.clone(), OutputFolder::new(output.path())] {
        let error = other.lock().unwrap_err();
        assert!(matches!(error, OutputError::InUse { .. }), "{error:?}");
        let path = output.path().display().to_string();
        assert!(error.to_string().contains(&path), "{error}");
    }
    drop(lock);
    output.lock().unwrap();
}

#[test]
fn locks_of_a_folder_and_of_one_below_it_are_independent() {
    let (_folder, output) = output();
    let below = output.below("calibration");
    let _lock = output.lock().unwrap();
    let _below = below.lock().unwrap();
    assert!(output.lock().is_err() && below.lock().is_err());
}

#[tokio::test]
async fn lines_are_appended_after_those_of_an_earlier_process() {
    let (_folder, output) = output();
    output.append("log", "one\n".into()).await.unwrap();
    output.append("log", "two\n".into()).await.unwrap();
    let later = OutputFolder::new(output.path());
    later.append("log", "three\n".into()).await.unwrap();
    let content = std::fs::read_to_string(output.path().join("log")).unwrap();
    assert_eq!(content, "one\ntwo\nthree\n");
}
