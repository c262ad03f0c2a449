//! The reasons not to trust a model.

use super::control::ControlResult;
use super::votes::Subject;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::ActorId;

/// A reason not to act on a model's answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Suspicion {
    /// Several actors got the same answers in the same order, though their pictures are unrelated.
    SameAnswers {
        /// Which part of the answers is the same.
        subject: Subject,
        /// The actors of the largest group with the same answers.
        actors: Vec<ActorId>,
        /// Number of actors compared.
        of: usize,
    },
    /// Where the position on the sheet and the picture predict different answers, the answers
    /// follow the position.
    FollowsPosition {
        /// Which part of the answers follows the position.
        subject: Subject,
        /// Number of answers that follow the position.
        position: usize,
        /// Number of answers that follow the picture.
        picture: usize,
    },
    /// The answers change with the order of the sheet as if they were random.
    Unstable {
        /// Share of pairs of answers about the same picture that differ, 0 to 1.
        rate: f64,
    },
    /// On control sheets, which show plain drawings, the model called coloured ones black and white
    /// too often compared with monochrome ones.
    Control(ControlResult),
    /// The model called the actors' own coloured pictures black and white too often compared with
    /// monochrome ones, by the tone of their pixels.
    AgainstPixels(ControlResult),
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameAnswers {
                subject,
                actors,
                of,
            } => write!(
                f,
                "{} of {of} actors got the same {subject} in the same order",
                actors.len()
            ),
            Self::FollowsPosition {
                subject,
                position,
                picture,
            } => write!(
                f,
                "{subject} follow the position on the sheet in {position} cells and the picture in \
                 {picture}"
            ),
            Self::Unstable { rate } => write!(
                f,
                "{:.0} % of the answers about the same picture change with the order of the sheet",
                rate * 100.0
            ),
            Self::Control(result) => write!(f, "on control sheets, {result}"),
            Self::AgainstPixels(result) => write!(f, "by the tone of their pixels, {result}"),
        }
    }
}
