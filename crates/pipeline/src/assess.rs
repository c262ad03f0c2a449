//! One actor, from its files to its plan. Nothing of its data is changed.

use crate::actor_journal::unfinished_of;
use crate::asking::{Asking, Spending};
use crate::audit::{AuditAction, Entry, Trail};
use crate::base;
use crate::data::DataReader;
use crate::discovery::ActorFiles;
use crate::engine::Engine;
use crate::error::ActorError;
use crate::evaluation::{Context, Evaluation, evaluation};
use crate::events::Observer;
use crate::labels::{Labels, Wish};
use crate::look::{self, Seen, Sight};
use crate::marks::Marks;
use crate::orders;
use crate::output::{Mode, OutputFolder};
use crate::plan_file::{self, Assessed, Finding, SeenPicture};
use crate::planning::Looked;
use crate::reliance::{Reliance, Witness};
use crate::report::{ActorReport, ActorStatus};
use crate::set::{self, ActorSet, Drift};
use balance_planner::{Action, Policy, Protection, Scope};
use storage::sha256;
use tdbal_types::{ActorId, Confidence, Digest, ImageClass, ImageName, RunId, Usd};
use tokio_util::sync::CancellationToken;
use verdict::{LookPolicy, PictureEvidence, Readable, Rule, SheetVote};

/// What persons said of the data set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) marks: &'a Marks,
    pub(crate) labels: &'a Labels,
}

/// What came of looking at one actor.
struct Found {
    finding: Finding,
    /// The set as it is, where it is known to have been judged.
    set: Option<Digest>,
    witness: Option<Witness>,
}

impl Found {
    fn skipped(reason: String) -> Self {
        Self {
            finding: Finding::Skipped { reason },
            set: None,
            witness: None,
        }
    }
}

/// What looking at one actor needs.
pub(crate) struct Look<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) run: &'a RunId,
    pub(crate) actor: ActorId,
    pub(crate) files: &'a ActorFiles,
    pub(crate) policy: Policy,
    pub(crate) words: Words<'a>,
    pub(crate) reliance: &'a Reliance,
    pub(crate) mode: Mode,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancellationToken,
}

impl Look<'_> {
    /// Evaluates the actor and plans. A failure is a report like any other.
    pub(crate) async fn take(&self) -> Looked {
        let mut report = ActorReport::new(self.actor.clone(), ActorStatus::Remaining);
        match self.work(&mut report).await {
            Ok(found) => Looked {
                report,
                finding: found.finding,
                set: found.set,
                witness: found.witness,
                stops_run: None,
            },
            Err(error) => self.failed(&error, report).await,
        }
    }

    /// What a failure means for the actor and the run.
    pub(crate) async fn failed(&self, error: &ActorError, mut report: ActorReport) -> Looked {
        report.evaluation_cost_usd += error.cost();
        let text = error.chain();
        let mut stops_run = None;
        let (status, finding) = match error {
            ActorError::Interrupted => (ActorStatus::Remaining, Finding::Remaining),
            ActorError::StopsRun { message, .. } => {
                // It is not the actor's fault: once it is put right, the actor is still to be done.
                stops_run = Some(message.clone());
                (ActorStatus::Remaining, Finding::Remaining)
            }
            ActorError::Unassessed { .. } => (
                ActorStatus::Unassessed {
                    error: text.clone(),
                },
                Finding::Unassessed {
                    error: text.clone(),
                },
            ),
            _ => (
                ActorStatus::Failed {
                    error: text.clone(),
                },
                Finding::Failed {
                    error: text.clone(),
                },
            ),
        };
        report.status = status;
        if !matches!(error, ActorError::Interrupted) {
            self.trail()
                .tell(Entry::new(AuditAction::Fail, "the actor was not done").failed(text))
                .await;
        }
        Looked {
            report,
            finding,
            set: None,
            witness: None,
            stops_run,
        }
    }

    fn trail(&self) -> Trail<'_> {
        Trail {
            output: &self.engine.output,
            clock: &self.engine.clock,
            run: self.run,
            actor: &self.actor,
        }
    }

    async fn work(&self, report: &mut ActorReport) -> Result<Found, ActorError> {
        let reader = self.engine.data.reader();
        if self.mode == Mode::Execute {
            // What would be planned now would no longer be so once that run is finished.
            let open = unfinished_of(reader.journals(), &self.actor).await?;
            if let Some((run, _)) = open.into_iter().next() {
                return Err(ActorError::OtherRun { run });
            }
        }
        let set = set::load(&reader, &self.actor, self.files, &self.engine.clock.stamp()).await?;
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
        let mut spending = Spending::default();
        let evaluated = tokio::select! {
            evaluated = self.evaluate(&set, report, &mut spending) => evaluated,
            () = self.cancel.cancelled() => Err(ActorError::Interrupted),
        };
        report.evaluation_cost_usd += spending.cost;
        report.tokens += spending.tokens;
        let evaluation = evaluated?;
        let assessed = self.plan(&reader, &set, &evaluation, report).await?;
        let digest = set.fingerprint(&set.object_fingerprints(&reader).await);
        Ok(Found {
            finding: Finding::Assessed(Box::new(assessed)),
            set: Some(digest),
            witness: witness(&evaluation),
        })
    }

    /// Plans from an evaluation that an earlier part of the run made of the same set.
    pub(crate) async fn plan_again(
        &self,
        set: &ActorSet,
        evaluation: &Evaluation,
        mut report: ActorReport,
    ) -> Option<Looked> {
        let reader = self.engine.data.reader();
        let assessed = self
            .plan(&reader, set, evaluation, &mut report)
            .await
            .ok()?;
        Some(Looked {
            report,
            finding: Finding::Assessed(Box::new(assessed)),
            set: None,
            witness: witness(evaluation),
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
    ) -> Result<Assessed, ActorError> {
        let base_image = self.base_image(reader, set, evaluation, report).await?;
        report.status = if !evaluation.plan.is_empty() {
            ActorStatus::ToChange
        } else if evaluation.plan.questions.is_empty() {
            settled(evaluation)
        } else {
            ActorStatus::NeedsReview
        };
        let prompts = orders::prompts(self.engine, self.run, set, evaluation.plan.generate);
        let pictures = evaluation
            .pictures
            .iter()
            .map(|picture| seen_picture(evaluation, picture))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| ActorError::Internal("a picture was looked at unversioned".into()))?;
        Ok(Assessed {
            policy: evaluation.policy,
            seen: plan_file::Seen {
                training_manifest: set.training_version.clone(),
                base_image,
                pictures,
            },
            plan: evaluation.plan.clone(),
            expected_generation_usd: self.engine.settings.picture_price
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
    ) -> Result<Option<Digest>, ActorError> {
        if evaluation.plan.generate.is_empty() {
            return Ok(None);
        }
        match base::base_image(reader, set, &self.engine.settings.look).await {
            Err(error @ ActorError::BaseImageUnreachable { .. }) if self.mode == Mode::DryRun => {
                report.warnings.push(error.to_string());
                Ok(None)
            }
            result => result.map(|jpeg| Some(sha256(&jpeg))),
        }
    }

    /// Looks at all pictures, asks the model, decides, and writes it all down.
    async fn evaluate(
        &self,
        set: &ActorSet,
        report: &mut ActorReport,
        spending: &mut Spending,
    ) -> Result<Evaluation, ActorError> {
        let engine = self.engine;
        let reader = engine.data.reader();
        let settings = &engine.settings.look;
        let looking = engine.workers.actor().await?;
        let seen = look::see_all(&reader, &set.pictures, settings, &engine.workers).await?;
        report.unreadable = unreadable(&seen);
        if report.unreadable.len() == seen.len() {
            let reason = "none of its pictures can be read".to_owned();
            return Err(ActorError::Unassessed {
                reason,
                cost: Usd::ZERO,
            });
        }
        let cells = seen
            .iter()
            .map(|picture| (picture.number, look::cell(picture)));
        let composite = look::lay_out(cells.collect(), settings, &engine.workers).await?;
        drop(looking);
        engine
            .output
            .write_composite(&self.actor, composite.jpeg.clone())
            .await?;
        let named = seen.iter().map(|picture| (&picture.name, picture.sha256));
        let protection = protection(set, self.words, named);
        let repertoire = engine.model.repertoire(&self.actor).await;
        let asking = Asking {
            engine,
            actor: &self.actor,
            observer: self.observer,
            reliance: self.reliance,
            policy: self.policy,
            protection: &protection,
            seen: &seen,
            composite,
            repertoire,
        };
        let asked = asking.ask(self.exhibits(set, &seen), spending).await?;
        let context = Context {
            actor: &self.actor,
            run: self.run,
            now: engine.clock.stamp(),
            policy: self.policy,
            protection: protection.clone(),
            training_manifest: set.training_version.clone(),
            model: engine.model.identity(),
            drift: set.drift.clone(),
            composite_image: OutputFolder::composite_name(&self.actor),
        };
        let evaluation = evaluation(context, &seen, asked, spending);
        engine.output.write_evaluation(&evaluation).await?;
        describe(&evaluation, report);
        self.trail().write(decisions(&evaluation)).await?;
        Ok(evaluation)
    }

    /// What is known of every picture before the model is asked.
    fn exhibits(&self, set: &ActorSet, seen: &[Seen]) -> verdict::Set {
        let known = set.pictures.iter().zip(seen);
        known
            .map(|(picture, seen)| {
                let exhibit = match &seen.sight {
                    Sight::Unreadable { .. } => PictureEvidence::Unreadable,
                    Sight::Readable(view) => PictureEvidence::Readable(Box::new(Readable {
                        sha256: seen.sha256,
                        measures: view.measures.clone(),
                        provenance: picture.provenance,
                        label: self.words.labels.word(&seen.sha256),
                        votes: std::collections::BTreeMap::new(),
                        close: None,
                    })),
                };
                (seen.name.clone(), exhibit)
            })
            .collect()
    }
}

/// What persons said must stay of a set, and what must go.
pub(crate) fn protection<'p>(
    set: &ActorSet,
    words: Words<'_>,
    pictures: impl Iterator<Item = (&'p ImageName, Digest)>,
) -> Protection {
    let stored = set.actor_manifest.as_ref().ok();
    let mut protection = Protection {
        kept: words.marks.of(&set.actor),
        set_is_good: stored.is_some_and(|stored| stored.manifest.training_data_good()),
        ..Protection::default()
    };
    for (name, sha256) in pictures {
        match words.labels.wish(&set.actor, &sha256) {
            Some(Wish::Keep) => protection.kept.insert(name.clone()),
            Some(Wish::Remove) => protection.to_remove.insert(name.clone()),
            None => false,
        };
    }
    protection
}

/// The sheets that were judged; where every picture was judged alone, those looks, which have the number 0.
fn sheets_and_looks(evaluation: &Evaluation) -> Vec<SheetVote> {
    let mut sheets = evaluation.sheets.clone();
    if evaluation.inquiry.look == LookPolicy::Close {
        let looks = evaluation.judged.iter().filter_map(|judged| {
            let picture = evaluation.picture(&judged.file_name)?;
            Some((picture.sha256, judged.close.clone()?))
        });
        let (order, opinions) = looks.unzip();
        sheets.push(SheetVote {
            vote: 0,
            order,
            opinions,
        });
    }
    sheets
}

/// What an evaluation tells of the model; nothing where it rests on one recorded sheet.
fn witness(evaluation: &Evaluation) -> Option<Witness> {
    (!evaluation.inquiry.one_sheet).then(|| Witness {
        sheets: sheets_and_looks(evaluation),
        tones: evaluation
            .judged
            .iter()
            .filter_map(|judged| {
                let picture = evaluation.picture(&judged.file_name)?;
                Some((picture.sha256, judged.tone))
            })
            .collect(),
    })
}

/// The status of an actor whose plan is empty: balanced, or as near to it as this half of a plan can
/// bring it.
fn settled(evaluation: &Evaluation) -> ActorStatus {
    if evaluation.is_balanced || evaluation.plan.before == evaluation.plan.target {
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

fn seen_picture(
    evaluation: &Evaluation,
    picture: &crate::evaluation::EvaluatedPicture,
) -> Option<SeenPicture> {
    let answer = evaluation
        .image_classifications
        .iter()
        .find(|answer| answer.file_name == picture.file_name);
    let judged = evaluation.judged(&picture.file_name);
    Some(SeenPicture {
        name: picture.file_name.clone(),
        number: picture.image_number,
        size: picture.size_bytes,
        sha256: picture.sha256,
        origin: picture.origin,
        version: picture.version.clone()?,
        object: picture.object.clone(),
        class: answer.map(|answer| answer.class),
        quality: answer.map(|answer| answer.quality_score),
        faults: answer.map_or_else(Vec::new, |answer| answer.faults.clone()),
        confidence: judged.map(|judged| judged.verdict.confidence),
        rules: judged.map_or_else(Vec::new, |judged| judged.verdict.rules.clone()),
        hash: judged.map(|judged| judged.measures.hash),
    })
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

/// A picture that it is not certain of, and why, in words.
pub(crate) fn doubt(name: &ImageName, class: Option<ImageClass>, rules: &[Rule]) -> String {
    let class = class.map_or_else(String::new, |class| format!(" ({}?)", class.title()));
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    format!("{name}{class}: {}", rules.join("; "))
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
                let judged = evaluation.judged(&decision.name);
                let confidence =
                    judged.map_or(Confidence::Unsure, |judged| judged.verdict.confidence);
                format!(
                    "{}, quality {}, {confidence}: ",
                    answer.class, answer.quality_score
                )
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
