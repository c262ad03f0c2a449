//! What is skipped, what is done again, and what is told of it.

use crate::world::{World, pictures};
use results::Mode;
use std::sync::atomic::Ordering;
use tdbal_types::Tolerance;

fn calls(world: &World) -> usize {
    world.model.calls.swap(0, Ordering::Relaxed)
}

/// Two good actors and one that fails, so that the run is unfinished.
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

/// So that what is judged again can be told by the model's calls.
fn forget_answers(world: &World) {
    std::fs::remove_dir_all(world.output.path().join("answers")).unwrap();
}

#[tokio::test]
async fn an_unfinished_run_skips_what_is_done_and_tries_what_failed() {
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
        "what was found before is told again"
    );
    // That run was finished: the next begins anew.
    forget_answers(&world);
    world.run(Mode::DryRun).await;
    assert_eq!(calls(&world), 3);
}

#[tokio::test]
async fn a_set_that_changed_is_done_again() {
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
async fn other_settings_do_everything_again() {
    let mut world = unfinished().await;
    world.policy.tolerance = Tolerance::new(5.0).unwrap();
    assert_eq!(world.run(Mode::DryRun).await.totals.resumed, 0);
    assert_eq!(calls(&world), 2);
}

#[tokio::test]
async fn no_resume_does_everything_again() {
    let world = unfinished().await;
    assert_eq!(world.run_with(Mode::DryRun, false).await.totals.resumed, 0);
    assert_eq!(calls(&world), 2);
}

#[tokio::test]
async fn an_evaluation_that_is_gone_is_made_again() {
    let world = unfinished().await;
    std::fs::remove_file(world.output.path().join("9001_a_evaluation.json")).unwrap();
    assert_eq!(world.run(Mode::DryRun).await.totals.resumed, 1);
}

#[tokio::test]
async fn progress_counts_are_those_of_the_lists() {
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
async fn a_folder_in_use_is_left_alone() {
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
