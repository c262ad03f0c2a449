//! Runs that were interrupted, and what is left to do in each.

use dataset::DataError;
use execution::stored_plan::stored_plan;
use execution::{Executor, RunError};
use journal::run::open_runs;
use journal::run::state::ActorState;
use run_plan::plan::PlannedChange;
use tdbal_types::RunId;

/// What is left to do in a run that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedRun {
    /// The id of the interrupted run.
    pub run: RunId,
    /// Number of actors that are not finished.
    pub actors: usize,
    /// Whether pictures are still to be generated.
    pub generates: bool,
    /// Whether the unfinished actors have, or will have, pictures in a bucket.
    pub needs_bucket: bool,
}

impl UnfinishedRun {
    const fn new(run: RunId) -> Self {
        Self {
            run,
            actors: 0,
            generates: false,
            needs_bucket: false,
        }
    }

    /// Adds an actor of the run's plan, if the journal says that it is not finished.
    fn add(&mut self, change: &PlannedChange, state: &ActorState, stores_new_pictures: bool) {
        if !state.is_open() && state.ending.is_some() {
            return;
        }
        let generates = state.ending.is_none() && !change.generate().is_empty();
        let has_objects = change.seen.pictures.iter().any(|p| p.object.is_some());
        self.actors += 1;
        self.generates |= generates;
        self.needs_bucket |= has_objects || (generates && stores_new_pictures);
    }
}

/// Returns the ids of the runs that were started and not finished, oldest first. Leaves out runs that
/// certainly still work.
///
/// # Errors
/// When the journals or the locks cannot be listed.
pub async fn unfinished_runs(executor: &Executor) -> Result<Vec<RunId>, RunError> {
    let mut runs = open_runs::runs(executor.data.journals.as_ref())
        .await
        .map_err(DataError::from)?;
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let locks = executor.data.locks.list().await?;
    // A lease may outlive its holder; only a lock that ends with its process proves that the process
    // lives.
    let held_by_living = locks
        .into_iter()
        .filter(|lock| !lock.stale && lock.until.is_none());
    for lock in held_by_living {
        if let Some(holder) = lock.holder {
            runs.remove(&holder.run);
        }
    }
    Ok(runs.into_iter().collect())
}

/// Returns what is left to do in every run that was started and not finished, oldest first.
///
/// # Errors
/// When the journals, the locks or a run's plan cannot be read.
pub async fn list_unfinished(executor: &Executor) -> Result<Vec<UnfinishedRun>, RunError> {
    let mut found = Vec::new();
    for run in unfinished_runs(executor).await? {
        found.push(left_of(executor, &run).await?);
    }
    Ok(found)
}

/// Returns what is left to do in one run, or `None` if it is finished.
///
/// # Errors
/// [`RunError::NoRun`] if the run does not exist; other errors when its plan or journals cannot be
/// read.
pub async fn find_unfinished(
    executor: &Executor,
    run: &RunId,
) -> Result<Option<UnfinishedRun>, RunError> {
    let left = left_of(executor, run).await?;
    let is_listed = unfinished_runs(executor).await?.contains(run);
    Ok(Some(left).filter(|left| is_listed || left.actors > 0))
}

async fn left_of(executor: &Executor, run: &RunId) -> Result<UnfinishedRun, RunError> {
    let mut left = UnfinishedRun::new(run.clone());
    let journals = executor.data.journals.as_ref();
    let plan = match stored_plan(executor, run).await {
        Ok(plan) => plan,
        Err(RunError::NoRun { .. }) if is_known(executor, run).await? => {
            // Fixes of `tdbal doctor` have journals and no plan.
            let open = journal::run::unfinished(journals).await;
            let open = open.map_err(DataError::from)?;
            left.actors = open.iter().filter(|(of, ..)| of == run).count();
            return Ok(left);
        }
        Err(error) => return Err(error),
    };
    for (planned, change) in plan.to_change() {
        let records = journal::run::read_records(journals, run, &planned.actor).await;
        let state = ActorState::of(&records.map_err(DataError::from)?);
        left.add(change, &state, plan.settings.destination.is_some());
    }
    Ok(left)
}

async fn is_known(executor: &Executor, run: &RunId) -> Result<bool, DataError> {
    Ok(executor.data.journals.runs().await?.contains(run))
}

#[cfg(test)]
mod tests;
