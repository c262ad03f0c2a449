//! The second half of a run: applies a plan, from the start or from where an earlier attempt left it.

use crate::actor::{ActorExecution, Executed, record_failure};
use crate::driver::Driver;
use crate::error::{ExecutionError, RunError};
use crate::executor::Executor;
use crate::stored_plan::{Continuation, register, states};
use crate::transaction::guards;
use dataset::error::DataError;
use dataset::{discovery, set};
use evaluation::error::EvaluationError;
use futures_util::FutureExt as _;
use journal::run::open_runs as unfinished;
use journal::run::state::ActorState;
use results::events::{Event, Observer};
use results::report::{ActorReport, ActorStatus, Stopped};
use run_plan::budget::Budget;
use run_plan::limits;
use run_plan::limits::Breach;
use run_plan::plan::{ActorOutcome, ActorPlan, PlannedChange, RunPlan};
use run_plan::report::add_results;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tdbal_types::{ActorId, Digest, Usd};

/// The result of one actor.
struct Done {
    report: ActorReport,
    set: Option<Digest>,
    stops_run: Option<String>,
}

/// Applies a plan to all actors that it changes, several at once. `reports` holds what planning found,
/// and is returned with what was done.
///
/// # Errors
/// When the plan was applied already, passes a limit of the run or does not fit what is set up: then
/// nothing was touched. The failure of one actor is in its report.
pub async fn apply(
    executor: &Executor,
    driver: &mut Driver<'_>,
    plan: &RunPlan,
    mut reports: BTreeMap<ActorId, ActorReport>,
    continuation: Continuation,
    observer: &dyn Observer,
) -> Result<BTreeMap<ActorId, ActorReport>, RunError> {
    if !plan.changes {
        if continuation == Continuation::Allowed {
            note_settled(driver, plan);
        }
        save_settled(driver).await?;
        return Ok(reports);
    }
    let begun_before = states(executor, plan).await?;
    let over = actors_with(&begun_before, |state| state.ending.is_some());
    if continuation == Continuation::Allowed && is_over(plan, &over) {
        return Err(RunError::AppliedAlready {
            run: plan.run_id.clone(),
        });
    }
    fits(executor, plan, &over)?;
    let spent: Usd = begun_before
        .values()
        .map(|state| state.generation_cost() + state.look_cost)
        .sum();
    let spent = plan.totals.evaluation_cost_usd + spent;
    // Limits are checked once: what was allowed and has begun is finished even if a limit is lower now.
    let begun = actors_with(&begun_before, |state| state.begun);
    let rest = plan.without(|actor| over.contains(actor) || begun.contains(actor));
    let breaches = limits::check(&rest, spent, &executor.settings.limits);
    if !breaches.run.is_empty() {
        return Err(RunError::Limits(breaches.run));
    }
    guards::check(executor, plan).await?;
    register(executor, plan, continuation).await?;
    let budget = Budget::new(executor.settings.limits.budget, spent);
    let applying = Applying {
        executor,
        plan,
        budget: &budget,
        breaches: &breaches.actors,
        observer,
        cancel: driver.cancel,
        reports: reports.clone(),
    };
    let waiting: VecDeque<_> = plan
        .to_change()
        .map(|item| (item.0.actor.clone(), item))
        .collect();
    observer.on_event(&Event::ChangesStarted {
        actors: waiting.len(),
    });
    let left = driver
        .drive(
            waiting,
            |(actor, assessed)| applying.actor(actor, assessed).boxed(),
            |driver, done| applying.finish(driver, done, &mut reports),
        )
        .await?;
    for actor in left {
        if let Some(report) = reports.get_mut(&actor) {
            report.status = ActorStatus::Remaining;
        }
    }
    let states = states(executor, plan).await?;
    let over = actors_with(&states, |state| state.ending.is_some());
    if is_over(plan, &over) {
        unfinished::end(executor.data.journals.as_ref(), &plan.run_id)
            .await
            .map_err(DataError::from)?;
    }
    executor.leave_census().await;
    Ok(reports)
}

/// Enters in the progress which actors are skipped or failed in a plan that changes nothing.
fn note_settled(driver: &mut Driver<'_>, plan: &RunPlan) {
    for actor in &plan.actors {
        match &actor.finding {
            ActorOutcome::Assessed(_) | ActorOutcome::Remaining => {}
            ActorOutcome::Skipped { .. } => driver.progress.skip(&actor.actor),
            ActorOutcome::Unassessed { error } | ActorOutcome::Failed { error } => {
                let now = driver.context.clock.stamp();
                driver.progress.fail(&actor.actor, error.clone(), &now);
            }
        }
    }
}

/// Saves the progress of a run that changes no actor.
async fn save_settled(driver: &mut Driver<'_>) -> Result<(), RunError> {
    let nothing: VecDeque<(ActorId, ())> = VecDeque::new();
    driver
        .drive(nothing, |()| async {}.boxed(), |_, ()| {})
        .await?;
    Ok(())
}

/// The actors whose state satisfies `is_so`.
fn actors_with(
    states: &BTreeMap<ActorId, ActorState>,
    is_so: impl Fn(&ActorState) -> bool,
) -> BTreeSet<ActorId> {
    let actors = states.iter().filter(|(_, state)| is_so(state));
    actors.map(|(actor, _)| actor.clone()).collect()
}

/// Whether every actor that the plan changes is finished.
fn is_over(plan: &RunPlan, over: &BTreeSet<ActorId>) -> bool {
    plan.to_change()
        .all(|(planned, _)| over.contains(&planned.actor))
}

/// Checks that the generator is the one of the plan, if pictures are still to be generated: prompts and
/// prices are those of the planned model.
fn fits(executor: &Executor, plan: &RunPlan, over: &BTreeSet<ActorId>) -> Result<(), RunError> {
    let generates = plan.to_change().any(|(planned, assessed)| {
        !assessed.generate().is_empty() && !over.contains(&planned.actor)
    });
    let Some(generator) = executor.generator.as_ref().filter(|_| generates) else {
        return Ok(());
    };
    let wired = generator.identity();
    if wired == plan.settings.generator {
        return Ok(());
    }
    Err(RunError::OtherGenerator {
        planned: plan.settings.generator.model.clone(),
        wired: wired.model,
    })
}

struct Applying<'a> {
    executor: &'a Executor,
    plan: &'a RunPlan,
    budget: &'a Budget,
    breaches: &'a BTreeMap<ActorId, Vec<Breach>>,
    observer: &'a dyn Observer,
    cancel: &'a tokio_util::sync::CancellationToken,
    reports: BTreeMap<ActorId, ActorReport>,
}

impl Applying<'_> {
    async fn actor(&self, planned: &ActorPlan, assessed: &PlannedChange) -> Done {
        let actor = &planned.actor;
        self.observer.on_event(&Event::ActorStarted {
            actor: actor.clone(),
        });
        let mut report = self
            .reports
            .get(actor)
            .cloned()
            .unwrap_or_else(|| ActorReport::new(actor.clone(), ActorStatus::ToChange));
        let carrying = ActorExecution {
            executor: self.executor,
            plan: self.plan,
            actor,
            assessed,
            budget: self.budget,
            observer: self.observer,
            cancel: self.cancel,
        };
        let Executed { result, state } = match self.breaches.get(actor) {
            Some(breaches) => {
                let texts: Vec<String> = breaches.iter().map(Breach::to_string).collect();
                carrying
                    .refuse(ExecutionError::Limit(texts.join("; ")))
                    .await
            }
            None => carrying.run().await,
        };
        add_results(&state, &mut report);
        let mut done = Done {
            report,
            set: None,
            stops_run: None,
        };
        match result {
            Ok(()) => {
                done.report.status = ActorStatus::Changed;
                done.set = self.fingerprint(actor).await;
            }
            Err(error) => self.failed(&error, &mut done).await,
        }
        done
    }

    async fn failed(&self, error: &ExecutionError, done: &mut Done) {
        done.report.evaluation_cost_usd += error.cost();
        done.report.status = match error {
            ExecutionError::Evaluation(EvaluationError::Interrupted) => ActorStatus::Remaining,
            ExecutionError::Evaluation(EvaluationError::StopsRun { message, .. }) => {
                done.stops_run = Some(message.clone());
                ActorStatus::Remaining
            }
            error => ActorStatus::Failed {
                error: error.chain(),
            },
        };
        let trail = results::audit::Trail {
            output: &self.executor.evaluation.output,
            clock: &self.executor.evaluation.clock,
            run: &self.plan.run_id,
            actor: &done.report.actor,
        };
        record_failure(&trail, error).await;
    }

    async fn fingerprint(&self, actor: &ActorId) -> Option<Digest> {
        let reader = self.executor.data.reader();
        let files = discovery::files_of(&reader, actor).await.ok()?;
        let now = self.executor.evaluation.clock.stamp();
        let set = set::load(&reader, actor, &files, &now).await.ok()?;
        Some(set.fingerprint(&set.object_fingerprints(&reader).await))
    }

    fn finish(
        &self,
        driver: &mut Driver<'_>,
        done: Done,
        reports: &mut BTreeMap<ActorId, ActorReport>,
    ) {
        let now = self.executor.evaluation.clock.stamp();
        let actor = done.report.actor.clone();
        match (&done.report.status, done.set) {
            (ActorStatus::Failed { error } | ActorStatus::Unassessed { error }, _) => {
                driver.progress.fail(&actor, error.clone(), &now);
            }
            (_, Some(set)) => driver.progress.complete(&actor, set),
            _ => driver.progress.abandon(&actor),
        }
        reports.insert(actor, done.report.clone());
        let spent: Usd = reports.values().map(ActorReport::cost).sum();
        self.observer.on_event(&Event::ActorFinished {
            report: Box::new(done.report),
            spent,
        });
        if let Some(message) = done.stops_run
            && driver.stopped.is_none()
        {
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            driver.stopped = Some(Stopped::Error(message));
        }
    }
}
