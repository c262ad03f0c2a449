//! Buckets that ignore conditional writes.

use super::*;
use crate::unconditional_store::UnconditionalStore;

#[tokio::test]
async fn unconditional_bucket_is_unchanged_unless_allowed() {
    let world = world_with_stores(
        Arc::new(MemoryStore::new("data")),
        Arc::new(UnconditionalStore(MemoryStore::new("s3://sets"))),
    );
    add_actor(&world).await;
    let before = snapshot_with_journals(&world).await;
    let refused = execute(&world).await.unwrap_err();
    let text = refused.to_string();
    assert!(matches!(refused, RunError::Unguarded { .. }), "{text}");
    assert!(
        text.contains("s3://sets") && text.contains("--allow-unguarded-bucket"),
        "{text}"
    );
    assert_same(&snapshot_with_journals(&world).await, &before, "refused");
    assert_eq!(world.generator.bought(), 0);
    let mut executor = world.executor();
    executor.settings.allow_unguarded_bucket = true;
    let report = execute_with(&world, &executor).await.unwrap();
    assert_eq!(*status(&report, ACTOR), ActorStatus::Changed, "{report:?}");
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
}

#[tokio::test]
async fn dry_run_does_not_probe_bucket_conditions() {
    let world = world_with_stores(
        Arc::new(MemoryStore::new("data")),
        Arc::new(UnconditionalStore(MemoryStore::new("s3://sets"))),
    );
    add_actor(&world).await;
    let before = snapshot_with_journals(&world).await;
    assert!(plan(&world).await.changes);
    assert_same(&snapshot_with_journals(&world).await, &before, "a dry run");
}
