//! The second half of a run: carries a plan out, whole or from where an earlier attempt left it.

use crate::actor_journal::read_records;
use crate::assess::doubt;
use crate::budget::Budget;
use crate::carry_out::{CarriedOut, CarryOut, tell_failure};
use crate::census::{Census, write_census};
use crate::discovery;
use crate::engine::Engine;
use crate::error::{ActorError, DataError, chain};
use crate::events::{Event, Observer};
use crate::guards;
use crate::limits::{self, Breach};
use crate::plan_file::{ActorPlan, Assessed, Finding, PlanFile};
use crate::pool::Pool;
use crate::report::{ActorReport, ActorStatus, Stopped};
use crate::run::RunError;
use crate::set;
use crate::standing::Standing;
use crate::unfinished;
use balance_planner::Action;
use futures_util::FutureExt as _;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tdbal_types::{ActorId, Digest, RunId, Usd};

/// The document of a run that holds its plan.
pub(crate) const PLAN: &str = "plan.json";

/// Whether a plan that was begun before may be gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// It is new: nobody can have begun it.
    Refused,
    /// It may have been begun.
    Allowed,
}

/// What came of one actor.
struct Done {
    report: ActorReport,
    set: Option<Digest>,
    stops_run: Option<String>,
}

/// The plan that a run keeps with the data.
///
/// # Errors
/// [`RunError::NoRun`] when there is no such run, or its plan cannot be used.
pub async fn stored_plan(engine: &Engine, run: &RunId) -> Result<PlanFile, RunError> {
    let journals = &engine.data.journals;
    let document = journals
        .document(run, PLAN)
        .await
        .map_err(DataError::from)?;
    let Some(bytes) = document else {
        return Err(RunError::NoRun {
            run: run.clone(),
            data: engine.data.identity.clone(),
        });
    };
    PlanFile::parse(&bytes).map_err(|source| RunError::Plan {
        run: run.clone(),
        source,
    })
}

/// Carries a plan out. `reports` are what looking at the actors found.
pub(crate) async fn apply(
    pool: &mut Pool<'_>,
    plan: &PlanFile,
    mut reports: BTreeMap<ActorId, ActorReport>,
    continuation: Continuation,
    observer: &dyn Observer,
) -> Result<BTreeMap<ActorId, ActorReport>, RunError> {
    let engine = pool.engine;
    if !plan.changes {
        if continuation == Continuation::Allowed {
            note_settled(pool, plan);
        }
        save_settled(pool).await?;
        return Ok(reports);
    }
    let standings = standings(engine, plan).await?;
    let over = actors_with(&standings, |standing| standing.ending.is_some());
    if continuation == Continuation::Allowed && is_over(plan, &over) {
        return Err(RunError::AppliedAlready {
            run: plan.run_id.clone(),
        });
    }
    fits(engine, plan, &over)?;
    let spent: Usd = standings
        .values()
        .map(|standing| standing.generation_cost() + standing.look_cost)
        .sum();
    let spent = plan.totals.evaluation_cost_usd + spent;
    // What was allowed once and begun is brought to its end.
    let begun = actors_with(&standings, |standing| standing.begun);
    let rest = plan.without(|actor| over.contains(actor) || begun.contains(actor));
    let breaches = limits::check(&rest, spent, &engine.settings.limits);
    if !breaches.run.is_empty() {
        return Err(RunError::Limits(breaches.run));
    }
    guards::check(engine, plan).await?;
    register(engine, plan, continuation).await?;
    let budget = Budget::new(engine.settings.limits.budget, spent);
    let applying = Applying {
        engine,
        plan,
        budget: &budget,
        breaches: &breaches.actors,
        observer,
        cancel: pool.cancel,
        reports: reports.clone(),
    };
    let waiting: VecDeque<_> = plan
        .to_change()
        .map(|item| (item.0.actor.clone(), item))
        .collect();
    observer.on_event(&Event::ChangesStarted {
        actors: waiting.len(),
    });
    let left = pool
        .drive(
            waiting,
            |(actor, assessed)| applying.actor(actor, assessed).boxed(),
            |pool, done| applying.finish(pool, done, &mut reports),
        )
        .await?;
    for actor in left {
        if let Some(report) = reports.get_mut(&actor) {
            report.status = ActorStatus::Remaining;
        }
    }
    let standings = self::standings(engine, plan).await?;
    let over = actors_with(&standings, |standing| standing.ending.is_some());
    if is_over(plan, &over) {
        unfinished::end(engine.data.journals.as_ref(), &plan.run_id).await?;
    }
    leave_census(engine).await;
    Ok(reports)
}

/// An actor that is to be looked at again is told apart from one that is settled.
fn note_settled(pool: &mut Pool<'_>, plan: &PlanFile) {
    for actor in &plan.actors {
        match &actor.finding {
            Finding::Assessed(_) | Finding::Remaining => {}
            Finding::Skipped { .. } => pool.progress.skip(&actor.actor),
            Finding::Unassessed { error } | Finding::Failed { error } => {
                let now = pool.engine.clock.stamp();
                pool.progress.fail(&actor.actor, error.clone(), &now);
            }
        }
    }
}

/// Saves progress where nothing else does.
async fn save_settled(pool: &mut Pool<'_>) -> Result<(), RunError> {
    let nothing: VecDeque<(ActorId, ())> = VecDeque::new();
    pool.drive(nothing, |()| async {}.boxed(), |_, ()| {})
        .await?;
    Ok(())
}

/// The actors that stand so.
fn actors_with(
    standings: &BTreeMap<ActorId, Standing>,
    is_so: impl Fn(&Standing) -> bool,
) -> BTreeSet<ActorId> {
    let actors = standings.iter().filter(|(_, standing)| is_so(standing));
    actors.map(|(actor, _)| actor.clone()).collect()
}

/// Whether nothing of a plan is left to do.
fn is_over(plan: &PlanFile, over: &BTreeSet<ActorId>) -> bool {
    plan.to_change()
        .all(|(planned, _)| over.contains(&planned.actor))
}

/// The generator has to be the one that was planned with, where anything is still to be made.
fn fits(engine: &Engine, plan: &PlanFile, over: &BTreeSet<ActorId>) -> Result<(), RunError> {
    let generates = plan.to_change().any(|(planned, assessed)| {
        !assessed.generate().is_empty() && !over.contains(&planned.actor)
    });
    let Some(generator) = engine.generator.as_ref().filter(|_| generates) else {
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

/// Writes the plan into the ledger that is kept with the data, or finds it there.
async fn register(
    engine: &Engine,
    plan: &PlanFile,
    continuation: Continuation,
) -> Result<(), RunError> {
    let journals = &engine.data.journals;
    let run = || plan.run_id.clone();
    let bytes = plan.to_bytes().map_err(|source| RunError::Plan {
        run: run(),
        source: crate::plan_file::PlanFileError::Json(source),
    })?;
    let created = journals
        .create_document(&plan.run_id, PLAN, bytes.into())
        .await
        .map_err(DataError::from)?;
    if created {
        return Ok(unfinished::begin(journals.as_ref(), &plan.run_id).await?);
    }
    let stored = stored_plan(engine, &plan.run_id).await?;
    if continuation == Continuation::Refused || stored != *plan {
        return Err(RunError::OtherPlan { run: run() });
    }
    // The process may have died between the two.
    Ok(unfinished::begin(journals.as_ref(), &plan.run_id).await?)
}

/// Where every actor of a plan stands that was begun.
async fn standings(
    engine: &Engine,
    plan: &PlanFile,
) -> Result<BTreeMap<ActorId, Standing>, RunError> {
    let journals = engine.data.journals.as_ref();
    let mut standings = BTreeMap::new();
    let begun = journals
        .actors(&plan.run_id)
        .await
        .map_err(DataError::from)?;
    for actor in begun {
        let records = read_records(journals, &plan.run_id, &actor)
            .await
            .map_err(DataError::from)?;
        standings.insert(actor, Standing::of(&records));
    }
    Ok(standings)
}

/// Reports of actors that only a plan tells about.
pub(crate) fn reports_of(plan: &PlanFile) -> BTreeMap<ActorId, ActorReport> {
    let reports = plan.actors.iter().map(|planned| {
        let status = match &planned.finding {
            Finding::Assessed(assessed) if !assessed.plan.is_empty() => ActorStatus::ToChange,
            Finding::Assessed(assessed) if assessed.plan.needs_review() => ActorStatus::NeedsReview,
            Finding::Assessed(_) => ActorStatus::Balanced,
            Finding::Unassessed { error } => ActorStatus::Unassessed {
                error: error.clone(),
            },
            Finding::Failed { error } => ActorStatus::Failed {
                error: error.clone(),
            },
            Finding::Skipped { reason } => ActorStatus::Skipped {
                reason: reason.clone(),
            },
            Finding::Remaining => ActorStatus::Remaining,
        };
        let mut report = ActorReport::new(planned.actor.clone(), status);
        report.warnings.clone_from(&planned.warnings);
        if let Some(assessed) = planned.assessed() {
            describe(assessed, &mut report);
        }
        (planned.actor.clone(), report)
    });
    reports.collect()
}

fn describe(assessed: &Assessed, report: &mut ActorReport) {
    let plan = &assessed.plan;
    report.before = Some(plan.before);
    report.after = Some(plan.after);
    let removed = plan.with(Action::Remove);
    report.to_remove = removed.map(|decision| decision.name.clone()).collect();
    report.to_generate = plan.generate;
    report.questions.clone_from(&plan.questions);
    report.doubts = plan
        .questions
        .iter()
        .map(|name| {
            let seen = assessed.picture(name);
            let class = seen.and_then(|seen| seen.class);
            let rules = seen.map_or(&[][..], |seen| &seen.rules);
            doubt(name, class, rules)
        })
        .collect();
    let unreadable = assessed.seen.pictures.iter();
    report.unreadable = unreadable
        .filter(|picture| picture.class.is_none())
        .map(|picture| picture.name.clone())
        .collect();
}

/// Leaves a count of what there is for the next run. It is only a guard: an error stops nothing.
pub(crate) async fn leave_census(engine: &Engine) {
    let census = async {
        let found = discovery::discover(&engine.data.reader()).await?;
        let census = Census::of(&found, engine.clock.stamp());
        write_census(engine.data.journals.as_ref(), &census).await
    };
    if let Err(error) = census.await {
        tracing::warn!("no count of the files was left: {}", chain(&error));
    }
}

struct Applying<'a> {
    engine: &'a Engine,
    plan: &'a PlanFile,
    budget: &'a Budget,
    breaches: &'a BTreeMap<ActorId, Vec<Breach>>,
    observer: &'a dyn Observer,
    cancel: &'a tokio_util::sync::CancellationToken,
    reports: BTreeMap<ActorId, ActorReport>,
}

impl Applying<'_> {
    async fn actor(&self, planned: &ActorPlan, assessed: &Assessed) -> Done {
        let actor = &planned.actor;
        self.observer.on_event(&Event::ActorStarted {
            actor: actor.clone(),
        });
        let mut report = self
            .reports
            .get(actor)
            .cloned()
            .unwrap_or_else(|| ActorReport::new(actor.clone(), ActorStatus::ToChange));
        let carrying = CarryOut {
            engine: self.engine,
            plan: self.plan,
            actor,
            assessed,
            budget: self.budget,
            observer: self.observer,
            cancel: self.cancel,
        };
        let CarriedOut { result, standing } = match self.breaches.get(actor) {
            Some(breaches) => {
                let texts: Vec<String> = breaches.iter().map(Breach::to_string).collect();
                carrying.refuse(ActorError::Limit(texts.join("; "))).await
            }
            None => carrying.carry_out().await,
        };
        tell(&standing, &mut report);
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

    async fn failed(&self, error: &ActorError, done: &mut Done) {
        done.report.evaluation_cost_usd += error.cost();
        done.report.status = match error {
            ActorError::Interrupted => ActorStatus::Remaining,
            ActorError::StopsRun { message, .. } => {
                done.stops_run = Some(message.clone());
                ActorStatus::Remaining
            }
            error => ActorStatus::Failed {
                error: error.chain(),
            },
        };
        let trail = crate::audit::Trail {
            output: &self.engine.output,
            clock: &self.engine.clock,
            run: &self.plan.run_id,
            actor: &done.report.actor,
        };
        tell_failure(&trail, error).await;
    }

    async fn fingerprint(&self, actor: &ActorId) -> Option<Digest> {
        let reader = self.engine.data.reader();
        let files = discovery::files_of(&reader, actor).await.ok()?;
        let now = self.engine.clock.stamp();
        let set = set::load(&reader, actor, &files, &now).await.ok()?;
        Some(set.fingerprint(&set.object_fingerprints(&reader).await))
    }

    fn finish(
        &self,
        pool: &mut Pool<'_>,
        done: Done,
        reports: &mut BTreeMap<ActorId, ActorReport>,
    ) {
        let now = self.engine.clock.stamp();
        let actor = done.report.actor.clone();
        match (&done.report.status, done.set) {
            (ActorStatus::Failed { error } | ActorStatus::Unassessed { error }, _) => {
                pool.progress.fail(&actor, error.clone(), &now);
            }
            (_, Some(set)) => pool.progress.complete(&actor, set),
            _ => pool.progress.abandon(&actor),
        }
        reports.insert(actor, done.report.clone());
        let spent: Usd = reports.values().map(ActorReport::cost).sum();
        self.observer.on_event(&Event::ActorFinished {
            report: Box::new(done.report),
            spent,
        });
        if let Some(message) = done.stops_run
            && pool.stopped.is_none()
        {
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            pool.stopped = Some(Stopped::Error(message));
        }
    }
}

/// Takes what the journal says was done into a report.
fn tell(standing: &Standing, report: &mut ActorReport) {
    let section = &standing.change;
    report.removed = section.removed.keys().cloned().collect();
    if let Some(change) = section.change.as_ref().filter(|_| section.committed) {
        let added = change.added.iter();
        report.generated = added.map(|added| added.name.clone()).collect();
    }
    report.generation_cost_usd += standing.generation_cost();
    report.evaluation_cost_usd += standing.look_cost;
    report.tokens += standing.look_tokens;
}
