use super::root::{LOCK_FILE, LocalStore, RESERVED};
use crate::{
    Condition, ObjectKey, ObjectRead as _, ObjectStore as _, PutMode, StoreError, Version,
    conformance,
};
use bytes::Bytes;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn store() -> (TempDir, LocalStore) {
    let folder = TempDir::new().unwrap();
    let store = LocalStore::new(folder.path().join("not yet there"));
    (folder, store)
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

async fn listed(store: &LocalStore, prefix: &str) -> Vec<String> {
    store
        .list(prefix)
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.key.to_string())
        .collect()
}

/// The names of all files below a folder, including reserved ones.
fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.extend(files(&entry.path()));
        } else {
            names.push(entry.file_name().into_string().unwrap());
        }
    }
    names.sort();
    names
}

#[tokio::test]
async fn local_store_passes_the_conformance_suite() {
    let (_folder, store) = store();
    conformance::all(Arc::new(store)).await;
}

#[tokio::test]
async fn data_store_does_not_see_the_nested_state_store() {
    let (_folder, data) = store();
    let state = LocalStore::new(data.root().join(".tdbal"));
    let plan = key("runs/x/plan.json");
    let picture = key("actors/0001/a.png");
    data.put(&picture, Bytes::from("picture"), PutMode::Create)
        .await
        .unwrap();
    let version = state
        .put(&plan, Bytes::from("{}"), PutMode::Create)
        .await
        .unwrap();
    state
        .put(&plan, Bytes::from("{1}"), PutMode::Update(version.clone()))
        .await
        .unwrap();
    let lost = state
        .put(&plan, Bytes::from("{2}"), PutMode::Update(version))
        .await;
    assert!(lost.unwrap_err().is_conflict());
    state.copy(&plan, &key("runs/y/plan.json")).await.unwrap();

    assert_eq!(
        listed(&state, "").await,
        ["runs/x/plan.json", "runs/y/plan.json"]
    );
    assert_eq!(state.list_folders("runs").await.unwrap(), ["x", "y"]);
    for prefix in ["", "actors"] {
        assert_eq!(listed(&data, prefix).await, [picture.as_str()], "{prefix}");
    }
    assert_eq!(data.list_folders("").await.unwrap(), ["actors"]);
    // A replaced lock file would let two writers in at once.
    let lock = key(".tdbal-lock");
    let replace = state.put(&lock, Bytes::new(), PutMode::Overwrite).await;
    assert!(replace.is_err());
    let hidden = key(".tdbal/runs/x/plan.json");
    assert!(data.get(&hidden, 9).await.is_err());
    assert!(data.delete(&hidden, Condition::Always).await.is_err());
    data.delete(&picture, Condition::Always).await.unwrap();
    assert_eq!(state.get(&plan, 9).await.unwrap().bytes, "{1}");

    state.delete(&plan, Condition::Always).await.unwrap();
    assert_eq!(listed(&state, "").await, ["runs/y/plan.json"]);
}

#[tokio::test]
async fn nested_state_store_passes_the_conformance_suite() {
    let (_folder, data) = store();
    let state = LocalStore::new(data.root().join(".tdbal"));
    conformance::all(Arc::new(state)).await;
    assert!(listed(&data, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_have_one_winner() {
    let (_folder, store) = store();
    conformance::races(Arc::new(store)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_on_one_folder_have_one_winner() {
    // Like two processes, two stores share nothing but the folder.
    let (_folder, store) = store();
    let other = LocalStore::new(store.root());
    for round in 0..20 {
        let key = key("manifest.json");
        store
            .put(&key, Bytes::from(format!("{round}")), PutMode::Overwrite)
            .await
            .unwrap();
        let version = store.head(&key).await.unwrap().version.unwrap();
        let (a, b) = tokio::join!(
            store.put(
                &key,
                Bytes::from_static(b"a"),
                PutMode::Update(version.clone())
            ),
            other.put(&key, Bytes::from_static(b"b"), PutMode::Update(version)),
        );
        assert!(a.is_ok() ^ b.is_ok(), "{a:?} {b:?}");
        let winner: &[u8] = if a.is_ok() { b"a" } else { b"b" };
        assert_eq!(store.get(&key, 9).await.unwrap().bytes, winner);
    }
}

#[tokio::test]
async fn writes_wait_while_the_lock_is_held() {
    let (_folder, store) = store();
    store
        .put(&key("a"), Bytes::from_static(b"1"), PutMode::Create)
        .await
        .unwrap();
    let lock = fs::File::open(store.root().join(RESERVED).join(LOCK_FILE)).unwrap();
    lock.lock().unwrap();
    let writer = store.clone();
    let overwrite = PutMode::Overwrite;
    let write = tokio::spawn(async move {
        writer
            .put(&key("a"), Bytes::from_static(b"2"), overwrite)
            .await
    });
    // The write has created its temporary file and is now waiting for the lock.
    while files(store.root()).len() < 3 {
        assert!(!write.is_finished(), "the write did not wait for the lock");
        tokio::task::yield_now().await;
    }
    assert_eq!(fs::read(store.root().join("a")).unwrap(), b"1");
    drop(lock);
    write.await.unwrap().unwrap();
    assert_eq!(fs::read(store.root().join("a")).unwrap(), b"2");
}

#[tokio::test]
async fn failed_writes_leave_no_files_behind() {
    let (_folder, store) = store();
    store
        .put(&key("a/b"), Bytes::from_static(b"1"), PutMode::Create)
        .await
        .unwrap();
    let stale = PutMode::Update(Version("0".repeat(64)));
    for mode in [PutMode::Create, stale.clone()] {
        let lost = store.put(&key("a/b"), Bytes::from_static(b"2"), mode).await;
        assert!(lost.unwrap_err().is_conflict());
    }
    assert!(
        store
            .put(&key("new/c"), Bytes::new(), stale)
            .await
            .unwrap_err()
            .is_conflict()
    );
    // A file is in the place of the parent folder.
    let error = store
        .put(&key("a/b/c"), Bytes::new(), PutMode::Overwrite)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Failed {
                transient: false,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(files(store.root()), [LOCK_FILE, "b"]);
    assert!(!store.root().join("new").exists());
}

#[tokio::test]
async fn reads_and_deletes_of_nothing_create_no_files() {
    let (folder, store) = store();
    assert!(listed(&store, "").await.is_empty());
    assert!(store.get(&key("a"), 1).await.unwrap_err().is_not_found());
    store.delete(&key("a"), Condition::Always).await.unwrap();
    assert!(files(folder.path()).is_empty() && !store.root().exists());
}

#[tokio::test]
async fn reserved_files_are_neither_listed_nor_accessible() {
    let (_folder, store) = store();
    store
        .put(&key("a/b"), Bytes::new(), PutMode::Create)
        .await
        .unwrap();
    fs::write(store.root().join("a/.tdbal-Xy12.tmp"), "half").unwrap();
    assert_eq!(listed(&store, "").await, ["a/b"]);
    assert_eq!(store.list_folders("").await.unwrap(), ["a"]);
    for own in [".tdbal/.tdbal-lock", ".tdbal/lock", "a/.tdbal-Xy12.tmp"] {
        let error = store.get(&key(own), 9).await.unwrap_err();
        assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
        assert!(
            store
                .put(&key(own), Bytes::new(), PutMode::Overwrite)
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn foreign_keys_that_leave_the_folder_are_rejected() {
    let (folder, store) = store();
    fs::create_dir_all(store.root()).unwrap();
    fs::write(folder.path().join("secret"), "s").unwrap();
    for unsafe_key in ["../secret", "a/../../secret", "/etc/passwd", "a//b", "a/"] {
        let unsafe_key = ObjectKey::foreign(unsafe_key).unwrap();
        assert!(
            matches!(
                store.get(&unsafe_key, 9).await,
                Err(StoreError::Failed { .. })
            ),
            "{unsafe_key}"
        );
        let put = store
            .put(&unsafe_key, Bytes::new(), PutMode::Overwrite)
            .await;
        assert!(
            matches!(put, Err(StoreError::Failed { .. })),
            "{unsafe_key}"
        );
        assert!(
            store.delete(&unsafe_key, Condition::Always).await.is_err(),
            "{unsafe_key}"
        );
        assert!(
            store.copy(&unsafe_key, &key("x")).await.is_err(),
            "{unsafe_key}"
        );
    }
    assert!(store.list("..").await.is_err());
    assert!(store.list_folders("a/../..").await.is_err());
    assert_eq!(fs::read(folder.path().join("secret")).unwrap(), b"s");
}

#[tokio::test]
async fn rewriting_a_file_changes_its_fingerprint() {
    let (_folder, store) = store();
    store
        .put(&key("a"), Bytes::from_static(b"1"), PutMode::Create)
        .await
        .unwrap();
    let before = store.head(&key("a")).await.unwrap();
    store
        .put(&key("a"), Bytes::from_static(b"2"), PutMode::Overwrite)
        .await
        .unwrap();
    let after = store.head(&key("a")).await.unwrap();
    assert_ne!(before.fingerprint, after.fingerprint);
    assert_eq!(
        store.list("").await.unwrap()[0].fingerprint,
        after.fingerprint
    );
}

#[tokio::test]
async fn folders_are_not_objects() {
    let (_folder, store) = store();
    store
        .put(&key("a/b"), Bytes::new(), PutMode::Create)
        .await
        .unwrap();
    assert!(store.get(&key("a"), 9).await.unwrap_err().is_not_found());
    assert!(store.head(&key("a")).await.unwrap_err().is_not_found());
    assert!(store.head(&key("a/b/c")).await.unwrap_err().is_not_found());
    store.delete(&key("a"), Condition::Always).await.unwrap();
    assert_eq!(listed(&store, "a").await, ["a/b"]);
    assert!(listed(&store, "a/b").await.is_empty());
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[tokio::test]
    async fn links_are_followed_but_link_loops_are_not() {
        let (folder, store) = store();
        store
            .put(&key("a/b"), Bytes::from_static(b"1"), PutMode::Create)
            .await
            .unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("c"), "2").unwrap();
        symlink(&elsewhere, store.root().join("a/linked")).unwrap();
        symlink(elsewhere.join("c"), store.root().join("a/file")).unwrap();
        symlink("..", store.root().join("a/up")).unwrap();
        symlink(store.root(), elsewhere.join("round")).unwrap();
        symlink("nowhere", store.root().join("a/dangling")).unwrap();
        symlink("itself", store.root().join("a/itself")).unwrap();

        assert_eq!(listed(&store, "").await, ["a/b", "a/file", "a/linked/c"]);
        assert_eq!(store.get(&key("a/linked/c"), 9).await.unwrap().bytes, "2");
        assert!(
            store
                .get(&key("a/dangling"), 9)
                .await
                .unwrap_err()
                .is_not_found()
        );
    }

    #[tokio::test]
    async fn writes_and_deletes_leave_link_targets_unchanged() {
        let (folder, store) = store();
        store
            .put(&key("x"), Bytes::new(), PutMode::Create)
            .await
            .unwrap();
        let target = folder.path().join("target");
        fs::write(&target, "old").unwrap();
        for name in ["one", "two"] {
            symlink(&target, store.root().join(name)).unwrap();
        }
        store
            .put(&key("one"), Bytes::from_static(b"new"), PutMode::Overwrite)
            .await
            .unwrap();
        store.delete(&key("two"), Condition::Always).await.unwrap();
        assert_eq!(listed(&store, "").await, ["one", "x"]);
        assert_eq!(fs::read(&target).unwrap(), b"old");
    }

    #[tokio::test]
    async fn files_without_a_valid_key_are_not_listed() {
        let (_folder, store) = store();
        store
            .put(&key("a/b"), Bytes::new(), PutMode::Create)
            .await
            .unwrap();
        let folder = store.root().join("a");
        fs::write(folder.join(std::ffi::OsStr::from_bytes(b"\xff.png")), "").unwrap();
        fs::write(folder.join("Icon\r"), "").unwrap();
        assert_eq!(listed(&store, "").await, ["a/b"]);
    }

    #[tokio::test]
    async fn replaced_file_keeps_its_mode_new_file_follows_umask() {
        let (_folder, store) = store();
        let mode = |name: &str| {
            fs::metadata(store.root().join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        store
            .put(&key("a"), Bytes::new(), PutMode::Create)
            .await
            .unwrap();
        fs::write(store.root().join("plain"), "").unwrap();
        assert_eq!(mode("a"), mode("plain"));
        fs::set_permissions(store.root().join("a"), fs::Permissions::from_mode(0o640)).unwrap();
        store
            .put(&key("a"), Bytes::from_static(b"2"), PutMode::Overwrite)
            .await
            .unwrap();
        assert_eq!(mode("a"), 0o640);
    }

    #[tokio::test]
    async fn named_pipe_does_not_block_reads() {
        let (_folder, store) = store();
        store
            .put(&key("a"), Bytes::new(), PutMode::Create)
            .await
            .unwrap();
        let pipe = store.root().join("pipe");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap();
        assert!(made.success());
        assert!(store.get(&key("pipe"), 9).await.unwrap_err().is_not_found());
        assert_eq!(listed(&store, "").await, ["a"]);
    }
}
