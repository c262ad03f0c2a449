//! Runs over many actors: look and plan, carry a plan out, or both; several actors at once, progress
//! after each, and an end that is never a mess.

use crate::apply::{self, Continuation};
use crate::clock::stamp;
use crate::discovery::Discovery;
use crate::doctor;
use crate::engine::Engine;
use crate::error::DataError;
use crate::events::Observer;
use crate::limits::{self, Breach};
use crate::output::{Mode, OutputError};
use crate::plan_file::PlanFile;
use crate::planning::{self, Planned};
use crate::pool::Pool;
use crate::progress::{Basis, Progress};
use crate::report::{ActorReport, ActorStatus, RunReport, Stopped, Totals};
use crate::undo;
use crate::unfinished;
use balance_planner::Policy;
use std::collections::BTreeMap;
use tdbal_types::{ActorId, RunId};
use tokio_util::sync::CancellationToken;

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Its name.
    pub run_id: RunId,
    /// The actors, each with the policy that holds for it.
    pub actors: Vec<(ActorId, Policy)>,
    /// Whether it only looks.
    pub mode: Mode,
    /// Whether actors that an unfinished run completed are left out.
    pub resume: Resume,
    /// What its progress is good for.
    pub basis: Basis,
}

/// What of an earlier run's progress counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Nothing: the run begins anew.
    No,
    /// That of a run that was not finished.
    Unfinished,
    /// That of a run that this one has just finished, before it looked for what else is to be done.
    JustFinished,
}

/// Why a run did not take place, or ended without a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The output folder cannot be used.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The data or the journals with it cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Limits of the run are passed; nothing was touched.
    #[error("{}; nothing was touched", list(.0))]
    Limits(Vec<Breach>),
    /// The listing of actors lost more than half since the last run.
    #[error(
        "there were {before} actors when the last run ended, and the listing names {now}: that is more \
         likely a fault of the store than a wish, so nothing was touched; check it, or say \
         --allow-shrunk-listing"
    )]
    ListingShrank {
        /// How many actors there were.
        before: usize,
        /// How many there are.
        now: usize,
    },
    /// The plan was carried out to its end before.
    #[error("the plan of run {run} was applied already; make a new one with tdbal plan")]
    AppliedAlready {
        /// The run.
        run: RunId,
    },
    /// Another plan has the run's name.
    #[error(
        "run {run} has another plan with the data than this file: make a new one with tdbal plan"
    )]
    OtherPlan {
        /// The run.
        run: RunId,
    },
    /// The plan is for another generator than the one that is set up.
    #[error(
        "the plan is for pictures by {planned}, and {wired} is set up: set it up as planned, or make a \
         new plan"
    )]
    OtherGenerator {
        /// What the plan says.
        planned: String,
        /// What is set up.
        wired: String,
    },
    /// A bucket does not honour conditions.
    #[error(
        "{bucket} does not honour conditional writes, so that two runs could change one actor at the \
         same time; nothing was touched. If no other run can be at work, say --allow-unguarded-bucket"
    )]
    Unguarded {
        /// The bucket.
        bucket: String,
    },
    /// There is no such run with the data.
    #[error("there is no run {run} with {data}; tdbal log lists the runs that there are")]
    NoRun {
        /// What was asked for.
        run: RunId,
        /// The data.
        data: String,
    },
    /// A run's plan cannot be read.
    #[error("the plan of run {run} cannot be used")]
    Plan {
        /// The run.
        run: RunId,
        /// What is wrong with it.
        #[source]
        source: crate::plan_file::PlanFileError,
    },
}

impl RunError {
    /// Whether a limit refused the run: nothing was touched, and a flag would allow it.
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::Limits(_) | Self::ListingShrank { .. })
    }
}

fn list(breaches: &[Breach]) -> String {
    let texts: Vec<String> = breaches.iter().map(Breach::to_string).collect();
    texts.join("; ")
}

/// Looks at all actors and plans. Nothing of the data is changed. The failure of one never stops the
/// others; a bad key or an empty account does, and so does the operator through `cancel`: then no
/// actor is begun any more, those in hand are brought to a safe end, and progress is saved.
///
/// # Errors
/// When the output folder is in use or cannot be read or written, or the data cannot be trusted.
pub async fn plan(
    engine: &Engine,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<(PlanFile, RunReport), RunError> {
    let _lock = engine.output.lock()?;
    let began = engine.clock.now();
    let mut pool = pool(engine, discovery, request, cancel).await?;
    let planned = planning::plan(&mut pool, discovery, request, observer).await?;
    let mut report = report(&pool, &planned.plan, planned.reports, began);
    report.suspicions = planned.suspicions;
    Ok((planned.plan, report))
}

/// Carries a plan out. Nothing is decided anew: an actor whose set is no longer as the plan saw it is
/// refused, the others go on.
///
/// # Errors
/// When the plan was applied already, passes a limit of the run, or does not fit what is set up;
/// then nothing was touched.
pub async fn apply(
    engine: &Engine,
    plan: &PlanFile,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<RunReport, RunError> {
    let _lock = engine.output.lock()?;
    let began = engine.clock.now();
    let last = engine.output.read_progress(Mode::Execute).await?;
    let last = last.filter(|last| !last.is_finished());
    let basis = plan.basis.clone();
    let selected = plan.actors.iter().map(|planned| planned.actor.clone());
    let mut pool = Pool {
        engine,
        mode: Mode::Execute,
        cancel,
        progress: Progress::begin(last, selected, basis, &stamp(began)),
        stopped: None,
    };
    let reports = apply::reports_of(plan);
    let reports = apply::apply(&mut pool, plan, reports, Continuation::Allowed, observer).await?;
    Ok(report(&pool, plan, reports, began))
}

/// Looks at all actors, plans, and carries the plan out: every actor is looked at and planned for
/// before the first is touched. What earlier runs left has to be finished before
/// ([`unfinished_runs`], [`resume`]).
///
/// # Errors
/// As those of [`plan`] and [`apply`].
pub async fn execute(
    engine: &Engine,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<(PlanFile, RunReport), RunError> {
    let _lock = engine.output.lock()?;
    let began = engine.clock.now();
    let mut pool = pool(engine, discovery, request, cancel).await?;
    let Planned {
        plan,
        mut reports,
        suspicions,
    } = planning::plan(&mut pool, discovery, request, observer).await?;
    if !pool.is_stopping() {
        reports = apply::apply(&mut pool, &plan, reports, Continuation::Refused, observer).await?;
    }
    // Where it is stopping, what was looked at is saved; nothing is done on the strength of half a plan.
    let mut report = report(&pool, &plan, reports, began);
    report.suspicions = suspicions;
    Ok((plan, report))
}

/// The runs that were begun and not ended, oldest first; those of which it is sure that they are still at
/// work are left out.
///
/// # Errors
/// When the journals or the locks cannot be listed.
pub async fn unfinished_runs(engine: &Engine) -> Result<Vec<RunId>, RunError> {
    let mut runs = unfinished::runs(engine.data.journals.as_ref()).await?;
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let locks = engine.data.locks.list().await.map_err(DataError::from)?;
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
    engine: &Engine,
    run: &RunId,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<RunReport, RunError> {
    let began = engine.clock.now();
    let undone = undo::go_on(engine, run, observer, cancel).await?;
    if let Some(fixed) = doctor::resume(engine, run, cancel).await? {
        return Ok(report_of_fixes(engine, fixed, began, cancel));
    }
    let plan = apply::stored_plan(engine, run).await?;
    match apply(engine, &plan, observer, cancel).await {
        Err(RunError::AppliedAlready { .. }) => {
            unfinished::end(engine.data.journals.as_ref(), run).await?;
            let pool = Pool {
                engine,
                mode: Mode::Execute,
                cancel,
                progress: Progress::default(),
                stopped: None,
            };
            let mut reports = apply::reports_of(&plan);
            for report in reports.values_mut() {
                report.status = undone
                    .iter()
                    .flat_map(|undone| &undone.actors)
                    .find(|actor| actor.actor == report.actor)
                    .map_or_else(settled, |actor| status_of_undo(&actor.status));
                report.to_remove.clear();
                report.to_generate = tdbal_types::ClassCounts::default();
            }
            Ok(report(&pool, &plan, reports, began))
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
    engine: &Engine,
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
        output_dir: engine.output.path().display().to_string(),
        seconds: engine.clock.now().duration_since(began).as_secs_f64(),
    }
}

async fn pool<'a>(
    engine: &'a Engine,
    discovery: &Discovery,
    request: &RunRequest,
    cancel: &'a CancellationToken,
) -> Result<Pool<'a>, RunError> {
    let last = match request.resume {
        Resume::No => None,
        Resume::Unfinished => {
            let last = engine.output.read_progress(request.mode).await?;
            last.filter(|last| !last.is_finished())
        }
        Resume::JustFinished => engine.output.read_progress(request.mode).await?,
    };
    let last = last.map(|last| {
        last.of_actors(|name| {
            ActorId::new(name).is_ok_and(|actor| discovery.actors.contains_key(&actor))
        })
    });
    let selected = request.actors.iter().map(|(actor, _)| actor.clone());
    let now = engine.clock.stamp();
    Ok(Pool {
        engine,
        mode: request.mode,
        cancel,
        progress: Progress::begin(last, selected, request.basis.clone(), &now),
        stopped: None,
    })
}

fn report(
    pool: &Pool<'_>,
    plan: &PlanFile,
    reports: BTreeMap<ActorId, ActorReport>,
    began: jiff::Timestamp,
) -> RunReport {
    let engine = pool.engine;
    let actors: Vec<ActorReport> = reports.into_values().collect();
    let totals = Totals::of(&actors);
    let stopped = if pool.cancel.is_cancelled() {
        Some(Stopped::Interrupted)
    } else {
        pool.stopped.clone()
    };
    RunReport {
        run_id: plan.run_id.clone(),
        executed: pool.mode == Mode::Execute,
        changes: totals.to_change > 0,
        expected_generation_usd: plan.settings.picture_price_usd * totals.to_generate as u64,
        totals,
        actors,
        suspicions: Vec::new(),
        stopped,
        output_dir: engine.output.path().display().to_string(),
        seconds: engine.clock.now().duration_since(began).as_secs_f64(),
    }
}

/// Checks the cost that is to be expected of looking, before any of it is spent.
///
/// # Errors
/// [`RunError::Limits`] where the budget does not reach for it.
pub fn check_budget(expected: tdbal_types::Usd, limits: &limits::Limits) -> Result<(), RunError> {
    match limits::budget(expected, limits.budget) {
        Some(breach) => Err(RunError::Limits(vec![breach])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataReader;

    fn assert_send(_: impl Send) {}

    /// A program that has many data sets runs each in a task of its own.
    #[expect(dead_code, reason = "it only has to compile")]
    fn all_can_be_spawned(
        engine: &'static Engine,
        discovery: &'static Discovery,
        request: &'static RunRequest,
        plan_file: &'static PlanFile,
        observer: &'static dyn Observer,
        cancel: &'static CancellationToken,
        reader: &'static DataReader,
    ) {
        let run = &request.run_id;
        assert_send(crate::discover(reader));
        assert_send(plan(engine, discovery, request, observer, cancel));
        assert_send(apply(engine, plan_file, observer, cancel));
        assert_send(execute(engine, discovery, request, observer, cancel));
        assert_send(unfinished_runs(engine));
        assert_send(resume(engine, run, observer, cancel));
        assert_send(undo(engine, run, None, false, observer, cancel));
        assert_send(crate::trash(engine, None));
    }
}
