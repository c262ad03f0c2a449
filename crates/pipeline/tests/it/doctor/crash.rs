//! The process crashes before or after any write of a fix: completing the fix ends like an undisturbed
//! one.

use super::*;
use crate::crashing_store::{CrashingStore, SimulatedProcess, leases_of_crashed_processes};
use results::Silent;
use std::sync::Arc;

/// A damaged actor on the stores of a simulated process.
async fn crashing_world() -> (World, Arc<SimulatedProcess>) {
    let process = SimulatedProcess::start();
    let mut world = World::new();
    world.data = CrashingStore::new("data", &process);
    world.bucket_locks = leases_of_crashed_processes();
    let bucket = CrashingStore::new("s3://bucket", &process);
    {
        let mut buckets = world.buckets.0.lock().unwrap();
        buckets.insert("bucket".into(), bucket);
    }
    add_healthy_actor(&world).await;
    damage(&world).await;
    (world, process)
}

/// Writes and final snapshot of an undisturbed fix.
async fn fix_without_crash() -> (i64, BTreeSet<(String, Vec<u8>)>) {
    let (world, process) = crashing_world().await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    process.restart();
    assert_eq!(fix(&world, &plan).await.failed(), 0);
    let writes = process.writes();
    assert!(writes > 20, "{writes} writes");
    assert_healthy(&world, "undisturbed").await;
    (writes, snapshot(&world).await)
}

async fn assert_healthy(world: &World, when: &str) {
    let found = examine(world, DEEP).await;
    assert_eq!(found.findings, Vec::new(), "{when}");
    let journals = world.executor().data.journals;
    assert_eq!(journals.open_logs().await.unwrap(), [], "{when}");
}

async fn crash_at_every_write(completes: bool) {
    let (writes, expected) = fix_without_crash().await;
    for at in 1..=writes {
        let when = format!("crash at write {at}, completes: {completes}");
        let (world, process) = crashing_world().await;
        let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
        process.crash_at_write(at, completes);
        let cancel = CancellationToken::new();
        let _ = doctor::fix(&world.executor(), &plan, &cancel).await;
        assert!(process.has_crashed(), "{when}");
        process.restart();
        // Finish what was started, then apply the same plan again: it does the rest.
        let executor = world.executor();
        for run in pipeline::unfinished_runs(&executor).await.unwrap() {
            let resumed = pipeline::resume(&executor, &run, &Silent, &world.cancel).await;
            assert_eq!(resumed.unwrap().totals.failed, 0, "{when}");
        }
        let report = fix(&world, &plan).await;
        assert_eq!(report.failed(), 0, "{when}: {report:?}");
        assert_healthy(&world, &when).await;
        let end = snapshot(&world).await;
        let different: Vec<&String> = end
            .symmetric_difference(&expected)
            .map(|(key, _)| key)
            .collect();
        assert!(different.is_empty(), "{when}: {different:?}");
    }
}

#[tokio::test]
async fn fix_crashing_before_any_write_ends_like_an_undisturbed_one() {
    crash_at_every_write(false).await;
}

#[tokio::test]
async fn fix_crashing_after_any_write_ends_like_an_undisturbed_one() {
    crash_at_every_write(true).await;
}
