//! One actor, from its files to its report.

use crate::apply::Application;
use crate::audit::{AuditAction, Entry, Trail};
use crate::base;
use crate::data::DataReader;
use crate::discovery::ActorFiles;
use crate::engine::Engine;
use crate::error::ActorError;
use crate::evaluation::{Context, Evaluation, evaluate};
use crate::events::{Event, Observer};
use crate::look::{self, Seen, Sight};
use crate::output::{Mode, OutputFolder};
use crate::report::{ActorReport, ActorStatus};
use crate::set::{self, ActorSet, Drift};
use balance_planner::{Action, Policy, Scope};
use bytes::Bytes;
use tdbal_types::{ActorId, Digest, ImageName, RunId, SheetNumber, Usd};
use tokio_util::sync::CancellationToken;
use vision_eval::{AssessError, Assessment, Purpose, Question};

/// What one actor's turn needs.
pub(crate) struct Turn<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) run: &'a RunId,
    pub(crate) actor: &'a ActorId,
    pub(crate) files: &'a ActorFiles,
    pub(crate) policy: Policy,
    pub(crate) mode: Mode,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancellationToken,
}

/// What came of it.
pub(crate) struct Done {
    pub(crate) report: ActorReport,
    /// The set as it is now, where it is known to be done.
    pub(crate) set: Option<Digest>,
    /// Why no actor can go on.
    pub(crate) stops_run: Option<String>,
}

impl Turn<'_> {
    /// Evaluates the actor, and in execution carries its plan out. A failure is a report like any
    /// other.
    pub(crate) async fn take(&self) -> Done {
        let status = ActorStatus::Remaining;
        let mut report = ActorReport::new(self.actor.clone(), status);
        let result = self.work(&mut report).await;
        let mut done = Done {
            report,
            set: None,
            stops_run: None,
        };
        match result {
            Ok((status, set)) => {
                done.report.status = status;
                done.set = set;
            }
            Err(error) => self.fail(&error, &mut done).await,
        }
        done
    }

    async fn fail(&self, error: &ActorError, done: &mut Done) {
        done.report.evaluation_cost_usd += error.cost();
        let text = error.chain();
        done.report.status = match error {
            ActorError::Interrupted => ActorStatus::Remaining,
            ActorError::StopsRun { message, .. } => {
                // It is not the actor's fault: once it is put right, the actor is still to be done.
                done.stops_run = Some(message.clone());
                ActorStatus::Remaining
            }
            ActorError::Unassessed { .. } => ActorStatus::Unassessed {
                error: text.clone(),
            },
            _ => ActorStatus::Failed {
                error: text.clone(),
            },
        };
        if !matches!(error, ActorError::Interrupted) {
            self.trail()
                .tell(Entry::new(AuditAction::Fail, "the actor was not done").failed(text))
                .await;
        }
    }

    fn trail(&self) -> Trail<'_> {
        Trail {
            output: &self.engine.output,
            clock: &self.engine.clock,
            run: self.run,
            actor: self.actor,
        }
    }

    async fn work(
        &self,
        report: &mut ActorReport,
    ) -> Result<(ActorStatus, Option<Digest>), ActorError> {
        let reader = self.engine.data.reader();
        let set = set::load(&reader, self.actor, self.files, &self.engine.clock.stamp()).await?;
        report.warnings = set.drift.iter().map(Drift::to_string).collect();
        if set.pictures.is_empty() {
            let reason = "it has no pictures".to_owned();
            return Ok((ActorStatus::Skipped { reason }, None));
        }
        if self.mode == Mode::Execute {
            set.required_actor_manifest()?;
        }
        // A dry run may be dropped at any await. So may the evaluation of an execution: it has no
        // effects but whole files in the output folder.
        let (evaluation, seen) = tokio::select! {
            evaluated = self.evaluate(&set, report) => evaluated?,
            () = self.cancel.cancelled() => return Err(ActorError::Interrupted),
        };
        let base_image = self.base_image(&reader, &set, &evaluation, report).await?;
        if evaluation.plan.is_empty() {
            let set = set.fingerprint(&set.object_fingerprints(&reader).await);
            return Ok((Self::settled(&evaluation), Some(set)));
        }
        if self.mode == Mode::DryRun {
            let set = set.fingerprint(&set.object_fingerprints(&reader).await);
            return Ok((ActorStatus::ToChange, Some(set)));
        }
        let application = Application {
            engine: self.engine,
            run: self.run,
            set: &set,
            seen: &seen,
            evaluation: &evaluation,
            base_image,
            trail: self.trail(),
            observer: self.observer,
            cancel: self.cancel,
        };
        application.carry_out(report).await?;
        Ok((ActorStatus::Changed, self.fingerprint_now().await))
    }

    /// The base image, where the plan needs one. A dry run that cannot reach it says so and goes on.
    async fn base_image(
        &self,
        reader: &DataReader,
        set: &ActorSet,
        evaluation: &Evaluation,
        report: &mut ActorReport,
    ) -> Result<Option<Bytes>, ActorError> {
        if evaluation.plan.generate.is_empty() {
            return Ok(None);
        }
        match base::base_image(reader, set, &self.engine.settings.look).await {
            Err(error @ ActorError::BaseImageUnreachable { .. }) if self.mode == Mode::DryRun => {
                report.warnings.push(error.to_string());
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// The status of an actor whose plan is empty: balanced, or as near to it as this half of a plan
    /// can bring it.
    fn settled(evaluation: &Evaluation) -> ActorStatus {
        if evaluation.is_balanced || evaluation.plan.before == evaluation.plan.target {
            ActorStatus::Balanced
        } else {
            let half = match evaluation.policy.scope {
                Scope::DeleteOnly => "nothing is there to remove",
                Scope::GenerateOnly => "nothing is missing",
                Scope::Both => "there is nothing to do",
            };
            let reason = format!("it is not balanced, but {half}");
            ActorStatus::Skipped { reason }
        }
    }

    async fn fingerprint_now(&self) -> Option<Digest> {
        let reader = self.engine.data.reader();
        let files = crate::discovery::files_of(&reader, self.actor).await.ok()?;
        let now = self.engine.clock.stamp();
        let set = set::load(&reader, self.actor, &files, &now).await.ok()?;
        Some(set.fingerprint(&set.object_fingerprints(&reader).await))
    }

    /// Looks at all pictures, asks the model, plans, and writes it all down.
    async fn evaluate(
        &self,
        set: &ActorSet,
        report: &mut ActorReport,
    ) -> Result<(Evaluation, Vec<Seen>), ActorError> {
        let engine = self.engine;
        let reader = engine.data.reader();
        let settings = &engine.settings.look;
        let looking = engine.workers.actor().await?;
        let mut seen = look::see_all(&reader, &set.pictures, settings, &engine.workers).await?;
        let numbers = numbers_to_ask(&seen);
        report.unreadable = unreadable(&seen);
        if numbers.is_empty() {
            let reason = "none of its pictures can be read".to_owned();
            return Err(ActorError::Unassessed {
                reason,
                cost: Usd::ZERO,
            });
        }
        let sheet = look::lay_out(&mut seen, settings, &engine.workers).await?;
        drop(looking);
        engine
            .output
            .write_composite(self.actor, sheet.jpeg.clone())
            .await?;
        self.observer.on_event(&Event::Asking {
            actor: self.actor.clone(),
            pictures: numbers.len(),
        });
        let question = Question {
            actor: self.actor.clone(),
            purpose: Purpose::Set,
            sheet,
            numbers,
            correction: None,
        };
        let assessment = self.ask(question).await?;
        report.evaluation_cost_usd += assessment.cost;
        report.tokens += assessment.tokens;
        let context = Context {
            actor: self.actor,
            run: self.run,
            now: engine.clock.stamp(),
            policy: self.policy,
            model: engine.model.identity(),
            drift: set.drift.clone(),
            composite_image: OutputFolder::composite_name(self.actor),
        };
        let evaluation = evaluate(context, &seen, assessment).map_err(ActorError::Internal)?;
        engine.output.write_evaluation(&evaluation).await?;
        describe(&evaluation, report);
        self.trail().write(decisions(&evaluation)).await?;
        Ok((evaluation, seen))
    }

    async fn ask(&self, question: Question) -> Result<Assessment, ActorError> {
        vision_eval::assess(self.engine.model.as_ref(), question)
            .await
            .map_err(|error| {
                let cost = error.cost();
                match error {
                    AssessError::Model(error) if error.stops_run() => ActorError::StopsRun {
                        message: error.to_string(),
                        cost,
                    },
                    error => ActorError::Unassessed {
                        reason: crate::error::chain(&error),
                        cost,
                    },
                }
            })
    }
}

fn numbers_to_ask(seen: &[Seen]) -> Vec<SheetNumber> {
    seen.iter()
        .filter(|picture| matches!(picture.sight, Sight::Readable { .. }))
        .map(|picture| picture.number)
        .collect()
}

fn unreadable(seen: &[Seen]) -> Vec<ImageName> {
    seen.iter()
        .filter(|picture| matches!(picture.sight, Sight::Unreadable { .. }))
        .map(|picture| picture.name.clone())
        .collect()
}

/// Takes what an evaluation found into a report.
pub(crate) fn describe(evaluation: &Evaluation, report: &mut ActorReport) {
    let plan = &evaluation.plan;
    report.before = Some(plan.before);
    report.after = Some(plan.after);
    report.to_remove = plan
        .with(Action::Remove)
        .map(|decision| decision.name.clone())
        .collect();
    report.to_generate = plan.generate;
    report.warnings = evaluation.drift.iter().map(Drift::to_string).collect();
    report.unreadable = evaluation
        .pictures
        .iter()
        .filter(|picture| !picture.readable)
        .map(|picture| picture.file_name.clone())
        .collect();
}

/// The lines of the audit trail that an evaluation makes: one for every picture, and one for what is
/// to be generated.
fn decisions(evaluation: &Evaluation) -> Vec<Entry> {
    let plan = &evaluation.plan;
    let mut entries: Vec<Entry> = plan
        .decisions
        .iter()
        .map(|decision| {
            let action = match decision.action {
                Action::Keep => AuditAction::Keep,
                Action::Remove => AuditAction::Remove,
                Action::Review => AuditAction::Review,
            };
            let picture = evaluation.picture(&decision.name);
            let answer = evaluation
                .image_classifications
                .iter()
                .find(|answer| answer.file_name == decision.name);
            let judged = answer.map_or_else(String::new, |answer| {
                format!("{}, quality {}: ", answer.class, answer.quality_score)
            });
            let entry = Entry::new(action, format!("{judged}{}", decision.reason))
                .file(&decision.name, picture.map(|picture| picture.sha256))
                .planned();
            match picture.and_then(|picture| picture.object.as_ref()) {
                Some(object) => entry.object(object),
                None => entry,
            }
        })
        .collect();
    for (class, count) in plan.generate.iter().filter(|(_, count)| *count > 0) {
        let reason = format!(
            "{count} {class}: {} of {} wanted",
            plan.before[class], plan.target[class]
        );
        entries.push(Entry::new(AuditAction::Generate, reason).planned());
    }
    entries
}
