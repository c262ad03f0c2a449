//! Asks a question, checks the answer, and asks once more if the answer is unusable.

use crate::answer::{CheckedReply, Problem, check_reply};
use crate::error::{Spent, VisionError};
use crate::model::{Correction, Question, Reply, VisionModel};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use tdbal_types::{Tokens, Usd};

/// Maximum number of problems that a message names.
const SHOWN_PROBLEMS: usize = 5;

/// One call to the model that was answered: who answered and what it cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRecord {
    /// The model that answered, as reported by the server.
    pub model: String,
    /// The server's ID of the request, if it sent one.
    pub request_id: Option<String>,
    /// Tokens that the call used.
    pub tokens: Tokens,
    /// Price of the call.
    pub cost: Usd,
}

/// A usable answer and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The checked answer.
    pub checked: CheckedReply,
    /// All calls that were answered, in order.
    pub replies: Vec<ReplyRecord>,
    /// Tokens of all calls together.
    pub tokens: Tokens,
    /// Price of all calls together.
    pub cost: Usd,
    /// The problems of the first answer, if the model was asked again.
    pub reasked: Option<Vec<Problem>>,
}

/// Why there is no usable answer. The error includes what the failed calls cost.
#[derive(Debug, thiserror::Error)]
pub enum AssessError {
    /// Both the first and the second answer were unusable.
    #[error("the model's answer was unusable twice: {}", summary(problems))]
    Unassessed {
        /// The problems of the second answer.
        problems: Vec<Problem>,
        /// All calls that were answered, in order.
        replies: Vec<ReplyRecord>,
        /// Tokens of all calls together.
        tokens: Tokens,
        /// Price of all calls together.
        cost: Usd,
    },
    /// The first or the second call failed. The error includes the cost of a first answer.
    #[error(transparent)]
    Model(#[from] VisionError),
}

/// Names the first few problems and counts the rest.
fn summary(problems: &[Problem]) -> String {
    let mut text = problems
        .iter()
        .take(SHOWN_PROBLEMS)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if let Some(more) = problems.len().checked_sub(SHOWN_PROBLEMS + 1) {
        let _ = write!(text, "; and {} more", more + 1);
    }
    text
}

impl AssessError {
    /// Tokens of all calls together, including failed ones.
    pub fn tokens(&self) -> Tokens {
        match self {
            Self::Unassessed { tokens, .. } => *tokens,
            Self::Model(error) => error.tokens(),
        }
    }

    /// Price of all calls together, including failed ones.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Unassessed { cost, .. } => *cost,
            Self::Model(error) => error.cost(),
        }
    }

    /// Whether the same error would occur for every other actor.
    pub const fn stops_run(&self) -> bool {
        matches!(self, Self::Model(error) if error.stops_run())
    }
}

/// Asks the model and checks its answer. If the answer is unusable, asks once more and sends the
/// problems along.
///
/// # Errors
/// If a call fails, or if the second answer is unusable too.
pub async fn assess(
    model: &dyn VisionModel,
    question: Question,
) -> Result<Assessment, AssessError> {
    let mut question = question;
    let first = model.ask(&question).await?;
    let problems = match check_reply(&first.text, question.look, &question.numbers()) {
        Ok(checked) => return Ok(assessment(checked, vec![record(&first)], None)),
        Err(problems) => problems,
    };
    tracing::warn!(
        actor = %question.actor, look = %question.look, %model, request_id = first.request_id.as_deref(),
        problems = %summary(&problems), "unusable answer, asking again"
    );
    let (first, previous) = (record(&first), first.text);
    question.correction = Some(Correction {
        previous,
        problems: problems.clone(),
    });
    let spent = Spent {
        tokens: first.tokens,
        cost: first.cost,
    };
    // One more attempt and no loop: a model that fails twice is likely to fail again, and every
    // call costs money.
    let second = model
        .ask(&question)
        .await
        // The first answer is paid for even if no second one arrives.
        .map_err(|error| error.after(spent))?;
    let replies = vec![first, record(&second)];
    match check_reply(&second.text, question.look, &question.numbers()) {
        Ok(checked) => Ok(assessment(checked, replies, Some(problems))),
        Err(problems) => {
            let (tokens, cost) = total(&replies);
            Err(AssessError::Unassessed {
                problems,
                replies,
                tokens,
                cost,
            })
        }
    }
}

fn record(reply: &Reply) -> ReplyRecord {
    ReplyRecord {
        model: reply.model.clone(),
        request_id: reply.request_id.clone(),
        tokens: reply.tokens,
        cost: reply.cost,
    }
}

fn total(replies: &[ReplyRecord]) -> (Tokens, Usd) {
    replies
        .iter()
        .fold((Tokens::default(), Usd::ZERO), |(tokens, cost), reply| {
            (tokens + reply.tokens, cost + reply.cost)
        })
}

fn assessment(
    checked: CheckedReply,
    replies: Vec<ReplyRecord>,
    reasked: Option<Vec<Problem>>,
) -> Assessment {
    let (tokens, cost) = total(&replies);
    Assessment {
        checked,
        replies,
        tokens,
        cost,
        reasked,
    }
}

#[cfg(test)]
mod tests;
