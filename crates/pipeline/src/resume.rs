//! Runs that were interrupted: which there are, and how each is brought to its end.

use crate::run::{apply, report};
use dataset::error::DataError;
use execution::driver::Driver;
use execution::executor::Executor;
use execution::report::reports_of;
use execution::stored_plan::stored_plan;
use execution::{RunError, undo};
use journal::run::open_runs;
use results::events::Observer;
use results::progress::{Mode, Progress};
use results::report::{ActorReport, ActorStatus, RunReport, Stopped, Totals};
use tdbal_types::RunId;
use tokio_util::sync::CancellationToken;

/// The runs that were begun and not ended, oldest first; those of which it is sure that they are still at
/// work are left out.
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
    // A lease may outlive its holder: only a lock that ends with its process says that it lives.
    let of_the_living = locks
        .into_iter()
        .filter(|lock| !lock.stale && lock.until.is_none());
    for lock in of_the_living {
        if let Some(holder) = lock.holder {
            runs.remove(&holder.run);
        }
    }
    Ok(runs.into_iter().collect())
}

/// Goes on with a run that was interrupted, from its plan and its journal.
///
/// # Errors
/// When there is no such run, or its plan cannot be used.
pub async fn resume(
    executor: &Executor,
    run: &RunId,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<RunReport, RunError> {
    let began = executor.evaluation.clock.now();
    let undone = undo::resume(executor, run, observer, cancel).await?;
    if let Some(fixed) = doctor::resume(executor, run, cancel).await? {
        return Ok(report_of_fixes(executor, fixed, began, cancel));
    }
    let plan = stored_plan(executor, run).await?;
    match apply(executor, &plan, observer, cancel).await {
        Err(RunError::AppliedAlready { .. }) => {
            open_runs::end(executor.data.journals.as_ref(), run)
                .await
                .map_err(DataError::from)?;
            let driver = Driver {
                context: &executor.evaluation,
                jobs: executor.settings.jobs,
                mode: Mode::Execute,
                cancel,
                progress: Progress::default(),
                stopped: None,
            };
            let mut reports = reports_of(&plan);
            for report in reports.values_mut() {
                report.status = undone
                    .iter()
                    .flat_map(|undone| &undone.actors)
                    .find(|actor| actor.actor == report.actor)
                    .map_or_else(settled, |actor| status_of_undo(&actor.status));
                report.to_remove.clear();
                report.to_generate = tdbal_types::ClassCounts::default();
            }
            Ok(report(&driver, &plan, reports, began))
        }
        applied => applied,
    }
}

fn settled() -> ActorStatus {
    let reason = "the run was applied, and taken back where that was asked for".into();
    ActorStatus::Skipped { reason }
}

fn status_of_undo(status: &undo::UndoStatus) -> ActorStatus {
    match status {
        undo::UndoStatus::Refused { error } | undo::UndoStatus::Failed { error } => {
            ActorStatus::Failed {
                error: error.clone(),
            }
        }
        undo::UndoStatus::Remaining => ActorStatus::Remaining,
        _ => settled(),
    }
}

/// What going on with fixes did, told as what a run did.
fn report_of_fixes(
    executor: &Executor,
    fixed: doctor::FixReport,
    began: jiff::Timestamp,
    cancel: &CancellationToken,
) -> RunReport {
    let told = fixed.actors.into_iter().map(|fixed| {
        let status = match fixed.error {
            Some(error) => ActorStatus::Failed { error },
            None => ActorStatus::Changed,
        };
        let mut report = ActorReport::new(fixed.actor, status);
        report.warnings = fixed.lines;
        report
    });
    let actors: Vec<ActorReport> = told.collect();
    RunReport {
        run_id: fixed.run_id,
        executed: true,
        changes: false,
        expected_generation_usd: tdbal_types::Usd::ZERO,
        totals: Totals::of(&actors),
        actors,
        suspicions: Vec::new(),
        stopped: cancel.is_cancelled().then_some(Stopped::Interrupted),
        output_dir: executor.evaluation.output.path().display().to_string(),
        seconds: executor
            .evaluation
            .clock
            .now()
            .duration_since(began)
            .as_secs_f64(),
    }
}
