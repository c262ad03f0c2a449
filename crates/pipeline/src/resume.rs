//! Resumes runs that were interrupted.

use crate::run::{apply, report};
use dataset::error::DataError;
use execution::driver::Driver;
use execution::executor::Executor;
use execution::stored_plan::stored_plan;
use execution::{RunError, undo};
use journal::run::open_runs;
use results::events::Observer;
use results::progress::{Mode, Progress};
use results::report::{ActorReport, ActorStatus, RunReport, Stopped, Totals};
use run_plan::report::reports_of;
use tdbal_types::RunId;
use tokio_util::sync::CancellationToken;

/// Resumes an interrupted run from its plan and its journal: an undo first, then fixes of the doctor or
/// else the plan.
///
/// # Errors
/// [`RunError::NoRun`] if the run does not exist; other errors when its plan or journal cannot be used.
pub async fn resume(
    executor: &Executor,
    run: &RunId,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<RunReport, RunError> {
    let began = executor.evaluation.clock.now();
    let undone = undo::resume(executor, run, observer, cancel).await?;
    if let Some(fixed) = doctor::resume(executor, run, cancel).await? {
        let mut report = report_of_fixes(executor, fixed, began, cancel);
        let undone = undone.iter().flat_map(|undone| &undone.actors);
        for undone in undone {
            let mut actors = report.actors.iter_mut();
            if let Some(actor) = actors.find(|actor| actor.actor == undone.actor) {
                actor.status = status_of_undo(&undone.status);
            }
        }
        report.totals = Totals::of(&report.actors);
        return Ok(report);
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
                    .map_or_else(finished, |actor| status_of_undo(&actor.status));
                report.to_remove.clear();
                report.to_generate = tdbal_types::ClassCounts::default();
            }
            Ok(report(&driver, &plan, reports, began))
        }
        applied => applied,
    }
}

fn finished() -> ActorStatus {
    let reason = "already applied, or undone where that was requested".into();
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
        _ => finished(),
    }
}

/// The report of a run that applied the doctor's fixes.
fn report_of_fixes(
    executor: &Executor,
    fixed: doctor::FixReport,
    began: jiff::Timestamp,
    cancel: &CancellationToken,
) -> RunReport {
    let reports = fixed.actors.into_iter().map(|fixed| {
        let status = match fixed.error {
            Some(error) => ActorStatus::Failed { error },
            None => ActorStatus::Changed,
        };
        let mut report = ActorReport::new(fixed.actor, status);
        report.warnings = fixed.lines;
        report
    });
    let actors: Vec<ActorReport> = reports.collect();
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
