//! Reasons not to believe a model.

use super::control::ControlResult;
use super::votes::Subject;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::ActorId;

/// Why a model's answers should not be acted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Suspicion {
    /// Different actors, with pictures in orders that have nothing to do with each other, were given
    /// the same answers in the same sequence.
    SameAnswers {
        /// What was the same.
        subject: Subject,
        /// The actors of the largest group with the same answers.
        actors: Vec<ActorId>,
        /// How many actors were compared.
        of: usize,
    },
    /// Where a picture's place and the picture itself lead one to expect different answers, the answers
    /// follow the place.
    FollowsPosition {
        /// What follows it.
        subject: Subject,
        /// Answers that follow the place.
        position: usize,
        /// Answers that follow the picture.
        picture: usize,
    },
    /// Answers change with the order of the sheet as if they were random.
    Unstable {
        /// The share of pairs of answers about one picture that differ, 0 to 1.
        rate: f64,
    },
    /// Of plain drawings on control sheets, the coloured ones were called black and white too often
    /// beside the others.
    Control(ControlResult),
    /// The same, of the actors' own pictures by what their pixels say.
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
                "{} of {of} actors were given the same {subject} in the same sequence",
                actors.len()
            ),
            Self::FollowsPosition {
                subject,
                position,
                picture,
            } => write!(
                f,
                "{subject} follow the place on the sheet {position} times and the picture {picture} \
                 times"
            ),
            Self::Unstable { rate } => write!(
                f,
                "{:.0} % of the answers about a picture change with the order of the sheet",
                rate * 100.0
            ),
            Self::Control(result) => write!(f, "on control sheets {result}"),
            Self::AgainstPixels(result) => write!(f, "by their pixels {result}"),
        }
    }
}
