//! Executes a [`FixPlan`]; nothing else in this crate writes. No picture is moved or deleted, and
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

/// The document with the plan, in the run's folder of journals.
const FIX: &str = "fix.json";

/// The result of a run of fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixReport {
    /// The run that fixed the actors.
    pub run_id: RunId,
    /// The results of the plan's markers and actors, in this order.
    pub actors: Vec<ActorFixed>,
}

/// The result of one actor's fixes, or of one marker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorFixed {
    /// The actor that was fixed.
    pub actor: ActorId,
    /// The planned fixes, one line each.
    pub lines: Vec<String>,
    /// Why the actor was not fixed, or not completely; `None` on success.
    pub error: Option<String>,
}

impl FixReport {
    /// Number of results with an error.
    pub fn failed(&self) -> usize {
        let actors = self.actors.iter();
        actors.filter(|actor| actor.error.is_some()).count()
    }
}

/// Executes a plan. An actor that changed since the plan was made is left alone and reported as
/// failed; the other actors are fixed all the same.
///
/// # Errors
/// If the plan cannot be stored, or the data is in a bucket that ignores conditional writes. Nothing
/// was changed then.
pub async fn fix(
    executor: &Executor,
    plan: &FixPlan,
    cancel: &CancellationToken,
) -> Result<FixReport, RunError> {
    if executor.data.in_bucket.is_some() {
        guards::check_stores(executor, &plan.run_id, [PlaceStore::Data]).await?;
    }
    // The plan before its effects: after a crash the stored plan says how to continue.
    register(executor, plan).await?;
    Ok(run_plan(executor, plan, cancel).await)
}

/// Lists the interrupted runs of fixes, oldest first.
///
/// # Errors
/// If the journals cannot be read.
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

/// Resumes all interrupted runs of fixes.
///
/// # Errors
/// If the journals cannot be read.
pub async fn resume_all(
    executor: &Executor,
    cancel: &CancellationToken,
) -> Result<Vec<FixReport>, RunError> {
    let mut reports = Vec::new();
    for run in unfinished_fixes(executor).await? {
        reports.extend(resume(executor, &run, cancel).await?);
    }
    Ok(reports)
}

/// Resumes a run if it is a run of fixes; `None` for any other run.
///
/// # Errors
/// If the run's plan cannot be read.
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

/// Stores the plan with the data. A plan that is there already must be the same.
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
    for marker in &plan.marks {
        let closed = remove_marker(executor, &plan.run_id, marker).await;
        actors.push(ActorFixed {
            actor: marker.actor.clone(),
            lines: vec![marker.to_string()],
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

/// Removes a marker if its run is still finished.
async fn remove_marker(
    executor: &Executor,
    run: &RunId,
    marker: &OpenMarker,
) -> Result<(), ExecutionError> {
    // A run that starts or undoes work sets the marker under the lock; checked without it, the marker
    // could be removed just after it was set.
    let locks = locking::lock(executor, run, &marker.actor, None).await?;
    let journals = executor.data.journals.as_ref();
    let closed = async {
        let records = read_records(journals, &marker.run, &marker.actor).await?;
        if !ActorState::of(&records).is_open() {
            let closed = journals.close(&marker.run, &marker.actor).await;
            closed.map_err(DataError::from)?;
        }
        Ok(())
    };
    let closed = closed.await;
    release(locks, &marker.actor).await;
    closed
}
