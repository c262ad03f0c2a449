//! Carries fixes out: the only part of this module that writes. No picture is moved or deleted, and
//! an actor that a run left unfinished is not touched.

use crate::fix_actor::{Fixing, release};
use crate::fix_plan::{FIX_SCHEMA_VERSION, FixPlan, OpenMarker};
use dataset::error::DataError;
use evaluation::error::EvaluationError;
use execution::error::{ExecutionError, RunError};
use execution::executor::Executor;
use execution::transaction::{guards, lock as locking};
use journal::run::actor_journal::{read_records, unfinished};
use journal::run::state::ActorState;
use run_plan::plan::RunPlanError;
use serde::Serialize;
use storage::place::PlaceStore;
use tdbal_types::{ActorId, RunId};
use tokio_util::sync::CancellationToken;

/// The document of a run of fixes that says what it does.
const FIX: &str = "fix.json";

/// What a run of fixes did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixReport {
    /// The run.
    pub run_id: RunId,
    /// What became of each actor.
    pub actors: Vec<ActorFixed>,
}

/// What became of one actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorFixed {
    /// The actor.
    pub actor: ActorId,
    /// What was to be done, in words.
    pub lines: Vec<String>,
    /// What stood in the way, if anything did.
    pub error: Option<String>,
}

impl FixReport {
    /// How many actors could not be mended.
    pub fn failed(&self) -> usize {
        let actors = self.actors.iter();
        actors.filter(|actor| actor.error.is_some()).count()
    }
}

/// Does what the plan says. Where an actor is no longer as it was, nothing is done to it, and the
/// others go on.
///
/// # Errors
/// When the plan cannot be written down, or the data is in a bucket that does not honour conditions;
/// then nothing was touched.
pub async fn fix(
    executor: &Executor,
    plan: &FixPlan,
    cancel: &CancellationToken,
) -> Result<FixReport, RunError> {
    if executor.data.in_bucket.is_some() {
        guards::check_stores(executor, &plan.run_id, [PlaceStore::Data]).await?;
    }
    register(executor, plan).await?;
    Ok(run_plan(executor, plan, cancel).await)
}

/// Runs of fixes that were interrupted, oldest first.
///
/// # Errors
/// When the journals cannot be read.
pub async fn unfinished_fixes(executor: &Executor) -> Result<Vec<RunId>, RunError> {
    let open = unfinished(executor.data.journals.as_ref()).await;
    let mut runs = Vec::new();
    for (run, ..) in open.map_err(DataError::from)? {
        if !runs.contains(&run) && stored(executor, &run).await?.is_some() {
            runs.push(run);
        }
    }
    Ok(runs)
}

/// Goes on with all runs of fixes that were interrupted.
///
/// # Errors
/// When the journals cannot be read.
pub async fn go_on(
    executor: &Executor,
    cancel: &CancellationToken,
) -> Result<Vec<FixReport>, RunError> {
    let mut reports = Vec::new();
    for run in unfinished_fixes(executor).await? {
        reports.extend(resume(executor, &run, cancel).await?);
    }
    Ok(reports)
}

/// Goes on with a run, if it is one of fixes.
pub async fn resume(
    executor: &Executor,
    run: &RunId,
    cancel: &CancellationToken,
) -> Result<Option<FixReport>, RunError> {
    match stored(executor, run).await? {
        Some(plan) => Ok(Some(run_plan(executor, &plan, cancel).await)),
        None => Ok(None),
    }
}

async fn stored(executor: &Executor, run: &RunId) -> Result<Option<FixPlan>, RunError> {
    let document = executor.data.journals.document(run, FIX).await;
    let Some(bytes) = document.map_err(DataError::from)? else {
        return Ok(None);
    };
    let unusable = |source| RunError::Plan {
        run: run.clone(),
        source,
    };
    let plan: FixPlan =
        serde_json::from_slice(&bytes).map_err(|error| unusable(RunPlanError::Json(error)))?;
    if plan.schema_version != FIX_SCHEMA_VERSION {
        return Err(unusable(RunPlanError::Version(plan.schema_version)));
    }
    Ok(Some(plan))
}

/// Writes the plan down with the data, before anything of it is done.
async fn register(executor: &Executor, plan: &FixPlan) -> Result<(), RunError> {
    let run = || plan.run_id.clone();
    let bytes = serde_json::to_vec_pretty(plan).map_err(|error| RunError::Plan {
        run: run(),
        source: RunPlanError::Json(error),
    })?;
    let journals = &executor.data.journals;
    let created = journals.create_document(&plan.run_id, FIX, bytes.into());
    if created.await.map_err(DataError::from)? {
        return Ok(());
    }
    match stored(executor, &plan.run_id).await? {
        Some(stored) if stored == *plan => Ok(()),
        _ => Err(RunError::OtherPlan { run: run() }),
    }
}

async fn run_plan(executor: &Executor, plan: &FixPlan, cancel: &CancellationToken) -> FixReport {
    let mut actors = Vec::new();
    for mark in &plan.marks {
        let closed = close_mark(executor, &plan.run_id, mark).await;
        actors.push(ActorFixed {
            actor: mark.actor.clone(),
            lines: vec![mark.to_string()],
            error: closed.err().map(|error| error.chain()),
        });
    }
    for fix in &plan.actors {
        let fixing = Fixing {
            executor,
            run: &plan.run_id,
            fix,
            cancel,
        };
        let done = if cancel.is_cancelled() {
            Err(EvaluationError::Interrupted.into())
        } else {
            fixing.run().await
        };
        actors.push(ActorFixed {
            actor: fix.actor.clone(),
            lines: fix.lines(),
            error: done.err().map(|error| error.chain()),
        });
    }
    FixReport {
        run_id: plan.run_id.clone(),
        actors,
    }
}

/// Takes a mark away, if its run has still nothing left to do: under the lock, for one that begins or
/// takes back marks the actor first.
async fn close_mark(
    executor: &Executor,
    run: &RunId,
    mark: &OpenMarker,
) -> Result<(), ExecutionError> {
    let locks = locking::lock(executor, run, &mark.actor, None).await?;
    let journals = executor.data.journals.as_ref();
    let closed = async {
        let records = read_records(journals, &mark.run, &mark.actor).await?;
        if !ActorState::of(&records).is_open() {
            let closed = journals.close(&mark.run, &mark.actor).await;
            closed.map_err(DataError::from)?;
        }
        Ok(())
    };
    let closed = closed.await;
    release(locks, &mark.actor).await;
    closed
}
