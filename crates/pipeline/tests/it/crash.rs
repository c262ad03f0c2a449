//! The process crashes before or after any write of an execution or an undo: resuming ends like an
//! undisturbed run. `doctor::crash` does the same to a fix.

use crate::crashing_store::{
    SMALL_TARGET, SimulatedProcess, assert_same, comparable, crashing_world, empty_crashing_world,
    give_objects, resume_and_execute, snapshot, snapshot_without_trash,
};
use crate::invariants::{assert_consistent, assert_orders_accounted_for};
use crate::scripted_services::ScriptedGenerator;
use crate::world::{ACTOR, Behaviour, Generator, World, pictures, png};
use execution::undo::UndoStatus;
use pipeline::Resume;
use replicate_gen::GenerateError;
use results::{Mode, Silent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tdbal_types::{ImageClass, Usd};

/// Writes, final snapshot and bought pictures of an undisturbed execution.
async fn run_without_crash() -> (i64, BTreeMap<String, String>, usize) {
    let (world, process) = crashing_world().await;
    process.restart();
    resume_and_execute(&world).await;
    let writes = process.writes();
    process.restart();
    let bought = world.generator.bought();
    assert_eq!((bought, world.entries(ACTOR).await.len()), (2, 20));
    assert!(writes > 40, "{writes} writes");
    (writes, comparable(&snapshot(&world).await), bought)
}

async fn crash_at_every_write(completes: bool) {
    let (writes, reference, bought) = run_without_crash().await;
    for at in 1..=writes {
        let (world, process) = crashing_world().await;
        process.crash_at_write(at, completes);
        let executor = world.executor();
        let _ = world
            .try_start(&executor, Mode::Execute, Resume::Unfinished)
            .await;
        assert!(process.has_crashed(), "no crash at write {at}");
        process.restart();
        resume_and_execute(&world).await;
        let end = comparable(&snapshot(&world).await);
        assert_same(&end, &reference, &format!("crash at write {at}"));
        assert_eq!(world.generator.bought(), bought, "crash at write {at}");
    }
}

#[tokio::test]
async fn crash_before_any_write_ends_like_an_undisturbed_run() {
    crash_at_every_write(false).await;
}

#[tokio::test]
async fn crash_after_any_write_ends_like_an_undisturbed_run() {
    crash_at_every_write(true).await;
}

async fn undo_run(world: &World) -> execution::undo::UndoReport {
    let executor = world.executor();
    let run = tdbal_types::RunId::new("run-0").unwrap();
    execution::undo::undo(&executor, &run, None, false, &Silent, &world.cancel)
        .await
        .unwrap()
}

#[tokio::test]
async fn undo_restores_every_byte() {
    let (world, _process) = crashing_world().await;
    let before = snapshot_without_trash(&world).await;
    resume_and_execute(&world).await;
    let executor = world.executor();
    let run = tdbal_types::RunId::new("run-0").unwrap();
    let changed = snapshot(&world).await;
    let preview = execution::undo::undo(&executor, &run, None, true, &Silent, &world.cancel)
        .await
        .unwrap();
    assert_eq!(preview.actors[0].status, UndoStatus::ToUndo);
    assert_eq!(
        (
            preview.actors[0].returns.len(),
            preview.actors[0].leaves.len()
        ),
        (3, 2)
    );
    assert_same(&snapshot(&world).await, &changed, "a dry run");
    let done = undo_run(&world).await;
    assert_eq!(done.actors[0].status, UndoStatus::Undone);
    assert_same(&snapshot_without_trash(&world).await, &before, "undo");
    let again = undo_run(&world).await;
    assert_eq!(again.actors[0].status, UndoStatus::UndoneAlready);
}

#[tokio::test]
async fn undo_that_crashes_at_any_write_restores_every_byte() {
    let (world, process) = crashing_world().await;
    resume_and_execute(&world).await;
    process.restart();
    undo_run(&world).await;
    let writes = process.writes();
    assert!(writes > 20, "{writes} writes");
    for at in 1..=writes {
        for completes in [false, true] {
            let when = format!("crash at write {at}, completes: {completes}");
            let (world, process) = crashing_world().await;
            let before = snapshot_without_trash(&world).await;
            resume_and_execute(&world).await;
            process.crash_at_write(at, completes);
            let executor = world.executor();
            let run = tdbal_types::RunId::new("run-0").unwrap();
            let _ =
                execution::undo::undo(&executor, &run, None, false, &Silent, &world.cancel).await;
            assert!(process.has_crashed(), "{when}");
            process.restart();
            // Both ways to finish an undo: `tdbal resume`, or the same command again.
            if at % 2 == 0 {
                resume_all(&world).await;
            }
            let done = undo_run(&world).await;
            assert!(
                matches!(
                    done.actors[0].status,
                    UndoStatus::Undone | UndoStatus::UndoneAlready
                ),
                "{when}: {done:?}"
            );
            assert_same(&snapshot_without_trash(&world).await, &before, &when);
        }
    }
}

/// An actor with two paid pictures that have not arrived, one of them from an order with a lost
/// answer. Since then a person added another picture, so the run has to abandon the actor.
async fn world_to_abandon() -> (World, Arc<SimulatedProcess>) {
    let (mut world, process) = empty_crashing_world();
    world.policy.target = SMALL_TARGET.parse().unwrap();
    world.generator = Arc::new(Generator::new(|order| match order {
        1 => Behaviour::Lost,
        _ => Behaviour::Good,
    }));
    let set = pictures(ACTOR, [2, 0, 0], &[]);
    world.actor(ACTOR, &set).await;
    give_objects(&world, ACTOR, &set, 1).await;
    let mut executor = world.executor();
    let late = ScriptedGenerator::new(&world.generator).on_finish(|_, id| {
        Some(GenerateError::Deadline {
            id: id.clone(),
            waited: Duration::from_mins(10),
            status: "processing".into(),
            cost: Usd::ZERO,
        })
    });
    executor.generator = Some(Arc::new(late));
    let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
    assert_eq!(executed.unwrap().1.totals.failed, 1);
    assert_eq!(world.generator.bought(), 2);
    let mine = png(ImageClass::Photorealistic, 8, 4711);
    world
        .put(&format!("actors/{ACTOR}/training_data/{MINE}"), mine)
        .await;
    (world, process)
}

const MINE: &str = "mine.png";

async fn resume_all(world: &World) {
    let executor = world.executor();
    let Ok(runs) = pipeline::unfinished_runs(&executor).await else {
        return;
    };
    for run in runs {
        let _ = pipeline::resume(&executor, &run, &Silent, &world.cancel).await;
    }
}

#[tokio::test]
async fn crash_while_abandoning_an_actor_loses_no_paid_picture() {
    let (world, process) = world_to_abandon().await;
    process.restart();
    resume_all(&world).await;
    let writes = process.writes();
    assert!(writes > 10, "{writes} writes");
    for at in 1..=writes {
        for completes in [false, true] {
            let when = format!("crash at write {at}, completes: {completes}");
            let (world, process) = world_to_abandon().await;
            process.crash_at_write(at, completes);
            resume_all(&world).await;
            assert!(process.has_crashed(), "{when}");
            process.restart();
            resume_all(&world).await;
            let executor = world.executor();
            let left = pipeline::unfinished_runs(&executor).await.unwrap();
            assert!(left.is_empty(), "{when}: {left:?}");
            let quarantined = world.keys(&format!("trash/run-0/rejected/{ACTOR}")).await;
            assert_eq!(quarantined.len(), 2, "{when}: {quarantined:?}");
            assert_eq!(world.generator.bought(), 2, "{when}");
            assert_orders_accounted_for(&world, &executor).await;
            assert_consistent(&world, ACTOR, &BTreeSet::from([MINE.to_owned()])).await;
            assert_eq!(world.entries(ACTOR).await.len(), 2, "{when}");
        }
    }
}
