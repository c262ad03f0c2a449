//! One question, one answer, and one more try.

use crate::answer::{CheckedReply, Problem, check_reply};
use crate::error::{Spent, VisionError};
use crate::model::{Correction, Question, Reply, VisionModel};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use tdbal_types::{Tokens, Usd};

/// How many problems a message names.
const SHOWN_PROBLEMS: usize = 5;

/// What one call took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRecord {
    /// The model that the server says answered.
    pub model: String,
    /// The server's name for the request.
    pub request_id: Option<String>,
    /// Its tokens.
    pub tokens: Tokens,
    /// Their price.
    pub cost: Usd,
}

/// An answer that can be used, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The answer.
    pub checked: CheckedReply,
    /// Every call that was answered, in order.
    pub replies: Vec<ReplyRecord>,
    /// The tokens of all calls.
    pub tokens: Tokens,
    /// The price of all calls.
    pub cost: Usd,
    /// What was wrong with the first answer, where the model was asked again.
    pub reasked: Option<Vec<Problem>>,
}

/// Why there is no answer that can be used. What was spent is in it.
#[derive(Debug, thiserror::Error)]
pub enum AssessError {
    /// The answer was unusable, and so was the second one.
    #[error("the model's answer was unusable, asked twice: {}", summary(problems))]
    Unassessed {
        /// What is wrong with the last answer.
        problems: Vec<Problem>,
        /// Every call that was answered, in order.
        replies: Vec<ReplyRecord>,
        /// The tokens of all calls.
        tokens: Tokens,
        /// The price of all calls.
        cost: Usd,
    },
    /// No answer came, or none when the model was asked again; what the first one cost is in it.
    #[error(transparent)]
    Model(#[from] VisionError),
}

/// The first few problems, and how many more there are.
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
    /// The tokens of all calls, failed ones included.
    pub fn tokens(&self) -> Tokens {
        match self {
            Self::Unassessed { tokens, .. } => *tokens,
            Self::Model(error) => error.tokens(),
        }
    }

    /// The price of all calls, failed ones included.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Unassessed { cost, .. } => *cost,
            Self::Model(error) => error.cost(),
        }
    }

    /// Whether no other actor would fare better.
    pub const fn stops_run(&self) -> bool {
        matches!(self, Self::Model(error) if error.stops_run())
    }
}

/// Asks, checks, and where the answer is unusable asks once more with the problems told.
///
/// # Errors
/// When no answer came, or the second one is unusable too.
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
    let second = model
        .ask(&question)
        .await
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
