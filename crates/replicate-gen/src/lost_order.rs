//! An order that got no answer, and what a service knows of it.

use crate::started::Started;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tdbal_types::PredictionId;

/// An order whose answer was lost: a prediction may exist, and may be billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostOrder {
    /// The picture's name in messages, such as `bw_stylized picture 2 of 0004_european_35_male`.
    pub picture: String,
    /// The seed that the order had.
    pub seed: u64,
    /// The whole text of the prompt that the order had.
    pub prompt: String,
    /// When the order was sent, or a moment before.
    pub ordered_at: Timestamp,
}

/// What one whole listing of a service says of a lost order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// There is exactly one prediction with the order's model, seed and prompt.
    Found(Started),
    /// There is none. One listing proves nothing: a prediction may be listed a little later than it
    /// was taken.
    Absent,
    /// There are several, all of them paid for; which of them to take is for a person to say.
    Ambiguous(Vec<PredictionId>),
    /// The listing cannot tell, and will not be able to later.
    Unknowable {
        /// Why, as a sentence without its full stop.
        why: String,
    },
}
