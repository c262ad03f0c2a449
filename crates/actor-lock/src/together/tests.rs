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

fn two(folder: &tempfile::TempDir) -> [Arc<dyn ActorLocks>; 2] {
    ["a", "b"]
        .map(|name| -> Arc<dyn ActorLocks> { Arc::new(FileLocks::new(folder.path().join(name))) })
}

async fn is_free(locks: &Arc<dyn ActorLocks>) -> bool {
    locks.acquire(&actor(), &holder()).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn all_are_taken_and_all_are_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = two(&folder);
    let held = acquire_all(&[a.clone(), b.clone()], &actor(), &holder())
        .await
        .unwrap();
    held.check().await.unwrap();
    assert!(!is_free(&a).await && !is_free(&b).await);
    held.release().await.unwrap();
    assert!(is_free(&a).await && is_free(&b).await);
}

#[tokio::test(start_paused = true)]
async fn where_one_is_held_those_before_it_are_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = two(&folder);
    let others = b.acquire(&actor(), &holder()).await.unwrap();
    let all = [a.clone(), b.clone()];
    let refusal = acquire_all(&all, &actor(), &holder()).await.unwrap_err();
    assert!(refusal.is_held());
    assert!(is_free(&a).await);
    others.check().await.unwrap();
    // The holder of a file lock lives, so nobody waits for it.
    let patience = Duration::from_hours(1);
    let begun = Instant::now();
    let refusal = acquire_waiting(&all, &actor(), &holder(), patience).await;
    assert!(refusal.unwrap_err().is_held());
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_lost_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = two(&folder);
    let held = acquire_all(&[a.clone(), b], &actor(), &holder())
        .await
        .unwrap();
    std::fs::remove_file(folder.path().join("b/locks/0004_a.lock")).unwrap();
    assert!(held.check().await.unwrap_err().is_lost());
    held.release().await.unwrap();
    assert!(is_free(&a).await);
}
