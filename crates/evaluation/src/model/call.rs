//! One call of the model, and what calls cost.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::pictures::picture::DecodedPicture;
use tdbal_types::{ActorId, Digest, Opinion, SheetNumber, Tokens, Usd, chain};
use vision_eval::{AssessError, Assessment, LookKind, Question, Shown};

/// What asking took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spending {
    pub tokens: Tokens,
    pub cost: Usd,
}

impl Spending {
    /// Adds what an answer took.
    pub fn add(&mut self, assessment: &Assessment) {
        self.tokens += assessment.tokens;
        self.cost += assessment.cost;
    }
}

/// The question about one picture alone.
pub fn close_question(actor: &ActorId, sha256: Digest, view: &DecodedPicture) -> Question {
    Question {
        actor: actor.clone(),
        look: LookKind::Close,
        sheet: view.close.clone(),
        pictures: vec![Shown {
            number: SheetNumber::from_position(0),
            sha256,
        }],
        correction: None,
    }
}

/// Asks about one picture alone.
pub async fn look_once(
    context: &EvaluationContext,
    question: Question,
) -> Result<(Opinion, Assessment), EvaluationError> {
    let assessment = assess(context, question).await?;
    match assessment.checked.answers.as_slice() {
        [answer] => Ok((answer.opinion.clone(), assessment)),
        _ => Err(EvaluationError::Internal(
            "a look at one picture was not answered for one".into(),
        )),
    }
}

/// Asks a model, and once more where its answer is unusable.
pub async fn assess(
    context: &EvaluationContext,
    question: Question,
) -> Result<Assessment, EvaluationError> {
    vision_eval::assess(context.model.as_ref(), question)
        .await
        .map_err(|error| {
            let cost = error.cost();
            match error {
                AssessError::Model(error) if error.stops_run() => EvaluationError::StopsRun {
                    message: error.to_string(),
                    cost,
                },
                error => EvaluationError::Unassessed {
                    reason: chain(&error),
                    cost,
                },
            }
        })
}
