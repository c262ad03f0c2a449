use super::*;
use tdbal_types::RunId;

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

fn holder(run: &str) -> Holder {
    Holder {
        run: RunId::new(run).unwrap(),
        host: "here".into(),
        pid: 7,
    }
}

/// Two handles to the same folder, as two processes would have.
fn two_processes() -> (tempfile::TempDir, FileLocks, FileLocks) {
    let folder = tempfile::tempdir().unwrap();
    let open = || FileLocks::new(folder.path().join("data/.tdbal"));
    let (one, other) = (open(), open());
    (folder, one, other)
}

#[tokio::test]
async fn lock_excludes_others_until_released_or_dropped() {
    let (_folder, one, other) = two_processes();
    let actor = actor("0004_a");
    let lock = one.acquire(&actor, &holder("first")).await.unwrap();
    for locks in [&one, &other] {
        let error = locks.acquire(&actor, &holder("second")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "0004_a: run first (process 7 on here) is working on this actor; wait for it to \
             finish, or stop it"
        );
        assert!(matches!(
            error,
            LockError::Held {
                again_after: None,
                ..
            }
        ));
    }
    lock.check().await.unwrap();
    lock.release().await.unwrap();

    let lock = other.acquire(&actor, &holder("second")).await.unwrap();
    assert!(
        one.acquire(&actor, &holder("first"))
            .await
            .unwrap_err()
            .is_held()
    );
    // A crash closes the file, as a drop does.
    drop(lock);
    one.acquire(&actor, &holder("first")).await.unwrap();
}

#[tokio::test]
async fn locks_of_different_actors_are_independent() {
    let (_folder, one, other) = two_processes();
    let first = one.acquire(&actor("0004_a"), &holder("r")).await.unwrap();
    let second = other.acquire(&actor("0005_b"), &holder("r")).await.unwrap();
    first.check().await.unwrap();
    second.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn acquire_retries_while_list_probes_the_lock() {
    let (folder, one, _) = two_processes();
    let actor = actor("0004_a");
    drop(one.acquire(&actor, &holder("died")).await.unwrap());
    let probe = File::open(folder.path().join("data/.tdbal/locks/0004_a.lock")).unwrap();
    probe.lock_shared().unwrap();
    let release_probe = async {
        tokio::time::sleep(PAUSE + PAUSE / 2).await;
        drop(probe);
    };
    let new = holder("new");
    let (lock, ()) = tokio::join!(one.acquire(&actor, &new), release_probe);
    lock.unwrap().check().await.unwrap();
}

#[tokio::test]
async fn lock_of_dead_holder_is_stale_and_can_be_acquired() {
    let (folder, one, _) = two_processes();
    let file = folder.path().join("data/.tdbal/locks/0004_a.lock");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let longer = serde_json::to_string(&holder("a-run-with-a-much-longer-name")).unwrap();
    for content in [longer.as_str(), "{\"run\":\"half", "\0\0"] {
        fs::write(&file, content).unwrap();
        let listed = one.list().await.unwrap();
        assert_eq!(listed.len(), 1);
        assert!(listed[0].stale, "{content:?}");
        let lock = one.acquire(&actor("0004_a"), &holder("new")).await.unwrap();
        let written = fs::read_to_string(&file).unwrap();
        assert_eq!(written, "{\"run\":\"new\",\"host\":\"here\",\"pid\":7}");
        lock.release().await.unwrap();
    }
}

#[tokio::test]
async fn list_shows_held_and_stale_locks_but_not_free_ones() {
    let (_folder, one, other) = two_processes();
    assert_eq!(one.list().await.unwrap(), []);
    let free = one.acquire(&actor("0001_a"), &holder("r")).await.unwrap();
    let held = one.acquire(&actor("0003_c"), &holder("r")).await.unwrap();
    let died = one.acquire(&actor("0002_b"), &holder("r")).await.unwrap();
    free.release().await.unwrap();
    drop(died);
    let listed = other.list().await.unwrap();
    let found: Vec<_> = listed
        .iter()
        .map(|lock| (lock.actor.as_str(), lock.stale, lock.holder.as_ref()))
        .collect();
    assert_eq!(
        found,
        [
            ("0002_b", true, Some(&holder("r"))),
            ("0003_c", false, Some(&holder("r")))
        ]
    );
    assert!(listed[1].place.ends_with("locks/0003_c.lock"));
    held.check().await.unwrap();
}

#[tokio::test]
async fn check_fails_if_lock_file_is_removed_or_replaced() {
    for is_replaced in [false, true] {
        let (folder, one, other) = two_processes();
        let actor = actor("0004_a");
        let lock = one.acquire(&actor, &holder("first")).await.unwrap();
        lock.check().await.unwrap();
        let file = folder.path().join("data/.tdbal/locks/0004_a.lock");
        fs::remove_file(&file).unwrap();
        if is_replaced {
            let second = other.acquire(&actor, &holder("second")).await.unwrap();
            second.check().await.unwrap();
        }
        let lost = lock.check().await.unwrap_err();
        assert!(lost.is_lost(), "{lost:?}");
        assert!(lost.to_string().contains("0004_a.lock"));
    }
}

#[tokio::test]
async fn acquire_without_folder_access_names_the_lock_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let locks = FileLocks::new(folder.path().join("file"));
    let error = locks
        .acquire(&actor("0004_a"), &holder("r"))
        .await
        .unwrap_err();
    assert!(matches!(error, LockError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("0004_a.lock"));
}
