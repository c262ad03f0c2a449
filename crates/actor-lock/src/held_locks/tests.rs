use super::*;
use crate::FileLocks;
use tdbal_types::RunId;

fn actor() -> ActorId {
    ActorId::new("0004_a").unwrap()
}

fn holder() -> Holder {
    Holder {
        run: RunId::new("r").unwrap(),
        host: "h".into(),
        pid: 1,
    }
}

fn two_folders(folder: &tempfile::TempDir) -> [Arc<dyn ActorLocks>; 2] {
    ["a", "b"]
        .map(|name| -> Arc<dyn ActorLocks> { Arc::new(FileLocks::new(folder.path().join(name))) })
}

async fn is_free(locks: &Arc<dyn ActorLocks>) -> bool {
    locks.acquire(&actor(), &holder()).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn acquire_all_takes_and_release_frees_every_lock() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = two_folders(&folder);
    let held = acquire_all(&[a.clone(), b.clone()], &actor(), &holder())
        .await
        .unwrap();
    held.check().await.unwrap();
    assert!(!is_free(&a).await && !is_free(&b).await);
    held.release().await.unwrap();
    assert!(is_free(&a).await && is_free(&b).await);
}

#[tokio::test(start_paused = true)]
async fn acquire_all_releases_earlier_locks_if_one_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = two_folders(&folder);
    let others = b.acquire(&actor(), &holder()).await.unwrap();
    let all = [a.clone(), b.clone()];
    let error = acquire_all(&all, &actor(), &holder()).await.unwrap_err();
    assert!(error.is_held());
    assert!(is_free(&a).await);
    others.check().await.unwrap();
    // The holder of a file lock is alive, so there is nothing to wait for.
    let patience = Duration::from_hours(1);
    let start = Instant::now();
    let waited = acquire_waiting(&all, &actor(), &holder(), patience).await;
    assert!(waited.unwrap_err().is_held());
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn check_fails_if_one_lock_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = two_folders(&folder);
    let held = acquire_all(&[a.clone(), b], &actor(), &holder())
        .await
        .unwrap();
    std::fs::remove_file(folder.path().join("b/locks/0004_a.lock")).unwrap();
    assert!(held.check().await.unwrap_err().is_lost());
    held.release().await.unwrap();
    assert!(is_free(&a).await);
}
