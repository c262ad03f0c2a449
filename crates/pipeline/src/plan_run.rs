//! The first half of a run: evaluates and plans every actor, without changing any data.

use crate::plan_actor::{ActorPlanner, PlanActorError, PlannedActor, describe};
use balance_planner::Policy;
use dataset::census::{Census, read_census};
use dataset::discovery::Discovery;
use dataset::people::keep_list::read_keep_list;
use dataset::people::labels::{Labels, read_labels};
use dataset::set;
use evaluation::evaluation::{Evaluation, disbelieve_evaluation, read_evaluation};
use evaluation::model::trust::{ModelTrust, distrust};
use evaluation::people::{PersonInput, protection};
use evaluation::{EvaluationContext, LabelSource};
use execution::ExecutionSettings;
use execution::driver::Driver;
use execution::error::RunError;
use futures_util::FutureExt as _;
use results::events::{Event, Observer};
use results::progress::{Basis, Mode, Progress};
use results::report::{ActorReport, ActorStatus, Stopped};
use run_plan::limits;
use run_plan::plan::{ActorOutcome, ActorPlan, PlanSettings, RunPlan};
use std::collections::{BTreeMap, VecDeque};
use tdbal_types::{ActorId, Digest, ImageName, RunId, Usd};

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The id of the run.
    pub run_id: RunId,
    /// The actors, each with its policy.
    pub actors: Vec<(ActorId, Policy)>,
    /// Whether the run only plans or also makes changes.
    pub mode: Mode,
    /// Which progress of an earlier run counts.
    pub resume: Resume,
    /// The data and settings that progress is valid for.
    pub basis: Basis,
}

/// Which progress of an earlier run counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// None: the run starts over.
    No,
    /// The progress of a run that was not finished.
    Unfinished,
    /// Also the progress of a finished run, because this run has just finished it.
    JustFinished,
}

impl Resume {
    /// Returns what counts once this run has finished earlier runs: their progress is current, so it
    /// counts unless the run starts over.
    #[must_use]
    pub const fn after_finishing(self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Unfinished | Self::JustFinished => Self::JustFinished,
        }
    }
}

/// The plan of a run and the reports of its actors.
pub(crate) struct Planned {
    pub(crate) plan: RunPlan,
    pub(crate) reports: BTreeMap<ActorId, ActorReport>,
    /// Reasons not to trust the model's answers; empty if there are none.
    pub(crate) suspicions: Vec<String>,
}

/// Evaluates and plans all actors of a request.
pub(crate) async fn plan(
    settings: &ExecutionSettings,
    driver: &mut Driver<'_>,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
) -> Result<Planned, RunError> {
    let context = driver.context;
    let reader = context.data.clone();
    let shrunk = shrunk(context, settings, discovery).await?;
    let marks = read_keep_list(&reader).await?;
    let labels = match &context.settings.labels {
        LabelSource::Stored => read_labels(&reader).await?,
        LabelSource::Ignored { .. } => Labels::default(),
    };
    let planning = Planning {
        context,
        settings,
        discovery,
        request,
        observer,
        people: PersonInput {
            keep_list: &marks,
            labels: &labels,
        },
        trust: ModelTrust::default(),
        shrunk: &shrunk,
        cancel: driver.cancel,
    };
    let mut planned: BTreeMap<ActorId, PlannedActor> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    for (actor, policy) in &request.actors {
        match planning.known(&driver.progress, actor, policy).await {
            Some(known) => {
                planned.insert(actor.clone(), known);
            }
            None => waiting.push_back((actor.clone(), (actor.clone(), *policy))),
        }
    }
    observer.on_event(&Event::RunStarted {
        actors: request.actors.len(),
        resumed: planned.len(),
    });
    let left = driver
        .drive(
            waiting,
            |(actor, policy)| planning.plan_actor(actor, policy).boxed(),
            |driver, done| planning.finish(driver, done, &mut planned),
        )
        .await?;
    for actor in left {
        let report = ActorReport::new(actor.clone(), ActorStatus::Remaining);
        let remaining = PlannedActor::new(report, ActorOutcome::Remaining);
        planned.insert(actor, remaining);
    }
    let suspicions = planning.distrust(driver, &mut planned).await?;
    warn_of_duplicates(&mut planned);
    Ok(planning.assemble(planned, suspicions))
}

/// Actors whose listing lost more than half of its files since the last run, with the number of files
/// then and now.
async fn shrunk(
    context: &EvaluationContext,
    settings: &ExecutionSettings,
    discovery: &Discovery,
) -> Result<BTreeMap<ActorId, (usize, usize)>, RunError> {
    if settings.allow_shrunk_listing {
        return Ok(BTreeMap::new());
    }
    let Some(census) = read_census(context.data.journals()).await? else {
        return Ok(BTreeMap::new());
    };
    let now = Census::of(discovery, context.clock.stamp());
    let lost = census.shrinkage(&now);
    match lost.actors {
        Some((before, now)) => Err(RunError::ListingShrank { before, now }),
        None => Ok(lost.files),
    }
}

struct Planning<'a> {
    context: &'a EvaluationContext,
    settings: &'a ExecutionSettings,
    discovery: &'a Discovery,
    request: &'a RunRequest,
    observer: &'a dyn Observer,
    people: PersonInput<'a>,
    trust: ModelTrust,
    shrunk: &'a BTreeMap<ActorId, (usize, usize)>,
    cancel: &'a tokio_util::sync::CancellationToken,
}

impl Planning<'_> {
    /// The result of an actor from an earlier part of this run, if it is still valid.
    async fn known(
        &self,
        progress: &Progress,
        actor: &ActorId,
        policy: &Policy,
    ) -> Option<PlannedActor> {
        // With --fresh, nothing based on cached answers counts.
        if self.context.settings.fresh {
            return None;
        }
        let name = actor.as_str();
        if !progress.completed.contains_key(name) && !progress.evaluated.contains_key(name) {
            return None;
        }
        let reader = self.context.data.clone();
        let files = self.discovery.actors.get(actor)?;
        let now = self.context.clock.stamp();
        let set = set::load(&reader, actor, files, &now).await.ok()?;
        let digest = set.fingerprint(&set.object_fingerprints(&reader).await);
        if !progress.is_evaluated(actor, &digest) {
            return None;
        }
        let evaluation = read_evaluation(&self.context.output, actor).await?;
        // A run in the other mode or with other settings may have overwritten the evaluation.
        let named = evaluation
            .pictures
            .iter()
            .map(|picture| (&picture.file_name, picture.sha256));
        let protection = protection(&set, self.people, named);
        if evaluation.policy != *policy
            || evaluation.protection != protection
            || !self.has_same_settings(&evaluation)
            || !self.has_same_labels(&evaluation)
        {
            return None;
        }
        let is_done = self.request.mode == Mode::Execute && progress.is_completed(actor, &digest);
        let mut report = ActorReport::new(actor.clone(), ActorStatus::Changed);
        describe(&evaluation, &mut report);
        report.resumed = true;
        if is_done {
            if evaluation.plan.is_empty() {
                report.status = ActorStatus::Balanced;
            }
            report.to_remove.clear();
            report.to_generate = tdbal_types::ClassCounts::default();
            let reason = "done earlier in this run".to_owned();
            return Some(PlannedActor {
                set: Some(digest),
                ..PlannedActor::new(report, ActorOutcome::Skipped { reason })
            });
        }
        // A plan also needs the versions of the files that were evaluated.
        if evaluation
            .pictures
            .iter()
            .any(|picture| picture.version.is_none())
            || evaluation.training_manifest != set.training_version
        {
            return None;
        }
        let planner = self.planner(actor, *policy)?;
        let mut planned = planner.plan_again(&set, &evaluation, report).await?;
        planned.set = Some(digest);
        Some(planned)
    }

    /// Whether an evaluation was made with the settings of this run. Whether its recording has one sheet
    /// is not a setting.
    fn has_same_settings(&self, evaluation: &Evaluation) -> bool {
        let mut inquiry = self.context.settings.judging.clone();
        inquiry.one_sheet = evaluation.inquiry.one_sheet;
        evaluation.inquiry == inquiry
    }

    /// Whether an evaluation took the labels into account that its pictures have now.
    fn has_same_labels(&self, evaluation: &Evaluation) -> bool {
        let labels = &self.context.settings.labels;
        evaluation.judged.iter().all(|judged| {
            let picture = evaluation.picture(&judged.file_name);
            picture.is_some_and(|picture| {
                labels.label(self.people.labels, &picture.sha256) == judged.label
            })
        })
    }

    fn planner(&self, actor: &ActorId, policy: Policy) -> Option<ActorPlanner<'_>> {
        let files = self.discovery.actors.get(actor)?;
        Some(ActorPlanner {
            context: self.context,
            settings: self.settings,
            run: &self.request.run_id,
            actor: actor.clone(),
            files,
            policy,
            people: self.people,
            trust: &self.trust,
            mode: self.request.mode,
            observer: self.observer,
            cancel: self.cancel,
        })
    }

    async fn plan_actor(&self, actor: ActorId, policy: Policy) -> PlannedActor {
        let Some(planner) = self.planner(&actor, policy) else {
            let error = format!("found no training data of {actor}");
            let report = ActorReport::new(
                actor,
                ActorStatus::Failed {
                    error: error.clone(),
                },
            );
            return PlannedActor::new(report, ActorOutcome::Failed { error });
        };
        self.observer.on_event(&Event::ActorStarted {
            actor: actor.clone(),
        });
        if let Some(&(before, now)) = self.shrunk.get(&actor) {
            return planner
                .failed(
                    &PlanActorError::ListingShrank { before, now },
                    ActorReport::new(actor, ActorStatus::Remaining),
                )
                .await;
        }
        planner.plan().await
    }

    fn finish(
        &self,
        driver: &mut Driver<'_>,
        done: PlannedActor,
        planned: &mut BTreeMap<ActorId, PlannedActor>,
    ) {
        let now = self.context.clock.stamp();
        let actor = done.report.actor.clone();
        let is_to_change = match &done.finding {
            ActorOutcome::Assessed(change) => !change.plan.is_empty(),
            _ => false,
        };
        match (&done.report.status, done.set) {
            (ActorStatus::Failed { error } | ActorStatus::Unassessed { error }, _) => {
                driver.progress.fail(&actor, error.clone(), &now);
            }
            (ActorStatus::Skipped { .. }, _) => driver.progress.skip(&actor),
            (ActorStatus::Remaining, _) | (_, None) => driver.progress.abandon(&actor),
            (_, Some(set)) if is_to_change && self.request.mode == Mode::Execute => {
                driver.progress.evaluate(&actor, set);
            }
            (_, Some(set)) => driver.progress.complete(&actor, set),
        }
        let (report, stops_run) = (done.report.clone(), done.stops_run.clone());
        planned.insert(actor, done);
        let spent: Usd = planned.values().map(|done| done.report.cost()).sum();
        self.observer.on_event(&Event::ActorFinished {
            report: Box::new(report),
            spent,
        });
        if let Some(message) = stops_run
            && driver.stopped.is_none()
        {
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            driver.stopped = Some(Stopped::Error(message));
        }
        if let Some(breach) = limits::budget(spent, self.settings.limits.budget)
            && driver.stopped.is_none()
        {
            let message = format!("evaluating pictures cost {breach}");
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            driver.stopped = Some(Stopped::Limit(message));
        }
    }

    /// Discards every result that rests on the answers of a model that does not look at the pictures.
    /// Returns the reasons for the distrust.
    async fn distrust(
        &self,
        driver: &mut Driver<'_>,
        planned: &mut BTreeMap<ActorId, PlannedActor>,
    ) -> Result<Vec<String>, RunError> {
        let answers_by_actor = planned
            .iter()
            .filter_map(|(actor, planned)| Some((actor.clone(), planned.actor_answers.clone()?)))
            .collect();
        let suspicions = self
            .trust
            .suspicions(self.context, &answers_by_actor)
            .await?;
        if suspicions.is_empty() {
            return Ok(Vec::new());
        }
        let error = PlanActorError::Evaluation(distrust(&suspicions));
        let now = self.context.clock.stamp();
        for (actor, planned) in planned.iter_mut() {
            if planned.actor_answers.is_none() {
                continue;
            }
            let mut report = planned.report.clone();
            report.to_remove.clear();
            report.to_generate = tdbal_types::ClassCounts::default();
            report.questions.clear();
            report.doubts.clear();
            report.after = None;
            if let Some(planner) = self.planner(actor, Policy::default()) {
                *planned = planner.failed(&error, report).await;
            }
            driver.progress.fail(actor, error.chain(), &now);
            // A calibration needs the answers of a bad model to measure how bad they are.
            if self.context.settings.labels.is_stored() {
                let output = &self.context.output;
                disbelieve_evaluation(output, actor).await?;
            }
        }
        driver.save().await?;
        Ok(suspicions)
    }

    fn assemble(
        &self,
        planned: BTreeMap<ActorId, PlannedActor>,
        suspicions: Vec<String>,
    ) -> Planned {
        let (context, settings) = (self.context, self.settings);
        let mut reports = BTreeMap::new();
        let mut actors = Vec::new();
        for (actor, planned) in planned {
            actors.push(ActorPlan {
                actor: actor.clone(),
                warnings: planned.report.warnings.clone(),
                evaluation_cost_usd: planned.report.evaluation_cost_usd,
                evaluation_tokens: planned.report.tokens,
                finding: planned.finding,
            });
            reports.insert(actor, planned.report);
        }
        let plan_settings = PlanSettings {
            model: context.model.identity(),
            generator: settings.image_model.clone(),
            picture_price_usd: settings.picture_price,
            inquiry: context.settings.judging.clone(),
            attempts: settings.attempts,
            max_bytes: context.settings.look.max_bytes,
            destination: settings.destination.clone(),
            generated_by: settings.generated_by.clone(),
        };
        let plan = RunPlan::new(
            self.request.run_id.clone(),
            context.clock.stamp(),
            self.request.basis.clone(),
            plan_settings,
            actors,
        );
        Planned {
            plan,
            reports,
            suspicions,
        }
    }
}

/// Warns of pictures whose exact bytes are in the sets of several actors.
fn warn_of_duplicates(planned: &mut BTreeMap<ActorId, PlannedActor>) {
    let mut holders: BTreeMap<Digest, Vec<(ActorId, ImageName)>> = BTreeMap::new();
    for (actor, planned) in planned.iter() {
        if let ActorOutcome::Assessed(change) = &planned.finding {
            for picture in &change.seen.pictures {
                let held = holders.entry(picture.sha256).or_default();
                held.push((actor.clone(), picture.name.clone()));
            }
        }
    }
    for held in holders.values() {
        for (actor, name) in held {
            let others: Vec<String> = held
                .iter()
                .filter(|(other, _)| other != actor)
                .map(|(other, name)| format!("{other}/{name}"))
                .collect();
            if let Some(planned) = planned.get_mut(actor).filter(|_| !others.is_empty()) {
                let warning = format!("{name} has the same bytes as {}", others.join(", "));
                planned.report.warnings.push(warning);
            }
        }
    }
}
