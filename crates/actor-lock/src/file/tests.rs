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

/// Two processes' views of one folder.
fn two() -> (tempfile::TempDir, FileLocks, FileLocks) {
    let folder = tempfile::tempdir().unwrap();
    let open = || FileLocks::new(folder.path().join("data/.tdbal"));
    let (one, other) = (open(), open());
    (folder, one, other)
}

#[tokio::test]
async fn two_exclude_each_other_until_one_gives_back_or_dies() {
    let (_folder, one, other) = two();
    let actor = actor("0004_a");
    let lock = one.acquire(&actor, &holder("first")).await.unwrap();
    for locks in [&one, &other] {
        let refusal = locks.acquire(&actor, &holder("second")).await.unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "0004_a: run first (process 7 on here) works on this actor: wait until it has \
             ended, or stop it first"
        );
        assert!(matches!(
            refusal,
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
    // Dying closes the file.
    drop(lock);
    one.acquire(&actor, &holder("first")).await.unwrap();
}

#[tokio::test]
async fn actors_do_not_share_a_lock() {
    let (_folder, one, other) = two();
    let first = one.acquire(&actor("0004_a"), &holder("r")).await.unwrap();
    let second = other.acquire(&actor("0005_b"), &holder("r")).await.unwrap();
    first.check().await.unwrap();
    second.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_only_looks_keeps_nobody_from_taking_a_lock() {
    let (folder, one, _) = two();
    let actor = actor("0004_a");
    drop(one.acquire(&actor, &holder("died")).await.unwrap());
    let looking = File::open(folder.path().join("data/.tdbal/locks/0004_a.lock")).unwrap();
    looking.lock_shared().unwrap();
    let looks_for_a_moment = async {
        tokio::time::sleep(PAUSE + PAUSE / 2).await;
        drop(looking);
    };
    let new = holder("new");
    let (lock, ()) = tokio::join!(one.acquire(&actor, &new), looks_for_a_moment);
    lock.unwrap().check().await.unwrap();
}

#[tokio::test]
async fn what_a_dead_holder_left_is_stale_and_taken() {
    let (folder, one, _) = two();
    let file = folder.path().join("data/.tdbal/locks/0004_a.lock");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let left = serde_json::to_string(&holder("a-run-with-a-much-longer-name")).unwrap();
    for content in [left.as_str(), "{\"run\":\"half", "\0\0"] {
        fs::write(&file, content).unwrap();
        let listed = one.list().await.unwrap();
        assert_eq!(listed.len(), 1);
        assert!(listed[0].stale, "{content:?}");
        let lock = one.acquire(&actor("0004_a"), &holder("new")).await.unwrap();
        let signed = fs::read_to_string(&file).unwrap();
        assert_eq!(signed, "{\"run\":\"new\",\"host\":\"here\",\"pid\":7}");
        lock.release().await.unwrap();
    }
}

#[tokio::test]
async fn held_and_stale_locks_are_listed_and_free_ones_are_not() {
    let (_folder, one, other) = two();
    assert_eq!(one.list().await.unwrap(), []);
    let free = one.acquire(&actor("0001_a"), &holder("r")).await.unwrap();
    let held = one.acquire(&actor("0003_c"), &holder("r")).await.unwrap();
    let died = one.acquire(&actor("0002_b"), &holder("r")).await.unwrap();
    free.release().await.unwrap();
    drop(died);
    let listed = other.list().await.unwrap();
    let told: Vec<_> = listed
        .iter()
        .map(|lock| (lock.actor.as_str(), lock.stale, lock.holder.as_ref()))
        .collect();
    assert_eq!(
        told,
        [
            ("0002_b", true, Some(&holder("r"))),
            ("0003_c", false, Some(&holder("r")))
        ]
    );
    assert!(listed[1].place.ends_with("locks/0003_c.lock"));
    held.check().await.unwrap();
}

#[tokio::test]
async fn a_lock_whose_file_was_removed_or_replaced_is_lost() {
    for is_replaced in [false, true] {
        let (folder, one, other) = two();
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
async fn a_folder_that_cannot_be_made_is_named() {
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
