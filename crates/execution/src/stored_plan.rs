//! The plan that a run keeps with the data.

use crate::error::RunError;
use crate::executor::Executor;
use dataset::DataError;
use journal::run::open_runs;
use journal::run::read_records;
use journal::run::state::ActorState;
use run_plan::plan::{RunPlan, RunPlanError};
use std::collections::BTreeMap;
use tdbal_types::{ActorId, RunId};

/// The document of a run that holds its plan.
pub const PLAN: &str = "plan.json";

/// Whether a plan that was begun before may be gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuation {
    /// It is new: nobody can have begun it.
    Refused,
    /// It may have been begun.
    Allowed,
}

/// The plan that a run keeps with the data.
///
/// # Errors
/// [`RunError::NoRun`] when there is no such run, or its plan cannot be used.
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

/// Writes the plan into the ledger that is kept with the data, or finds it there.
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
    // The process may have died between the two.
    Ok(open_runs::begin(journals.as_ref(), &plan.run_id)
        .await
        .map_err(DataError::from)?)
}

/// Where every actor of a plan stands that was begun.
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
