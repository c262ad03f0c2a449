//! Runs over many actors: evaluate and plan, apply a plan, or both. Works on several actors at once and
//! saves progress after each.

use crate::plan_run::{self, Planned, Resume, RunRequest};
use dataset::discovery::Discovery;
use evaluation::EvaluationContext;
use execution::driver::Driver;
use execution::executor::Executor;
use execution::stored_plan::Continuation;
use execution::{ExecutionSettings, RunError, apply};
use results::events::Observer;
use results::progress::{Mode, Progress, read_progress};
use results::report::{ActorReport, RunReport, Stopped, Totals};
use run_plan::limits;
use run_plan::plan::RunPlan;
use run_plan::report::reports_of;
use std::collections::BTreeMap;
use tdbal_types::ActorId;
use tdbal_types::time::stamp;
use tokio_util::sync::CancellationToken;

/// Evaluates the actors of a request and plans their changes, without changing any data.
///
/// An actor that fails does not stop the others. A rejected key, an empty account or `cancel` stops the
/// run: no further actor starts, actors in progress finish safely, and progress is saved.
///
/// # Errors
/// When the output folder is in use or cannot be read or written, or the data cannot be trusted.
pub async fn plan(
    context: &EvaluationContext,
    settings: &ExecutionSettings,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<(RunPlan, RunReport), RunError> {
    let _lock = context.output.lock()?;
    let began = context.clock.now();
    let mut driver = driver(context, settings, discovery, request, cancel).await?;
    let planned = plan_run::plan(settings, &mut driver, discovery, request, observer).await?;
    let mut report = report(&driver, &planned.plan, planned.reports, began);
    report.suspicions = planned.suspicions;
    Ok((planned.plan, report))
}

/// Applies a plan as it is. An actor whose set has changed since the plan was made is refused; the others
/// continue.
///
/// # Errors
/// When the plan was already applied, exceeds a limit of the run, or does not match the configured
/// generator. Nothing is changed then.
pub async fn apply(
    executor: &Executor,
    plan: &RunPlan,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<RunReport, RunError> {
    let _lock = executor.evaluation.output.lock()?;
    let began = executor.evaluation.clock.now();
    let last = read_progress(&executor.evaluation.output, Mode::Execute).await?;
    let last = last.filter(|last| !last.is_finished());
    let basis = plan.basis.clone();
    let selected = plan.actors.iter().map(|planned| planned.actor.clone());
    let mut driver = Driver {
        context: &executor.evaluation,
        jobs: executor.settings.jobs,
        mode: Mode::Execute,
        cancel,
        progress: Progress::begin(last, selected, basis, &stamp(began)),
        stopped: None,
    };
    let reports = reports_of(plan);
    let reports = apply::apply(
        executor,
        &mut driver,
        plan,
        reports,
        Continuation::Allowed,
        observer,
    )
    .await?;
    Ok(report(&driver, plan, reports, began))
}

/// Evaluates and plans all actors of a request, then applies the plan. No actor is changed before all
/// are planned. Earlier runs must be finished first: see [`crate::unfinished_runs`] and
/// [`crate::resume()`].
///
/// # Errors
/// The errors of [`plan`] and of [`apply()`].
pub async fn execute(
    executor: &Executor,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<(RunPlan, RunReport), RunError> {
    let _lock = executor.evaluation.output.lock()?;
    let began = executor.evaluation.clock.now();
    let mut driver = driver(
        &executor.evaluation,
        &executor.settings,
        discovery,
        request,
        cancel,
    )
    .await?;
    let Planned {
        plan,
        mut reports,
        suspicions,
    } = plan_run::plan(
        &executor.settings,
        &mut driver,
        discovery,
        request,
        observer,
    )
    .await?;
    // A run that stops early has only part of a plan, which must not be applied.
    if !driver.is_stopping() {
        reports = apply::apply(
            executor,
            &mut driver,
            &plan,
            reports,
            Continuation::Refused,
            observer,
        )
        .await?;
    }
    let mut report = report(&driver, &plan, reports, began);
    report.suspicions = suspicions;
    Ok((plan, report))
}

async fn driver<'a>(
    context: &'a EvaluationContext,
    settings: &'a ExecutionSettings,
    discovery: &Discovery,
    request: &RunRequest,
    cancel: &'a CancellationToken,
) -> Result<Driver<'a>, RunError> {
    let last = match request.resume {
        Resume::No => None,
        Resume::Unfinished => {
            let last = read_progress(&context.output, request.mode).await?;
            last.filter(|last| !last.is_finished())
        }
        Resume::JustFinished => read_progress(&context.output, request.mode).await?,
    };
    let last = last.map(|last| {
        last.of_actors(|name| {
            ActorId::new(name).is_ok_and(|actor| discovery.actors.contains_key(&actor))
        })
    });
    let selected = request.actors.iter().map(|(actor, _)| actor.clone());
    let now = context.clock.stamp();
    Ok(Driver {
        context,
        jobs: settings.jobs,
        mode: request.mode,
        cancel,
        progress: Progress::begin(last, selected, request.basis.clone(), &now),
        stopped: None,
    })
}

pub(crate) fn report(
    driver: &Driver<'_>,
    plan: &RunPlan,
    reports: BTreeMap<ActorId, ActorReport>,
    began: jiff::Timestamp,
) -> RunReport {
    let context = driver.context;
    let actors: Vec<ActorReport> = reports.into_values().collect();
    let totals = Totals::of(&actors);
    let stopped = if driver.cancel.is_cancelled() {
        Some(Stopped::Interrupted)
    } else {
        driver.stopped.clone()
    };
    RunReport {
        run_id: plan.run_id.clone(),
        executed: driver.mode == Mode::Execute,
        changes: totals.to_change > 0,
        expected_generation_usd: plan.settings.picture_price_usd * totals.to_generate as u64,
        totals,
        actors,
        suspicions: Vec::new(),
        stopped,
        output_dir: context.output.path().display().to_string(),
        seconds: context.clock.now().duration_since(began).as_secs_f64(),
    }
}

/// Checks the expected cost of evaluation against the budget, before any of it is spent.
///
/// # Errors
/// [`RunError::Limits`] when the cost exceeds the budget.
pub fn check_budget(expected: tdbal_types::Usd, limits: &limits::Limits) -> Result<(), RunError> {
    match limits::budget(expected, limits.budget) {
        Some(breach) => Err(RunError::Limits(vec![breach])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dataset::folder::DataReader;

    fn assert_send(_: impl Send) {}

    /// A program with many data sets runs each in a task of its own.
    #[expect(dead_code, reason = "only has to compile")]
    fn planning_can_be_spawned(
        reader: &'static DataReader,
        context: &'static EvaluationContext,
        settings: &'static ExecutionSettings,
        discovery: &'static Discovery,
        request: &'static RunRequest,
        observer: &'static dyn Observer,
        cancel: &'static CancellationToken,
    ) {
        assert_send(dataset::discover(reader));
        assert_send(plan(
            context, settings, discovery, request, observer, cancel,
        ));
    }

    #[expect(dead_code, reason = "only has to compile")]
    fn changes_can_be_spawned(
        executor: &'static Executor,
        discovery: &'static Discovery,
        request: &'static RunRequest,
        plan_file: &'static RunPlan,
        observer: &'static dyn Observer,
        cancel: &'static CancellationToken,
    ) {
        let run = &request.run_id;
        assert_send(apply(executor, plan_file, observer, cancel));
        assert_send(execute(executor, discovery, request, observer, cancel));
        assert_send(crate::unfinished_runs(executor));
        assert_send(crate::resume(executor, run, observer, cancel));
        assert_send(execution::undo::undo(
            executor, run, None, false, observer, cancel,
        ));
        assert_send(execution::trash::trash(executor, None));
    }
}
