//! One question to the vision model, and what questions cost.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use tdbal_types::{Tokens, Usd};
use vision_eval::{Assessment, Question};

/// What the questions about an actor cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spending {
    /// Tokens of all calls.
    pub tokens: Tokens,
    /// Price of all calls, including calls without a usable answer.
    pub cost: Usd,
}

impl Spending {
    /// Adds the tokens and the price of an answer.
    pub(crate) fn add(&mut self, tokens: Tokens, cost: Usd) {
        self.tokens += tokens;
        self.cost += cost;
    }
}

/// Asks the model, and once more if its answer is unusable.
pub(crate) async fn assess(
    context: &EvaluationContext,
    question: Question,
) -> Result<Assessment, EvaluationError> {
    Ok(vision_eval::assess(context.model.as_ref(), question).await?)
}
