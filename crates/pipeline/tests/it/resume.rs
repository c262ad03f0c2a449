//! Resumed dry runs: what is skipped, what is done again, and what the report says.

use crate::world::{World, pictures};
use results::Mode;
use std::sync::atomic::Ordering;
use tdbal_types::Tolerance;

fn calls(world: &World) -> usize {
    world.model.calls.swap(0, Ordering::Relaxed)
}

/// An unfinished dry run over two good actors and one that fails.
async fn unfinished() -> World {
    let world = World::new();
    for actor in ["9001_a", "9002_b", "9003_c"] {
        world.actor(actor, &pictures(actor, [14, 4, 3], &[])).await;
    }
    world
        .put("actors/9003_c/training_data/manifest.json", "nonsense")
        .await;
    let report = world.run(Mode::DryRun).await;
    assert_eq!((report.totals.to_change, report.totals.failed), (2, 1));
    assert_eq!(calls(&world), 2);
    forget_answers(&world);
    world
}

/// Deletes cached answers, so every evaluation shows in the number of calls.
fn forget_answers(world: &World) {
    std::fs::remove_dir_all(world.output.path().join("answers")).unwrap();
}

#[tokio::test]
async fn resumed_run_skips_done_actors_and_retries_failed_ones() {
    let world = unfinished().await;
    let good = pictures("9003_c", [14, 4, 3], &[]);
    world.actor("9003_c", &good).await;
    let report = world.run(Mode::DryRun).await;
    assert_eq!(calls(&world), 1);
    assert_eq!(
        (
            report.totals.resumed,
            report.totals.to_change,
            report.totals.failed
        ),
        (2, 3, 0)
    );
    assert_eq!(
        report.actors[0].to_remove.len(),
        1,
        "the report repeats what was found before"
    );
    // That run was finished, so the next one starts over.
    forget_answers(&world);
    world.run(Mode::DryRun).await;
    assert_eq!(calls(&world), 3);
}

#[tokio::test]
async fn changed_set_is_evaluated_again() {
    let world = unfinished().await;
    world
        .put(
            "actors/9001_a/training_data/9001_a_1.png",
            crate::world::png(tdbal_types::ImageClass::Photorealistic, 7, 999),
        )
        .await;
    assert_eq!(world.run(Mode::DryRun).await.totals.resumed, 1);
    assert_eq!(calls(&world), 1);
}

#[tokio::test]
async fn changed_settings_start_over() {
    let mut world = unfinished().await;
    world.policy.tolerance = Tolerance::new(5.0).unwrap();
    assert_eq!(world.run(Mode::DryRun).await.totals.resumed, 0);
    assert_eq!(calls(&world), 2);
}

#[tokio::test]
async fn run_without_resume_starts_over() {
    let world = unfinished().await;
    assert_eq!(world.run_with(Mode::DryRun, false).await.totals.resumed, 0);
    assert_eq!(calls(&world), 2);
}

#[tokio::test]
async fn missing_evaluation_is_made_again() {
    let world = unfinished().await;
    std::fs::remove_file(world.output.path().join("9001_a_evaluation.json")).unwrap();
    assert_eq!(world.run(Mode::DryRun).await.totals.resumed, 1);
}

#[tokio::test]
async fn progress_counts_match_the_lists() {
    let world = unfinished().await;
    let progress = world.output_json("progress.json");
    assert_eq!(progress["total_count"], 3);
    assert_eq!(progress["completed_count"], 2);
    assert_eq!(
        progress["completed_actors"],
        serde_json::json!(["9001_a", "9002_b"])
    );
    assert_eq!(progress["failed_count"], 1);
    assert_eq!(progress["current_actor"], serde_json::Value::Null);
}

#[tokio::test]
async fn output_folder_in_use_cannot_be_locked_again() {
    let world = World::new();
    world
        .actor("9001_a", &pictures("9001_a", [13, 4, 3], &[]))
        .await;
    let output = results::OutputFolder::new(world.output.path());
    let _lock = output.lock().unwrap();
    let again = results::OutputFolder::new(world.output.path());
    assert!(matches!(
        again.lock(),
        Err(results::OutputError::InUse { .. })
    ));
}
