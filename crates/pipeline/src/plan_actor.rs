//! One actor, from its files to its plan. Nothing of its data is changed.

use crate::prompts::prompts;
use balance_planner::{Action, Policy, Scope};
use dataset::discovery::ActorFiles;
use dataset::drift::Drift;
use dataset::folder::DataReader;
use dataset::set::ActorSet;
use dataset::{DataError, set};
use evaluation::EvaluationContext;
use evaluation::error::EvaluationError;
use evaluation::evaluation::{EvaluatedPicture, Evaluation};
use evaluation::evaluator::{ActorEvaluator, Interim, actor_answers};
use evaluation::model::trust::{ActorAnswers, ModelTrust};
use evaluation::people::PersonInput;
use evaluation::pictures::base_image::base_image as find_base_image;
use execution::{ExecutionSettings, plan as plan_file};
use journal::run::actor_journal::unfinished_of;
use results::audit::{AuditAction, Entry, Trail};
use results::events::Observer;
use results::progress::Mode;
use results::report::{ActorReport, ActorStatus, doubt};
use run_plan::plan::{ActorOutcome, PictureSnapshot, PlannedChange};
use storage::sha256;
use tdbal_types::{ActorId, Digest, RunId, Usd, chain};
use tokio_util::sync::CancellationToken;

/// Why an actor was not planned for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanActorError {
    /// Its pictures could not be judged.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// Another run left the actor unfinished.
    #[error("run {run} left this actor unfinished: finish it first with tdbal resume {run}")]
    OtherRun {
        /// That run.
        run: RunId,
    },
    /// The listing of the actor's files lost more than half since the last run.
    #[error(
        "it had {before} picture files when the last run ended and the listing names {now}: that is \
         more likely a fault of the store than a wish, so nothing was touched; check it, or say \
         --allow-shrunk-listing"
    )]
    ListingShrank {
        /// How many files there were.
        before: usize,
        /// How many there are.
        now: usize,
    },
}

impl PlanActorError {
    /// What this failure cost.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Evaluation(error) => error.cost(),
            _ => Usd::ZERO,
        }
    }

    /// The error with its causes, in one line.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

impl From<DataError> for PlanActorError {
    fn from(error: DataError) -> Self {
        Self::Evaluation(error.into())
    }
}

impl From<journal::run::RecordError> for PlanActorError {
    fn from(error: journal::run::RecordError) -> Self {
        Self::Evaluation(error.into())
    }
}

/// What came of looking at one actor.
pub struct PlannedActor {
    pub report: ActorReport,
    pub finding: ActorOutcome,
    /// The set as it is, where it is known to have been judged.
    pub set: Option<Digest>,
    /// What its answers tell of the model.
    pub actor_answers: Option<ActorAnswers>,
    /// Why no actor can go on.
    pub stops_run: Option<String>,
}

/// What came of looking at one actor.
struct Found {
    finding: ActorOutcome,
    /// The set as it is, where it is known to have been judged.
    set: Option<Digest>,
    actor_answers: Option<ActorAnswers>,
}

impl Found {
    fn skipped(reason: String) -> Self {
        Self {
            finding: ActorOutcome::Skipped { reason },
            set: None,
            actor_answers: None,
        }
    }
}

/// What looking at one actor needs.
pub struct ActorPlanner<'a> {
    pub context: &'a EvaluationContext,
    pub settings: &'a ExecutionSettings,
    pub run: &'a RunId,
    pub actor: ActorId,
    pub files: &'a ActorFiles,
    pub policy: Policy,
    pub words: PersonInput<'a>,
    pub trust: &'a ModelTrust,
    pub mode: Mode,
    pub observer: &'a dyn Observer,
    pub cancel: &'a CancellationToken,
}

impl ActorPlanner<'_> {
    /// Evaluates the actor and plans. A failure is a report like any other.
    pub async fn take(&self) -> PlannedActor {
        let mut report = ActorReport::new(self.actor.clone(), ActorStatus::Remaining);
        match self.work(&mut report).await {
            Ok(found) => PlannedActor {
                report,
                finding: found.finding,
                set: found.set,
                actor_answers: found.actor_answers,
                stops_run: None,
            },
            Err(error) => self.failed(&error, report).await,
        }
    }

    /// What a failure means for the actor and the run.
    pub async fn failed(&self, error: &PlanActorError, mut report: ActorReport) -> PlannedActor {
        report.evaluation_cost_usd += error.cost();
        let text = error.chain();
        let mut stops_run = None;
        let (status, finding) = match error {
            PlanActorError::Evaluation(EvaluationError::Interrupted) => {
                (ActorStatus::Remaining, ActorOutcome::Remaining)
            }
            PlanActorError::Evaluation(EvaluationError::StopsRun { message, .. }) => {
                // It is not the actor's fault: once it is put right, the actor is still to be done.
                stops_run = Some(message.clone());
                (ActorStatus::Remaining, ActorOutcome::Remaining)
            }
            PlanActorError::Evaluation(EvaluationError::Unassessed { .. }) => (
                ActorStatus::Unassessed {
                    error: text.clone(),
                },
                ActorOutcome::Unassessed {
                    error: text.clone(),
                },
            ),
            _ => (
                ActorStatus::Failed {
                    error: text.clone(),
                },
                ActorOutcome::Failed {
                    error: text.clone(),
                },
            ),
        };
        report.status = status;
        if !matches!(
            error,
            PlanActorError::Evaluation(EvaluationError::Interrupted)
        ) {
            self.trail()
                .record(Entry::new(AuditAction::Fail, "the actor was not done").failed(text))
                .await;
        }
        PlannedActor {
            report,
            finding,
            set: None,
            actor_answers: None,
            stops_run,
        }
    }

    fn trail(&self) -> Trail<'_> {
        Trail {
            output: &self.context.output,
            clock: &self.context.clock,
            run: self.run,
            actor: &self.actor,
        }
    }

    async fn work(&self, report: &mut ActorReport) -> Result<Found, PlanActorError> {
        let reader = self.context.data.clone();
        if self.mode == Mode::Execute {
            // What would be planned now would no longer be so once that run is finished.
            let open = unfinished_of(reader.journals(), &self.actor).await?;
            if let Some((run, _)) = open.into_iter().next() {
                return Err(PlanActorError::OtherRun { run });
            }
        }
        let set = set::load(
            &reader,
            &self.actor,
            self.files,
            &self.context.clock.stamp(),
        )
        .await?;
        report.warnings = set.drift.iter().map(Drift::to_string).collect();
        if set.pictures.is_empty() {
            let reason = "it has no pictures".to_owned();
            report.status = ActorStatus::Skipped {
                reason: reason.clone(),
            };
            return Ok(Found::skipped(reason));
        }
        if self.mode == Mode::Execute {
            set.required_actor_manifest()?;
        }
        set.refuse_repeated_keys()?;
        // It may be dropped at any await: it has no effects but whole files in the output folder, and
        // what was spent, which is told all the same.
        let mut interim = Interim::default();
        let evaluator = ActorEvaluator {
            context: self.context,
            run: self.run,
            actor: &self.actor,
            policy: self.policy,
            people: self.words,
            trust: self.trust,
            observer: self.observer,
        };
        let evaluated = tokio::select! {
            evaluated = evaluator.evaluate(&set, &mut interim) => evaluated,
            () = self.cancel.cancelled() => Err(EvaluationError::Interrupted),
        };
        report.evaluation_cost_usd += interim.spending.cost;
        report.tokens += interim.spending.tokens;
        report.unreadable = interim.unreadable;
        let evaluation = evaluated?;
        describe(&evaluation, report);
        let assessed = self.plan(&reader, &set, &evaluation, report).await?;
        let digest = set.fingerprint(&set.object_fingerprints(&reader).await);
        Ok(Found {
            finding: ActorOutcome::Assessed(Box::new(assessed)),
            set: Some(digest),
            actor_answers: actor_answers(&evaluation),
        })
    }

    /// Plans from an evaluation that an earlier part of the run made of the same set.
    pub async fn plan_again(
        &self,
        set: &ActorSet,
        evaluation: &Evaluation,
        mut report: ActorReport,
    ) -> Option<PlannedActor> {
        let reader = self.context.data.clone();
        let assessed = self
            .plan(&reader, set, evaluation, &mut report)
            .await
            .ok()?;
        Some(PlannedActor {
            report,
            finding: ActorOutcome::Assessed(Box::new(assessed)),
            set: None,
            actor_answers: actor_answers(evaluation),
            stops_run: None,
        })
    }

    /// Everything that carrying the plan out needs, and the status that follows from it.
    async fn plan(
        &self,
        reader: &DataReader,
        set: &ActorSet,
        evaluation: &Evaluation,
        report: &mut ActorReport,
    ) -> Result<PlannedChange, PlanActorError> {
        let base_image = self.base_image(reader, set, evaluation, report).await?;
        report.status = if !evaluation.plan.is_empty() {
            ActorStatus::ToChange
        } else if evaluation.plan.questions.is_empty() {
            settled(evaluation)
        } else {
            ActorStatus::NeedsReview
        };
        let prompts = prompts(self.settings, self.run, set, evaluation.plan.generate);
        let pictures = evaluation
            .pictures
            .iter()
            .map(|picture| seen_picture(evaluation, picture))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                EvaluationError::Internal("a picture was looked at unversioned".into())
            })?;
        Ok(PlannedChange {
            policy: evaluation.policy,
            seen: plan_file::SetSnapshot {
                training_manifest: set.training_version.clone(),
                base_image,
                pictures,
            },
            plan: evaluation.plan.clone(),
            expected_generation_usd: self.settings.picture_price
                * evaluation.plan.generate.total() as u64,
            orders: prompts.orders,
            spare: prompts.spare,
            answers: evaluation.replies.clone(),
        })
    }

    /// The digest of the base image, where the plan needs one. A dry run that cannot reach it says
    /// so and goes on.
    async fn base_image(
        &self,
        reader: &DataReader,
        set: &ActorSet,
        evaluation: &Evaluation,
        report: &mut ActorReport,
    ) -> Result<Option<Digest>, PlanActorError> {
        if evaluation.plan.generate.is_empty() {
            return Ok(None);
        }
        match find_base_image(reader, set, &self.context.settings.look).await {
            Err(error @ EvaluationError::BaseImageUnreachable { .. })
                if self.mode == Mode::DryRun =>
            {
                report.warnings.push(error.to_string());
                Ok(None)
            }
            result => Ok(Some(sha256(&result?))),
        }
    }
}

/// The status of an actor whose plan is empty: balanced, or as near to it as this half of a plan can
/// bring it.
fn settled(evaluation: &Evaluation) -> ActorStatus {
    if evaluation.plan.is_balanced || evaluation.plan.before == evaluation.plan.target {
        return ActorStatus::Balanced;
    }
    let half = if evaluation.protection.set_is_good {
        "its actor manifest says that it is good, so that nothing is removed"
    } else if !evaluation.protection.kept.is_empty() {
        "what is too much is marked to be kept"
    } else {
        match evaluation.policy.scope {
            Scope::DeleteOnly => "nothing is there to remove",
            Scope::GenerateOnly => "nothing is missing",
            Scope::Both => "there is nothing to do",
        }
    };
    let reason = format!("it is not balanced, but {half}");
    ActorStatus::Skipped { reason }
}

fn seen_picture(evaluation: &Evaluation, picture: &EvaluatedPicture) -> Option<PictureSnapshot> {
    let judged = evaluation.judged(&picture.file_name);
    Some(PictureSnapshot {
        name: picture.file_name.clone(),
        number: picture.image_number,
        size: picture.size_bytes,
        sha256: picture.sha256,
        origin: picture.origin,
        version: picture.version.clone()?,
        object: picture.object.clone(),
        class: judged.map(|judged| judged.verdict.class),
        quality: judged.map(|judged| judged.verdict.quality),
        faults: judged.map_or_else(Vec::new, |judged| judged.verdict.faults.clone()),
        confidence: judged.map(|judged| judged.verdict.confidence),
        rules: judged.map_or_else(Vec::new, |judged| judged.verdict.rules.clone()),
        hash: judged.map(|judged| judged.measures.hash),
    })
}

/// Takes what an evaluation found into a report.
pub fn describe(evaluation: &Evaluation, report: &mut ActorReport) {
    let plan = &evaluation.plan;
    report.before = Some(plan.before);
    report.after = Some(plan.after);
    report.to_remove = plan
        .with(Action::Remove)
        .map(|decision| decision.name.clone())
        .collect();
    report.to_generate = plan.generate;
    report.questions.clone_from(&plan.questions);
    report.doubts = plan
        .questions
        .iter()
        .map(|name| {
            let verdict = evaluation.judged(name).map(|judged| &judged.verdict);
            let class = verdict.map(|verdict| verdict.class);
            doubt(
                name,
                class,
                verdict.map_or(&[][..], |verdict| &verdict.rules),
            )
        })
        .collect();
    report.stability = evaluation.stability;
    report.warnings = evaluation.drift.iter().map(Drift::to_string).collect();
    report.unreadable = evaluation
        .pictures
        .iter()
        .filter(|picture| !picture.readable)
        .map(|picture| picture.file_name.clone())
        .collect();
}
