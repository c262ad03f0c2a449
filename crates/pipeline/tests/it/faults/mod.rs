//! Stores, journals, model and generator fail, one call at a time: what is left is complete, and
//! resuming ends like an undisturbed run, with nothing bought twice.

mod lost_orders;
mod services;
mod stores;

use crate::crashing_store::{
    SMALL_TARGET, assert_same, bucket_of, comparable, empty_failing_world, failing_world,
    is_generated, resume_and_execute, resume_and_execute_with, snapshot,
};
use crate::invariants::{assert_consistent, assert_orders_accounted_for};
use crate::scripted_services::{ScriptedGenerator, UnavailableModel};
use crate::world::{ACTOR, Behaviour, Generator, PRICE, World, pictures};
use execution::Executor;
use pipeline::Resume;
use replicate_gen::{GenerateError, PredictionId, StopReason};
use results::report::Stopped;
use results::{ActorStatus, Mode, RunReport};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use storage::{Effect, ObjectRead as _, Operation, Rule};
use tdbal_types::Usd;
use tdbal_types::time::Clock;

async fn execute(world: &World) -> Result<RunReport, execution::RunError> {
    let executor = world.executor();
    let executed = world.try_start(&executor, Mode::Execute, Resume::Unfinished);
    executed.await.map(|(_, report)| report)
}

async fn execute_with(world: &World, executor: &Executor) -> RunReport {
    let executed = world.try_start(executor, Mode::Execute, Resume::Unfinished);
    executed.await.unwrap().1
}

fn error_of(report: &RunReport) -> &str {
    match &report.actors[0].status {
        ActorStatus::Failed { error } => error,
        other => panic!("{other:?}"),
    }
}

/// Snapshot at the end of an undisturbed run.
async fn run_without_faults() -> BTreeMap<String, String> {
    let (world, _, _) = failing_world().await;
    resume_and_execute(&world).await;
    assert_eq!(
        (world.generator.bought(), world.entries(ACTOR).await.len()),
        (1, 4)
    );
    comparable(&snapshot(&world).await)
}

async fn assert_complete(world: &World) {
    assert_consistent(world, ACTOR, &BTreeSet::new()).await;
    assert_orders_accounted_for(world, &world.executor()).await;
}

fn scripted(
    world: &World,
    script: impl FnOnce(ScriptedGenerator) -> ScriptedGenerator,
) -> Executor {
    let mut executor = world.executor();
    executor.generator = Some(Arc::new(script(ScriptedGenerator::new(&world.generator))));
    executor
}

/// Resumes the unfinished run, or executes if there is none.
async fn execute_with_resume(world: &World, executor: &Executor) -> RunReport {
    match pipeline::unfinished_runs(executor).await.unwrap().first() {
        Some(run) => pipeline::resume(executor, run, &results::Silent, &world.cancel)
            .await
            .unwrap(),
        None => execute_with(world, executor).await,
    }
}
