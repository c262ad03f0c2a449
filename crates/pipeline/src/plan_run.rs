//! The first half of a run: looks at every actor, and plans. Nothing of the data is changed.

use crate::plan_actor::{ActorPlanner, PlanActorError, PlannedActor, describe};
use balance_planner::Policy;
use dataset::census::{Census, read_census};
use dataset::discovery::Discovery;
use dataset::people::keep_list::read_keep_list;
use dataset::people::labels::{Labels, read_labels};
use dataset::set;
use evaluation::EvaluationContext;
use evaluation::evaluation::{Evaluation, disbelieve_evaluation, read_evaluation};
use evaluation::model::trust::{ModelTrust, distrust};
use evaluation::people::{PersonInput, protection};
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

/// What came of the first half.
pub struct Planned {
    pub plan: RunPlan,
    pub reports: BTreeMap<ActorId, ActorReport>,
    /// Why the model's answers are not believed; empty where they are.
    pub suspicions: Vec<String>,
}

/// Looks at all actors of a request and plans for each.
pub async fn plan(
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
        Some(labels) => labels.clone(),
        None => read_labels(&reader).await?,
    };
    let planning = Planning {
        context,
        settings,
        discovery,
        request,
        observer,
        words: PersonInput {
            keep_list: &marks,
            labels: &labels,
        },
        trust: ModelTrust::default(),
        shrunk: &shrunk,
        cancel: driver.cancel,
    };
    let mut looked: BTreeMap<ActorId, PlannedActor> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    for (actor, policy) in &request.actors {
        match planning.known(&driver.progress, actor, policy).await {
            Some(known) => {
                looked.insert(actor.clone(), known);
            }
            None => waiting.push_back((actor.clone(), (actor.clone(), *policy))),
        }
    }
    observer.on_event(&Event::RunStarted {
        actors: request.actors.len(),
        resumed: looked.len(),
    });
    let left = driver
        .drive(
            waiting,
            |(actor, policy)| planning.look(actor, policy).boxed(),
            |driver, done| planning.finish(driver, done, &mut looked),
        )
        .await?;
    for actor in left {
        let report = ActorReport::new(actor.clone(), ActorStatus::Remaining);
        let remaining = PlannedActor {
            report,
            finding: ActorOutcome::Remaining,
            set: None,
            actor_answers: None,
            stops_run: None,
        };
        looked.insert(actor, remaining);
    }
    let suspicions = planning.distrust(driver, &mut looked).await?;
    warn_of_doubles(&mut looked);
    Ok(planning.put_together(looked, suspicions))
}

/// Actors of which more than half of the files are gone since the last run.
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
    words: PersonInput<'a>,
    trust: ModelTrust,
    shrunk: &'a BTreeMap<ActorId, (usize, usize)>,
    cancel: &'a tokio_util::sync::CancellationToken,
}

impl Planning<'_> {
    /// What is known of an actor from an earlier part of this run, if that still holds.
    async fn known(
        &self,
        progress: &Progress,
        actor: &ActorId,
        policy: &Policy,
    ) -> Option<PlannedActor> {
        // Where answers are asked for anew, nothing that rests on old ones is gone on with.
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
        // A run of the other mode, with other settings, may have written over it.
        let named = evaluation
            .pictures
            .iter()
            .map(|picture| (&picture.file_name, picture.sha256));
        let protection = protection(&set, self.words, named);
        if evaluation.policy != *policy
            || evaluation.protection != protection
            || !self.is_asked_alike(&evaluation)
            || !has_these_labels(&evaluation, self.words.labels)
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
            let reason = "an earlier part of this run has done it".to_owned();
            return Some(PlannedActor {
                report,
                finding: ActorOutcome::Skipped { reason },
                set: Some(digest),
                actor_answers: None,
                stops_run: None,
            });
        }
        // The evaluation says what its set was; a plan also needs the versions of its files.
        if evaluation
            .pictures
            .iter()
            .any(|seen| seen.version.is_none())
            || evaluation.training_manifest != set.training_version
        {
            return None;
        }
        let looking = self.looking(actor, *policy)?;
        let mut looked = looking.plan_again(&set, &evaluation, report).await?;
        looked.set = Some(digest);
        Some(looked)
    }

    /// Whether an evaluation was asked for as this run asks; how much its recordings hold is no matter of
    /// settings.
    fn is_asked_alike(&self, evaluation: &Evaluation) -> bool {
        let mut inquiry = self.context.settings.judging.clone();
        inquiry.one_sheet = evaluation.inquiry.one_sheet;
        evaluation.inquiry == inquiry
    }

    fn looking(&self, actor: &ActorId, policy: Policy) -> Option<ActorPlanner<'_>> {
        let files = self.discovery.actors.get(actor)?;
        Some(ActorPlanner {
            context: self.context,
            settings: self.settings,
            run: &self.request.run_id,
            actor: actor.clone(),
            files,
            policy,
            words: self.words,
            trust: &self.trust,
            mode: self.request.mode,
            observer: self.observer,
            cancel: self.cancel,
        })
    }

    async fn look(&self, actor: ActorId, policy: Policy) -> PlannedActor {
        let Some(looking) = self.looking(&actor, policy) else {
            let error = format!("no training data of {actor} was found");
            let report = ActorReport::new(
                actor,
                ActorStatus::Failed {
                    error: error.clone(),
                },
            );
            return PlannedActor {
                report,
                finding: ActorOutcome::Failed { error },
                set: None,
                actor_answers: None,
                stops_run: None,
            };
        };
        self.observer.on_event(&Event::ActorStarted {
            actor: actor.clone(),
        });
        if let Some(&(before, now)) = self.shrunk.get(&actor) {
            return looking
                .failed(
                    &PlanActorError::ListingShrank { before, now },
                    ActorReport::new(actor, ActorStatus::Remaining),
                )
                .await;
        }
        looking.take().await
    }

    fn finish(
        &self,
        driver: &mut Driver<'_>,
        done: PlannedActor,
        looked: &mut BTreeMap<ActorId, PlannedActor>,
    ) {
        let now = self.context.clock.stamp();
        let actor = done.report.actor.clone();
        let is_to_change = match &done.finding {
            ActorOutcome::Assessed(assessed) => !assessed.plan.is_empty(),
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
        looked.insert(actor, done);
        let spent: Usd = looked.values().map(|done| done.report.cost()).sum();
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
            let message = format!("looking at pictures cost {breach}");
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            driver.stopped = Some(Stopped::Limit(message));
        }
    }

    /// Takes back what rests on the answers of a model that does not look; says why.
    async fn distrust(
        &self,
        driver: &mut Driver<'_>,
        looked: &mut BTreeMap<ActorId, PlannedActor>,
    ) -> Result<Vec<String>, RunError> {
        let answers_by_actor = looked
            .iter()
            .filter_map(|(actor, looked)| Some((actor.clone(), looked.actor_answers.clone()?)))
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
        for (actor, looked) in looked.iter_mut() {
            if looked.actor_answers.is_none() {
                continue;
            }
            let mut report = looked.report.clone();
            report.to_remove.clear();
            report.to_generate = tdbal_types::ClassCounts::default();
            report.questions.clear();
            report.doubts.clear();
            report.after = None;
            if let Some(looking) = self.looking(actor, Policy::default()) {
                *looked = looking.failed(&error, report).await;
            }
            driver.progress.fail(actor, error.chain(), &now);
            // A comparison with persons' words keeps what a bad model said.
            if self.context.settings.labels.is_none() {
                let output = &self.context.output;
                disbelieve_evaluation(output, actor).await?;
            }
        }
        driver.save().await?;
        Ok(suspicions)
    }

    fn put_together(
        &self,
        looked: BTreeMap<ActorId, PlannedActor>,
        suspicions: Vec<String>,
    ) -> Planned {
        let (context, settings) = (self.context, self.settings);
        let mut reports = BTreeMap::new();
        let mut actors = Vec::new();
        for (actor, looked) in looked {
            actors.push(ActorPlan {
                actor: actor.clone(),
                warnings: looked.report.warnings.clone(),
                evaluation_cost_usd: looked.report.evaluation_cost_usd,
                evaluation_tokens: looked.report.tokens,
                finding: looked.finding,
            });
            reports.insert(actor, looked.report);
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

/// Whether an evaluation knew what persons say now of its pictures.
fn has_these_labels(evaluation: &Evaluation, labels: &Labels) -> bool {
    evaluation.judged.iter().all(|judged| {
        let picture = evaluation.picture(&judged.file_name);
        picture.is_some_and(|picture| labels.word(&picture.sha256) == judged.label)
    })
}

/// Tells of pictures that are byte for byte in the sets of several actors.
fn warn_of_doubles(looked: &mut BTreeMap<ActorId, PlannedActor>) {
    let mut holders: BTreeMap<Digest, Vec<(ActorId, ImageName)>> = BTreeMap::new();
    for (actor, looked) in looked.iter() {
        if let ActorOutcome::Assessed(assessed) = &looked.finding {
            for picture in &assessed.seen.pictures {
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
            if let Some(looked) = looked.get_mut(actor).filter(|_| !others.is_empty()) {
                let warning = format!("{name} is byte for byte also {}", others.join(", "));
                looked.report.warnings.push(warning);
            }
        }
    }
}
