//! Orders whose response was lost, and what the service knows about them.

use crate::started::Started;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tdbal_types::PredictionId;

/// An order whose response was lost: a prediction may exist, and may be billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostOrder {
    /// The picture's name for messages, such as `bw_stylized picture 2 of 0004_european_35_male`.
    pub picture: String,
    /// The seed that was sent with the order.
    pub seed: u64,
    /// The complete prompt text that was sent with the order.
    pub prompt: String,
    /// The time of the order, or a moment before it, by this machine's clock.
    pub ordered_at: Timestamp,
}

/// What one complete listing of a service's predictions says about a lost order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// Exactly one prediction has the order's model, seed and prompt.
    Found(Started),
    /// No prediction matches. A single listing proves nothing, because a prediction may be listed a
    /// little later than it was created.
    Absent,
    /// Several predictions match, and all of them are paid for. A person has to choose one.
    Ambiguous(Vec<PredictionId>),
    /// The listing cannot answer the question, now or later.
    Unknowable {
        /// The reason, as a sentence without a full stop.
        why: String,
    },
}
