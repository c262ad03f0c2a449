//! Evaluates one actor: loads its pictures, asks the model, decides, and writes the results.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::evaluation::{Evaluation, Inputs, conclude, write_evaluation};
use crate::file_names::composite_name;
use crate::model::call::Spending;
use crate::model::trust::{ActorAnswers, ModelTrust};
use crate::people::{PersonInput, protection};
use crate::pictures::picture::{Decoded, LoadedPicture};
use crate::pictures::{load, sheet};
use crate::questions::QuestionLoop;
use crate::trail::decisions;
use balance_planner::Policy;
use dataset::ActorSet;
use results::audit::Trail;
use results::events::Observer;
use std::collections::BTreeMap;
use tdbal_types::{ActorId, ImageName, RunId, Usd};
use verdict::{LookPolicy, PictureEvidence, Readable, SheetVote};

/// Evaluates one actor.
#[derive(Clone, Copy)]
pub struct ActorEvaluator<'a> {
    /// The data, the output folder, the model and the settings.
    pub context: &'a EvaluationContext,
    /// The run that the evaluation belongs to.
    pub run: &'a RunId,
    /// The actor.
    pub actor: &'a ActorId,
    /// The policy that the plan follows.
    pub policy: Policy,
    /// What people said about the pictures.
    pub people: PersonInput<'a>,
    /// Whether the model is trusted, shared by all actors of the run.
    pub trust: &'a ModelTrust,
    /// Is notified before each question.
    pub observer: &'a dyn Observer,
}

/// What is known about an evaluation even if it fails.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interim {
    /// What the model's answers cost so far. The cost of a returned error is not included.
    pub spending: Spending,
    /// Files that cannot be read as pictures.
    pub unreadable: Vec<ImageName>,
}

impl ActorEvaluator<'_> {
    /// Evaluates all pictures of a set and writes the evaluation, its sheets and its audit trail to
    /// the output folder. `interim` is updated even if an error is returned.
    ///
    /// # Errors
    /// If the set cannot be judged, or the output folder cannot be written.
    pub async fn evaluate(
        &self,
        set: &ActorSet,
        interim: &mut Interim,
    ) -> Result<Evaluation, EvaluationError> {
        let context = self.context;
        let settings = &context.settings.look;
        let loading = context.workers.actor().await?;
        let pictures =
            load::load_all(&context.data, &set.pictures, settings, &context.workers).await?;
        interim.unreadable = unreadable(&pictures);
        if interim.unreadable.len() == pictures.len() {
            return Err(EvaluationError::Unassessed {
                reason: "none of its pictures can be read".to_owned(),
                cost: Usd::ZERO,
            });
        }
        let cells = pictures
            .iter()
            .map(|picture| (picture.number, sheet::cell(picture)));
        let composite = sheet::lay_out(cells.collect(), settings, &context.workers).await?;
        // Released before the model is asked, which takes long and needs no core.
        drop(loading);
        let files = context.output.files();
        files
            .write(&composite_name(self.actor), composite.jpeg.clone())
            .await?;
        let named = pictures
            .iter()
            .map(|picture| (&picture.name, picture.sha256));
        let protection = protection(set, self.people, named);
        let repertoire = context.model.repertoire(self.actor).await;
        let questions = QuestionLoop {
            context,
            actor: self.actor,
            observer: self.observer,
            trust: self.trust,
            policy: self.policy,
            protection: &protection,
            pictures: &pictures,
            composite,
            repertoire,
        };
        let evidence = self.evidence(set, &pictures);
        let answers = questions.run(evidence, &mut interim.spending).await?;
        let inputs = Inputs {
            actor: self.actor,
            run: self.run,
            now: context.clock.stamp(),
            policy: self.policy,
            protection: protection.clone(),
            training_manifest: set.training_version.clone(),
            model: context.model.identity(),
            drift: set.drift.clone(),
            composite_image: composite_name(self.actor),
        };
        let evaluation = conclude(inputs, &pictures, answers, &interim.spending);
        write_evaluation(&context.output, &evaluation).await?;
        let trail = Trail {
            output: &context.output,
            clock: &context.clock,
            run: self.run,
            actor: self.actor,
        };
        trail.record_all(decisions(&evaluation)).await?;
        Ok(evaluation)
    }

    /// The evidence about every picture before the model is asked.
    fn evidence(&self, set: &ActorSet, pictures: &[LoadedPicture]) -> verdict::Set {
        let labels = &self.context.settings.labels;
        let known = set.pictures.iter().zip(pictures);
        known
            .map(|(picture, loaded)| {
                let evidence = match &loaded.decoded {
                    Decoded::Unreadable { .. } => PictureEvidence::Unreadable,
                    Decoded::Readable(view) => PictureEvidence::Readable(Box::new(Readable {
                        sha256: loaded.sha256,
                        measures: view.measures.clone(),
                        provenance: picture.provenance,
                        label: labels.label(self.people.labels, &loaded.sha256),
                        votes: BTreeMap::new(),
                        close: None,
                    })),
                };
                (loaded.name.clone(), evidence)
            })
            .collect()
    }
}

/// The sheets of an evaluation. If every picture was judged by its close look, these form a sheet with
/// the number 0.
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

/// The answers of an evaluation, from which trust in the model is judged; `None` if the evaluation
/// rests on one recorded sheet.
pub fn actor_answers(evaluation: &Evaluation) -> Option<ActorAnswers> {
    (!evaluation.inquiry.one_sheet).then(|| ActorAnswers {
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

fn unreadable(pictures: &[LoadedPicture]) -> Vec<ImageName> {
    pictures
        .iter()
        .filter(|picture| matches!(picture.decoded, Decoded::Unreadable { .. }))
        .map(|picture| picture.name.clone())
        .collect()
}
