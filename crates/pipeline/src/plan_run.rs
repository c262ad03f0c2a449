//! The first half of a run: looks at every actor, and plans. Nothing of the data is changed.

use crate::plan_actor::{Look, Looked, PlanActorError, describe};
use balance_planner::Policy;
use dataset::census::{Census, read_census};
use dataset::discovery::Discovery;
use dataset::people::keep_list::read_marks;
use dataset::people::labels::{Labels, read_labels};
use dataset::set;
use evaluation::EvaluationContext;
use evaluation::evaluation::{Evaluation, disbelieve_evaluation, read_evaluation};
use evaluation::model::trust::{Reliance, distrust};
use evaluation::people::{Words, protection};
use execution::driver::Pool;
use execution::error::RunError;
use execution::plan::{ActorPlan, Finding, PlanFile, PlanSettings};
use execution::{ExecutionSettings, limits};
use futures_util::FutureExt as _;
use results::events::{Event, Observer};
use results::progress::{Basis, Mode, Progress};
use results::report::{ActorReport, ActorStatus, Stopped};
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
    pub plan: PlanFile,
    pub reports: BTreeMap<ActorId, ActorReport>,
    /// Why the model's answers are not believed; empty where they are.
    pub suspicions: Vec<String>,
}

/// Looks at all actors of a request and plans for each.
pub async fn plan(
    settings: &ExecutionSettings,
    pool: &mut Pool<'_>,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
) -> Result<Planned, RunError> {
    let context = pool.context;
    let reader = context.data.clone();
    let shrunk = shrunk(context, settings, discovery).await?;
    let marks = read_marks(&reader).await?;
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
        words: Words {
            marks: &marks,
            labels: &labels,
        },
        reliance: Reliance::default(),
        shrunk: &shrunk,
        cancel: pool.cancel,
    };
    let mut looked: BTreeMap<ActorId, Looked> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    for (actor, policy) in &request.actors {
        match planning.known(&pool.progress, actor, policy).await {
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
    let left = pool
        .drive(
            waiting,
            |(actor, policy)| planning.look(actor, policy).boxed(),
            |pool, done| planning.finish(pool, done, &mut looked),
        )
        .await?;
    for actor in left {
        let report = ActorReport::new(actor.clone(), ActorStatus::Remaining);
        let remaining = Looked {
            report,
            finding: Finding::Remaining,
            set: None,
            witness: None,
            stops_run: None,
        };
        looked.insert(actor, remaining);
    }
    let suspicions = planning.distrust(pool, &mut looked).await?;
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
    words: Words<'a>,
    reliance: Reliance,
    shrunk: &'a BTreeMap<ActorId, (usize, usize)>,
    cancel: &'a tokio_util::sync::CancellationToken,
}

impl Planning<'_> {
    /// What is known of an actor from an earlier part of this run, if that still holds.
    async fn known(&self, progress: &Progress, actor: &ActorId, policy: &Policy) -> Option<Looked> {
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
            return Some(Looked {
                report,
                finding: Finding::Skipped { reason },
                set: Some(digest),
                witness: None,
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

    fn looking(&self, actor: &ActorId, policy: Policy) -> Option<Look<'_>> {
        let files = self.discovery.actors.get(actor)?;
        Some(Look {
            context: self.context,
            settings: self.settings,
            run: &self.request.run_id,
            actor: actor.clone(),
            files,
            policy,
            words: self.words,
            reliance: &self.reliance,
            mode: self.request.mode,
            observer: self.observer,
            cancel: self.cancel,
        })
    }

    async fn look(&self, actor: ActorId, policy: Policy) -> Looked {
        let Some(looking) = self.looking(&actor, policy) else {
            let error = format!("no training data of {actor} was found");
            let report = ActorReport::new(
                actor,
                ActorStatus::Failed {
                    error: error.clone(),
                },
            );
            return Looked {
                report,
                finding: Finding::Failed { error },
                set: None,
                witness: None,
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

    fn finish(&self, pool: &mut Pool<'_>, done: Looked, looked: &mut BTreeMap<ActorId, Looked>) {
        let now = self.context.clock.stamp();
        let actor = done.report.actor.clone();
        let is_to_change = match &done.finding {
            Finding::Assessed(assessed) => !assessed.plan.is_empty(),
            _ => false,
        };
        match (&done.report.status, done.set) {
            (ActorStatus::Failed { error } | ActorStatus::Unassessed { error }, _) => {
                pool.progress.fail(&actor, error.clone(), &now);
            }
            (ActorStatus::Skipped { .. }, _) => pool.progress.skip(&actor),
            (ActorStatus::Remaining, _) | (_, None) => pool.progress.abandon(&actor),
            (_, Some(set)) if is_to_change && self.request.mode == Mode::Execute => {
                pool.progress.evaluate(&actor, set);
            }
            (_, Some(set)) => pool.progress.complete(&actor, set),
        }
        let (report, stops_run) = (done.report.clone(), done.stops_run.clone());
        looked.insert(actor, done);
        let spent: Usd = looked.values().map(|done| done.report.cost()).sum();
        self.observer.on_event(&Event::ActorFinished {
            report: Box::new(report),
            spent,
        });
        if let Some(message) = stops_run
            && pool.stopped.is_none()
        {
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            pool.stopped = Some(Stopped::Error(message));
        }
        if let Some(breach) = limits::budget(spent, self.settings.limits.budget)
            && pool.stopped.is_none()
        {
            let message = format!("looking at pictures cost {breach}");
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            pool.stopped = Some(Stopped::Limit(message));
        }
    }

    /// Takes back what rests on the answers of a model that does not look; says why.
    async fn distrust(
        &self,
        pool: &mut Pool<'_>,
        looked: &mut BTreeMap<ActorId, Looked>,
    ) -> Result<Vec<String>, RunError> {
        let witnesses = looked
            .iter()
            .filter_map(|(actor, looked)| Some((actor.clone(), looked.witness.clone()?)))
            .collect();
        let suspicions = self.reliance.suspicions(self.context, &witnesses).await?;
        if suspicions.is_empty() {
            return Ok(Vec::new());
        }
        let error = PlanActorError::Evaluation(distrust(&suspicions));
        let now = self.context.clock.stamp();
        for (actor, looked) in looked.iter_mut() {
            if looked.witness.is_none() {
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
            pool.progress.fail(actor, error.chain(), &now);
            // A comparison with persons' words keeps what a bad model said.
            if self.context.settings.labels.is_none() {
                let output = &self.context.output;
                disbelieve_evaluation(output, actor).await?;
            }
        }
        pool.save().await?;
        Ok(suspicions)
    }

    fn put_together(&self, looked: BTreeMap<ActorId, Looked>, suspicions: Vec<String>) -> Planned {
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
        let plan = PlanFile::new(
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
fn warn_of_doubles(looked: &mut BTreeMap<ActorId, Looked>) {
    let mut holders: BTreeMap<Digest, Vec<(ActorId, ImageName)>> = BTreeMap::new();
    for (actor, looked) in looked.iter() {
        if let Finding::Assessed(assessed) = &looked.finding {
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
