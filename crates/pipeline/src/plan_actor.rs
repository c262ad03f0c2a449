//! Plans the changes of one actor from its files, without changing any data.

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
use execution::ExecutionSettings;
use journal::run::actor_journal::unfinished_of;
use results::audit::{AuditAction, Entry, Trail};
use results::events::Observer;
use results::progress::Mode;
use results::report::{ActorReport, ActorStatus, doubt};
use run_plan::plan::{ActorOutcome, PictureSnapshot, PlannedChange, SetSnapshot};
use storage::sha256;
use tdbal_types::{ActorId, Digest, RunId, Usd, chain};
use tokio_util::sync::CancellationToken;

/// Why an actor has no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanActorError {
    /// The pictures could not be judged.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// Another run left the actor unfinished.
    #[error("run {run} left this actor unfinished: finish it first with tdbal resume {run}")]
    OtherRun { run: RunId },
    /// The listing has less than half of the picture files it had at the end of the last run.
    #[error(
        "the listing has {now} of the {before} picture files it had when the last run ended, probably \
         because the storage is faulty; nothing was changed: check the data, or use \
         --allow-shrunk-listing if the files were deleted on purpose"
    )]
    ListingShrank { before: usize, now: usize },
}

impl PlanActorError {
    /// What was paid before the failure.
    pub(crate) fn cost(&self) -> Usd {
        match self {
            Self::Evaluation(error) => error.cost(),
            _ => Usd::ZERO,
        }
    }

    /// The error with its causes, in one line.
    pub(crate) fn chain(&self) -> String {
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

/// The plan of one actor, or why it has none.
pub(crate) struct PlannedActor {
    pub(crate) report: ActorReport,
    pub(crate) finding: ActorOutcome,
    /// Fingerprint of the set that was judged.
    pub(crate) set: Option<Digest>,
    /// The model's answers, for judging whether it can be trusted.
    pub(crate) actor_answers: Option<ActorAnswers>,
    /// Why the run cannot continue with any actor.
    pub(crate) stops_run: Option<String>,
}

impl PlannedActor {
    pub(crate) const fn new(report: ActorReport, finding: ActorOutcome) -> Self {
        Self {
            report,
            finding,
            set: None,
            actor_answers: None,
            stops_run: None,
        }
    }
}

/// Evaluates one actor and plans its changes.
pub(crate) struct ActorPlanner<'a> {
    pub(crate) context: &'a EvaluationContext,
    pub(crate) settings: &'a ExecutionSettings,
    pub(crate) run: &'a RunId,
    pub(crate) actor: ActorId,
    pub(crate) files: &'a ActorFiles,
    pub(crate) policy: Policy,
    pub(crate) people: PersonInput<'a>,
    pub(crate) trust: &'a ModelTrust,
    pub(crate) mode: Mode,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancellationToken,
}

impl ActorPlanner<'_> {
    /// Evaluates the actor and plans its changes. A failure is reported like any other outcome.
    pub(crate) async fn plan(&self) -> PlannedActor {
        let mut report = ActorReport::new(self.actor.clone(), ActorStatus::Remaining);
        match self.try_plan(&mut report).await {
            Ok(planned) => PlannedActor { report, ..planned },
            Err(error) => self.failed(&error, report).await,
        }
    }

    /// Records a failure in the audit trail and derives the outcome from it.
    pub(crate) async fn failed(
        &self,
        error: &PlanActorError,
        mut report: ActorReport,
    ) -> PlannedActor {
        report.evaluation_cost_usd += error.cost();
        let text = error.chain();
        let mut stops_run = None;
        let (status, finding) = match error {
            PlanActorError::Evaluation(EvaluationError::Interrupted) => {
                (ActorStatus::Remaining, ActorOutcome::Remaining)
            }
            PlanActorError::Evaluation(EvaluationError::StopsRun { message, .. }) => {
                // Not the actor's fault, so it stays in line for the next run.
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
            stops_run,
            ..PlannedActor::new(report, finding)
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

    /// The report of the returned value is empty; `report` is filled in, even on failure.
    async fn try_plan(&self, report: &mut ActorReport) -> Result<PlannedActor, PlanActorError> {
        let reader = self.context.data.clone();
        if self.mode == Mode::Execute {
            // Finishing that run changes the set, so a plan made now could not be applied.
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
            let reason = "no pictures".to_owned();
            report.status = ActorStatus::Skipped {
                reason: reason.clone(),
            };
            return Ok(self.outcome(ActorOutcome::Skipped { reason }));
        }
        if self.mode == Mode::Execute {
            set.required_actor_manifest()?;
        }
        set.refuse_repeated_keys()?;
        // Cancelling at any await is safe: an evaluation only writes whole files to the output folder,
        // and `interim` keeps what was spent.
        let mut interim = Interim::default();
        let evaluator = ActorEvaluator {
            context: self.context,
            run: self.run,
            actor: &self.actor,
            policy: self.policy,
            people: self.people,
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
        let change = self.plan_change(&reader, &set, &evaluation, report).await?;
        let digest = set.fingerprint(&set.object_fingerprints(&reader).await);
        Ok(PlannedActor {
            set: Some(digest),
            actor_answers: actor_answers(&evaluation),
            ..self.outcome(ActorOutcome::Assessed(Box::new(change)))
        })
    }

    /// An outcome with an empty report.
    fn outcome(&self, finding: ActorOutcome) -> PlannedActor {
        let report = ActorReport::new(self.actor.clone(), ActorStatus::Remaining);
        PlannedActor::new(report, finding)
    }

    /// Plans from an evaluation of the same set that an earlier part of the run wrote.
    pub(crate) async fn plan_again(
        &self,
        set: &ActorSet,
        evaluation: &Evaluation,
        mut report: ActorReport,
    ) -> Option<PlannedActor> {
        let reader = self.context.data.clone();
        let change = self
            .plan_change(&reader, set, evaluation, &mut report)
            .await
            .ok()?;
        Some(PlannedActor {
            actor_answers: actor_answers(evaluation),
            ..PlannedActor::new(report, ActorOutcome::Assessed(Box::new(change)))
        })
    }

    /// Collects everything that applying the plan needs, and sets the status in the report.
    async fn plan_change(
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
            status_without_changes(evaluation)
        } else {
            ActorStatus::NeedsReview
        };
        let prompts = prompts(self.settings, self.run, set, evaluation.plan.generate);
        let pictures = evaluation
            .pictures
            .iter()
            .map(|picture| snapshot(evaluation, picture))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                EvaluationError::Internal("a picture was evaluated without a version".into())
            })?;
        Ok(PlannedChange {
            policy: evaluation.policy,
            seen: SetSnapshot {
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

    /// The digest of the base image, if pictures are to be generated. A dry run that cannot reach the
    /// image warns and continues.
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

/// The status of an actor whose plan is empty: balanced, or as close to it as the policy allows.
fn status_without_changes(evaluation: &Evaluation) -> ActorStatus {
    if evaluation.plan.is_balanced || evaluation.plan.before == evaluation.plan.target {
        return ActorStatus::Balanced;
    }
    let why = if evaluation.protection.set_is_good {
        "its actor manifest says training_data_good, so nothing is removed"
    } else if !evaluation.protection.kept.is_empty() {
        "the surplus pictures are on the keep list"
    } else {
        match evaluation.policy.scope {
            Scope::DeleteOnly => "no class has a surplus to remove",
            Scope::GenerateOnly => "no pictures are missing",
            Scope::Both => "no change would bring it closer",
        }
    };
    let reason = format!("not balanced, but {why}");
    ActorStatus::Skipped { reason }
}

fn snapshot(evaluation: &Evaluation, picture: &EvaluatedPicture) -> Option<PictureSnapshot> {
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

/// Copies the results of an evaluation into a report.
pub(crate) fn describe(evaluation: &Evaluation, report: &mut ActorReport) {
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
