//! Failures of an order.

use tdbal_types::ImageClass;

/// Way in which an order fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The prediction fails because content was flagged (E005).
    Flagged,
    /// The prediction fails with this message.
    Failed(String),
    /// The prediction is aborted before it starts and is not charged.
    Aborted,
    /// The picture has this class instead of the one the prompt asks for.
    WrongClass(ImageClass),
    /// The prediction succeeds, but its output is not a picture.
    BadOutput,
    /// The service rejects the order with this status.
    Refused(u16),
    /// The service accepts the order but responds with this status, as after an internal timeout.
    TakenButRefused(u16),
    /// The service accepts the order but responds with 504, and listings omit the order at first.
    TakenLate {
        /// Number of complete listings that omit the order.
        listings: usize,
    },
    /// The service accepts the order twice and responds with 504.
    TakenTwice,
    /// The service accepts the order but does not respond for an hour.
    NoAnswer,
    /// The service responds with 504 without accepting the order.
    NeverTaken,
    /// The prediction stays `processing` forever.
    Stuck,
}

impl Fate {
    /// Returns the status of the error response to the order, if it gets one.
    pub(super) const fn refusal(&self) -> Option<u16> {
        match self {
            Self::Refused(status) | Self::TakenButRefused(status) => Some(*status),
            Self::TakenLate { .. } | Self::TakenTwice | Self::NeverTaken => Some(504),
            _ => None,
        }
    }

    /// Returns the number of predictions created for the order.
    pub(super) const fn predictions(&self) -> usize {
        match self {
            Self::Refused(_) | Self::NeverTaken => 0,
            Self::TakenTwice => 2,
            _ => 1,
        }
    }
}
