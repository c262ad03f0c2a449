//! The plan of a run as stored with the data.

use crate::error::RunError;
use crate::executor::Executor;
use dataset::DataError;
use journal::run::state::ActorState;
use journal::run::{open_runs, read_records};
use run_plan::plan::{RunPlan, RunPlanError};
use std::collections::BTreeMap;
use tdbal_types::{ActorId, RunId};

/// Name of the document with the plan, in the run's folder of journals.
pub const PLAN: &str = "plan.json";

/// Whether a plan that is stored already may be applied further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuation {
    /// The plan is new: a stored plan of the same run is an error.
    Refused,
    /// The plan may have been applied in part; a stored plan must be the same.
    Allowed,
}

/// Reads the stored plan of a run.
///
/// # Errors
/// [`RunError::NoRun`] if the run has no stored plan, [`RunError::Plan`] if the plan cannot be used.
pub async fn stored_plan(executor: &Executor, run: &RunId) -> Result<RunPlan, RunError> {
    let journals = &executor.data.journals;
    let document = journals
        .document(run, PLAN)
        .await
        .map_err(DataError::from)?;
    let Some(bytes) = document else {
        return Err(RunError::NoRun {
            run: run.clone(),
            data: executor.data.identity.clone(),
        });
    };
    RunPlan::parse(&bytes).map_err(|source| RunError::Plan {
        run: run.clone(),
        source,
    })
}

/// Stores the plan with the data and marks the run as open, unless that is done already.
///
/// # Errors
/// [`RunError::OtherPlan`] if the run has a stored plan and `continuation` does not allow it or the
/// plans differ.
pub async fn register(
    executor: &Executor,
    plan: &RunPlan,
    continuation: Continuation,
) -> Result<(), RunError> {
    let journals = &executor.data.journals;
    let run = || plan.run_id.clone();
    let bytes = plan.to_bytes().map_err(|source| RunError::Plan {
        run: run(),
        source: RunPlanError::Json(source),
    })?;
    let created = journals
        .create_document(&plan.run_id, PLAN, bytes.into())
        .await
        .map_err(DataError::from)?;
    if created {
        return Ok(open_runs::begin(journals.as_ref(), &plan.run_id)
            .await
            .map_err(DataError::from)?);
    }
    let stored = stored_plan(executor, &plan.run_id).await?;
    if continuation == Continuation::Refused || stored != *plan {
        return Err(RunError::OtherPlan { run: run() });
    }
    // An earlier process may have died after it stored the plan and before it marked the run.
    Ok(open_runs::begin(journals.as_ref(), &plan.run_id)
        .await
        .map_err(DataError::from)?)
}

/// Reads the states of all actors that a run has started to work on.
///
/// # Errors
/// If a journal cannot be read.
pub async fn states(
    executor: &Executor,
    plan: &RunPlan,
) -> Result<BTreeMap<ActorId, ActorState>, RunError> {
    let journals = executor.data.journals.as_ref();
    let mut states = BTreeMap::new();
    let begun = journals
        .actors(&plan.run_id)
        .await
        .map_err(DataError::from)?;
    for actor in begun {
        let records = read_records(journals, &plan.run_id, &actor)
            .await
            .map_err(DataError::from)?;
        states.insert(actor, ActorState::of(&records));
    }
    Ok(states)
}
