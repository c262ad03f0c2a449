use super::*;
use crate::conformance;
use std::fs;

fn names() -> (RunId, ActorId) {
    (
        RunId::new("run").unwrap(),
        ActorId::new("0004_european_35_male").unwrap(),
    )
}

/// Journals with a log of two records, and the path of that log.
async fn two_records() -> (tempfile::TempDir, FolderJournals, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let journals = FolderJournals::new(folder.path().join(".tdbal"));
    let (run, actor) = names();
    for number in 1..=2 {
        append(&journals, number).await.unwrap();
    }
    let file = journals.log_path(&run, &actor);
    assert_eq!(fs::read(&file).unwrap(), b"{\"n\":1}\n{\"n\":2}\n");
    (folder, journals, file)
}

async fn append(journals: &FolderJournals, number: u64) -> Result<(), JournalError> {
    let (run, actor) = names();
    let record = Bytes::from(format!("{{\"n\":{number}}}"));
    journals.append(&run, &actor, number, record).await
}

async fn read(journals: &FolderJournals) -> Result<Vec<Bytes>, JournalError> {
    let (run, actor) = names();
    journals.read(&run, &actor).await
}

#[tokio::test(flavor = "multi_thread")]
async fn folder_journals_conform_to_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(FolderJournals::new(folder.path().join("data/.tdbal")));
    conformance::all(open(), open()).await;
    let shown = open().to_string();
    assert!(shown.ends_with("data/.tdbal"), "{shown}");
}

#[tokio::test]
async fn incomplete_last_line_is_skipped_then_overwritten() {
    let (_folder, journals, file) = two_records().await;
    let whole = fs::read(&file).unwrap();
    let third = b"{\"n\":3}";
    for length in 1..=third.len() {
        let interrupted: Vec<u8> = [whole.as_slice(), &third[..length]].concat();
        fs::write(&file, &interrupted).unwrap();
        assert_eq!(read(&journals).await.unwrap().len(), 2, "{length} bytes");
        assert_eq!(fs::read(&file).unwrap(), interrupted, "read-only");
        append(&journals, 3).await.unwrap();
        let repaired = [whole.as_slice(), third, b"\n"].concat();
        assert_eq!(fs::read(&file).unwrap(), repaired);
        assert_eq!(read(&journals).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn log_without_complete_record_is_empty_and_appendable() {
    let folder = tempfile::tempdir().unwrap();
    let journals = FolderJournals::new(folder.path());
    let (run, actor) = names();
    let file = journals.log_path(&run, &actor);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    assert_eq!(journals.runs().await.unwrap(), [], "empty folders");
    for content in ["", "{\"n\""] {
        fs::write(&file, content).unwrap();
        assert_eq!(read(&journals).await.unwrap(), [] as [Bytes; 0]);
        assert_eq!(
            journals.actors(&run).await.unwrap(),
            std::slice::from_ref(&actor)
        );
        append(&journals, 1).await.unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"{\"n\":1}\n");
    }
    assert_eq!(journals.runs().await.unwrap(), [run]);
}

#[tokio::test]
async fn corrupt_complete_line_is_reported_by_number() {
    let (_folder, journals, file) = two_records().await;
    for (content, corrupt) in [
        ("{\"n\":1\n{\"n\":2}\n", 1),
        ("{\"n\":1}\n\n{\"n\":3}\n", 2),
        ("{\"n\":1}\n{\"n\":2}\n\0\0\0\n{\"n\"", 3),
    ] {
        fs::write(&file, content).unwrap();
        let error = read(&journals).await.unwrap_err();
        let JournalError::Corrupt { log, line } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*line, corrupt, "{content:?}");
        assert!(log.ends_with("run/actors/0004_european_35_male.jsonl"));
        assert!(error.to_string().contains(&format!("record {corrupt} ")));
    }
}

#[tokio::test]
async fn read_ignores_the_file_lock_and_append_waits_for_it() {
    let (_folder, journals, file) = two_records().await;
    let writer = fs::File::open(&file).unwrap();
    writer.lock().unwrap();
    assert_eq!(read(&journals).await.unwrap().len(), 2);
    let waiting = tokio::spawn(async move { append(&journals, 3).await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
    drop(writer);
    waiting.await.unwrap().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn append_to_unwritable_root_names_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("file");
    fs::write(&root, "").unwrap();
    let journals = FolderJournals::new(&root);
    let error = append(&journals, 1).await.unwrap_err();
    assert!(matches!(error, JournalError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("0004_european_35_male.jsonl"));
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(read(&journals).await.unwrap(), [] as [Bytes; 0]);
}

#[tokio::test]
async fn actors_skips_files_that_are_not_logs() {
    let (_folder, journals, file) = two_records().await;
    let (run, actor) = names();
    for name in [".tdbal-x.tmp", "notes.txt", ".jsonl"] {
        fs::write(file.with_file_name(name), "x").unwrap();
    }
    assert_eq!(journals.actors(&run).await.unwrap(), [actor]);
}
