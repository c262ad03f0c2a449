//! Carries fixes out: the only part of this module that writes. No picture is moved or deleted, and
//! an actor that a run left unfinished is not touched.

use super::fix_plan::{FIX_SCHEMA_VERSION, FixPlan, Mark};
use super::mending::{Fixing, release};
use crate::actor_journal::{read_records, unfinished};
use crate::engine::Engine;
use crate::error::{ActorError, DataError};
use crate::guards;
use crate::locking;
use crate::place::PlaceStore;
use crate::plan_file::PlanFileError;
use crate::run::RunError;
use crate::standing::Standing;
use serde::Serialize;
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
    engine: &Engine,
    plan: &FixPlan,
    cancel: &CancellationToken,
) -> Result<FixReport, RunError> {
    if engine.data.in_bucket.is_some() {
        guards::check_stores(engine, &plan.run_id, [PlaceStore::Data]).await?;
    }
    register(engine, plan).await?;
    Ok(carry_out(engine, plan, cancel).await)
}

/// Runs of fixes that were interrupted, oldest first.
///
/// # Errors
/// When the journals cannot be read.
pub async fn unfinished_fixes(engine: &Engine) -> Result<Vec<RunId>, RunError> {
    let open = unfinished(engine.data.journals.as_ref()).await;
    let mut runs = Vec::new();
    for (run, ..) in open.map_err(DataError::from)? {
        if !runs.contains(&run) && stored(engine, &run).await?.is_some() {
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
    engine: &Engine,
    cancel: &CancellationToken,
) -> Result<Vec<FixReport>, RunError> {
    let mut reports = Vec::new();
    for run in unfinished_fixes(engine).await? {
        reports.extend(resume(engine, &run, cancel).await?);
    }
    Ok(reports)
}

/// Goes on with a run, if it is one of fixes.
pub(crate) async fn resume(
    engine: &Engine,
    run: &RunId,
    cancel: &CancellationToken,
) -> Result<Option<FixReport>, RunError> {
    match stored(engine, run).await? {
        Some(plan) => Ok(Some(carry_out(engine, &plan, cancel).await)),
        None => Ok(None),
    }
}

async fn stored(engine: &Engine, run: &RunId) -> Result<Option<FixPlan>, RunError> {
    let document = engine.data.journals.document(run, FIX).await;
    let Some(bytes) = document.map_err(DataError::from)? else {
        return Ok(None);
    };
    let unusable = |source| RunError::Plan {
        run: run.clone(),
        source,
    };
    let plan: FixPlan =
        serde_json::from_slice(&bytes).map_err(|error| unusable(PlanFileError::Json(error)))?;
    if plan.schema_version != FIX_SCHEMA_VERSION {
        return Err(unusable(PlanFileError::Version(plan.schema_version)));
    }
    Ok(Some(plan))
}

/// Writes the plan down with the data, before anything of it is done.
async fn register(engine: &Engine, plan: &FixPlan) -> Result<(), RunError> {
    let run = || plan.run_id.clone();
    let bytes = serde_json::to_vec_pretty(plan).map_err(|error| RunError::Plan {
        run: run(),
        source: PlanFileError::Json(error),
    })?;
    let journals = &engine.data.journals;
    let created = journals.create_document(&plan.run_id, FIX, bytes.into());
    if created.await.map_err(DataError::from)? {
        return Ok(());
    }
    match stored(engine, &plan.run_id).await? {
        Some(stored) if stored == *plan => Ok(()),
        _ => Err(RunError::OtherPlan { run: run() }),
    }
}

async fn carry_out(engine: &Engine, plan: &FixPlan, cancel: &CancellationToken) -> FixReport {
    let mut actors = Vec::new();
    for mark in &plan.marks {
        let closed = close_mark(engine, &plan.run_id, mark).await;
        actors.push(ActorFixed {
            actor: mark.actor.clone(),
            lines: vec![mark.to_string()],
            error: closed.err().map(|error| error.chain()),
        });
    }
    for fix in &plan.actors {
        let fixing = Fixing {
            engine,
            run: &plan.run_id,
            fix,
            cancel,
        };
        let done = if cancel.is_cancelled() {
            Err(ActorError::Interrupted)
        } else {
            fixing.carry_out().await
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
async fn close_mark(engine: &Engine, run: &RunId, mark: &Mark) -> Result<(), ActorError> {
    let locks = locking::lock(engine, run, &mark.actor, None).await?;
    let journals = engine.data.journals.as_ref();
    let closed = async {
        let records = read_records(journals, &mark.run, &mark.actor).await?;
        if !Standing::of(&records).is_open() {
            let closed = journals.close(&mark.run, &mark.actor).await;
            closed.map_err(DataError::from)?;
        }
        Ok(())
    };
    let closed = closed.await;
    release(locks, &mark.actor).await;
    closed
}
