//! Evaluates one actor: loads its pictures, asks the model, decides, and writes it all down.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::evaluation::{Evaluation, Inputs, composite_name, evaluation, write_evaluation};
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

/// What evaluating one actor needs.
#[derive(Clone, Copy)]
pub struct ActorEvaluator<'a> {
    pub context: &'a EvaluationContext,
    pub run: &'a RunId,
    pub actor: &'a ActorId,
    pub policy: Policy,
    pub words: PersonInput<'a>,
    pub trust: &'a ModelTrust,
    pub observer: &'a dyn Observer,
}

/// What is known of an evaluation even if it fails.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interim {
    /// What was spent on the model.
    pub spending: Spending,
    /// Files that cannot be read as pictures.
    pub unreadable: Vec<ImageName>,
}

impl ActorEvaluator<'_> {
    /// Looks at all pictures of a set, asks the model, decides, and writes it all down. `interim` is
    /// filled in also where that fails.
    ///
    /// # Errors
    /// When the set cannot be judged, or the output folder cannot be written.
    pub async fn evaluate(
        &self,
        set: &ActorSet,
        interim: &mut Interim,
    ) -> Result<Evaluation, EvaluationError> {
        let context = self.context;
        let settings = &context.settings.look;
        let looking = context.workers.actor().await?;
        let seen = load::load_all(&context.data, &set.pictures, settings, &context.workers).await?;
        interim.unreadable = unreadable(&seen);
        if interim.unreadable.len() == seen.len() {
            let reason = "none of its pictures can be read".to_owned();
            return Err(EvaluationError::Unassessed {
                reason,
                cost: Usd::ZERO,
            });
        }
        let cells = seen
            .iter()
            .map(|picture| (picture.number, sheet::cell(picture)));
        let composite = sheet::lay_out(cells.collect(), settings, &context.workers).await?;
        drop(looking);
        context
            .output
            .files()
            .write(&composite_name(self.actor), composite.jpeg.clone())
            .await?;
        let named = seen.iter().map(|picture| (&picture.name, picture.sha256));
        let protection = protection(set, self.words, named);
        let repertoire = context.model.repertoire(self.actor).await;
        let asking = QuestionLoop {
            context,
            actor: self.actor,
            observer: self.observer,
            trust: self.trust,
            policy: self.policy,
            protection: &protection,
            seen: &seen,
            composite,
            repertoire,
        };
        let asked = asking
            .ask(self.exhibits(set, &seen), &mut interim.spending)
            .await?;
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
        let evaluation = evaluation(inputs, &seen, asked, &interim.spending);
        write_evaluation(&context.output, &evaluation).await?;
        let trail = Trail {
            output: &context.output,
            clock: &context.clock,
            run: self.run,
            actor: self.actor,
        };
        trail.write(decisions(&evaluation)).await?;
        Ok(evaluation)
    }

    /// What is known of every picture before the model is asked.
    fn exhibits(&self, set: &ActorSet, seen: &[LoadedPicture]) -> verdict::Set {
        let labels = &self.context.settings.labels;
        let known = set.pictures.iter().zip(seen);
        known
            .map(|(picture, seen)| {
                let exhibit = match &seen.decoded {
                    Decoded::Unreadable { .. } => PictureEvidence::Unreadable,
                    Decoded::Readable(view) => PictureEvidence::Readable(Box::new(Readable {
                        sha256: seen.sha256,
                        measures: view.measures.clone(),
                        provenance: picture.provenance,
                        label: labels.label(self.words.labels, &seen.sha256),
                        votes: BTreeMap::new(),
                        close: None,
                    })),
                };
                (seen.name.clone(), exhibit)
            })
            .collect()
    }
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

fn unreadable(seen: &[LoadedPicture]) -> Vec<ImageName> {
    seen.iter()
        .filter(|picture| matches!(picture.decoded, Decoded::Unreadable { .. }))
        .map(|picture| picture.name.clone())
        .collect()
}
