//! What becomes of an order that does not go as wanted.

use tdbal_types::ImageClass;

/// What becomes of an order that does not go as wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The prediction fails as flagged content does (E005).
    Flagged,
    /// The prediction fails with this message.
    Failed(String),
    /// The prediction is stopped before it began, and not charged.
    Aborted,
    /// The picture is of another class than the prompt asks for.
    WrongClass(ImageClass),
    /// The prediction succeeds; what its address gives is no picture.
    BadOutput,
    /// The service answers with this status and takes no order.
    Refused(u16),
    /// The service answers with this status although it took the order, as after a timeout on its
    /// side.
    TakenButRefused(u16),
    /// The service answers 504 although it took the order, which is listed only after so many whole
    /// listings were served from then on.
    TakenLate {
        /// How many listings lack it.
        listings: usize,
    },
    /// The service answers 504 although it took the order, and took it twice.
    TakenTwice,
    /// The service takes the order and does not answer for an hour.
    NoAnswer,
    /// The service answers 504 and takes no order.
    NeverTaken,
    /// The prediction never ends.
    Stuck,
}

impl Fate {
    /// The status of an answer that says nothing of the prediction.
    pub(super) const fn refusal(&self) -> Option<u16> {
        match self {
            Self::Refused(status) | Self::TakenButRefused(status) => Some(*status),
            Self::TakenLate { .. } | Self::TakenTwice | Self::NeverTaken => Some(504),
            _ => None,
        }
    }

    /// How many predictions there are of one order.
    pub(super) const fn predictions(&self) -> usize {
        match self {
            Self::Refused(_) | Self::NeverTaken => 0,
            Self::TakenTwice => 2,
            _ => 1,
        }
    }
}
