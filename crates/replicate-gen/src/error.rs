//! How a picture may fail to come, by what the caller can do about it.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tdbal_types::{PredictionId, Usd};

/// Any error, as the source of another one.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Why no picture came. The variants say what the caller can do.
///
/// Costs are those of this prediction alone and are the same however often it is asked about: count
/// them once for each prediction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The model's content check refused the prompt or what came of it (E005). Try another prompt.
    #[error("{} was refused by the model's content check: {message}", or_request(id.as_ref()))]
    Flagged {
        /// The prediction; none where the order itself was refused.
        id: Option<PredictionId>,
        /// What the service said.
        message: String,
        /// The price where there was a prediction; whether such a one is billed is not known.
        cost: Usd,
    },
    /// The prediction failed. Where `retryable`, a new one may succeed.
    #[error("prediction {id} failed: {message}")]
    Failed {
        /// The prediction.
        id: PredictionId,
        /// What the service said.
        message: String,
        /// The service's error code, such as `E1001`, where the message holds one.
        code: Option<String>,
        /// Whether the same order may succeed another time.
        retryable: bool,
        /// The price; whether a failed prediction is billed is not known.
        cost: Usd,
    },
    /// The prediction was stopped: aborted before it began, which is not charged, or canceled while
    /// it ran, which is. A new one may be ordered.
    #[error(
        "prediction {id} was {}",
        if *charged { "canceled while it ran, and charged" } else { "aborted before it began, and not charged" }
    )]
    Canceled {
        /// The prediction.
        id: PredictionId,
        /// Whether it is charged.
        charged: bool,
        /// The price, or nothing.
        cost: Usd,
    },
    /// The order got no answer that says what became of it: a prediction may exist, and may be
    /// billed. Do not order this picture again before it is known.
    #[error(
        "it is not known whether {picture} was ordered: the order with seed {seed} got no usable \
         answer; it may be billed, so it was not sent again"
    )]
    MaybeCreated {
        /// The picture.
        picture: String,
        /// The seed by which the prediction can be found in the service's listing, where the model
        /// takes one.
        seed: u64,
        /// The price, as it may have been paid.
        cost: Usd,
        /// What came in place of an answer.
        source: BoxError,
    },
    /// No other order can succeed either. Stop the run.
    #[error("{reason}")]
    StopsRun {
        /// Why.
        reason: StopReason,
        /// What the service said.
        source: Option<BoxError>,
    },
    /// The order itself was refused, such as for an input that the model does not take. Nothing was
    /// ordered, and the same order will be refused again.
    #[error("the order of {picture} was refused; check the model's input settings")]
    Rejected {
        /// The picture.
        picture: String,
        /// What the service said.
        source: BoxError,
    },
    /// The picture was made, but is no longer kept: a service deletes it after about an hour.
    #[error("the output of prediction {id} is no longer there")]
    OutputGone {
        /// The prediction.
        id: PredictionId,
        /// The price.
        cost: Usd,
    },
    /// The prediction succeeded, but what it gave is no picture that could be fetched.
    #[error("the output of prediction {id} is of no use: {problem}")]
    BadOutput {
        /// The prediction.
        id: PredictionId,
        /// What is wrong with it.
        problem: String,
        /// The price.
        cost: Usd,
    },
    /// The prediction did not end in time. It may yet: `finish` can be called again.
    #[error(
        "prediction {id} did not end within {} s (last status: {status:?}); it may still do so",
        waited.as_secs()
    )]
    Deadline {
        /// The prediction.
        id: PredictionId,
        /// How long it was waited for.
        waited: Duration,
        /// The last status seen.
        status: String,
        /// The price, as it will be charged if it ends.
        cost: Usd,
    },
    /// The folder of recorded pictures has none for this request.
    #[error("there is no recorded picture {}.{{jpg,jpeg,png,webp}}", path.display())]
    NoRecording {
        /// What was looked for, without its extension.
        path: PathBuf,
    },
    /// A recorded picture cannot be read.
    #[error("the recorded picture {} cannot be read", path.display())]
    UnreadableRecording {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The prediction is none of this generator's.
    #[error("prediction {id} was not made by {generator}; finish it with what started it")]
    ForeignPrediction {
        /// The prediction.
        id: PredictionId,
        /// The generator that was asked.
        generator: String,
    },
    /// The service could not be reached, or kept answering with errors. Nothing was ordered by this
    /// call; where there is a prediction, `finish` can be called again.
    #[error("could not {tried}")]
    Transport {
        /// What was tried.
        tried: String,
        /// The prediction, where there is one already.
        id: Option<PredictionId>,
        /// The price where there is a prediction already.
        cost: Usd,
        /// What came.
        source: BoxError,
    },
}

/// Why no order can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The token is missing, wrong, or not allowed to do this (401, 403).
    BadToken,
    /// The account has no credit (402).
    NoCredit,
    /// There is no such model (404).
    NoModel,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadToken => "Replicate does not accept the API token; check it",
            Self::NoCredit => "the Replicate account has no credit left; add some, then resume",
            Self::NoModel => {
                "Replicate has no such model, or not as an official one; check the model's name"
            }
        })
    }
}

fn or_request(id: Option<&PredictionId>) -> String {
    id.map_or_else(|| "the order".to_owned(), |id| format!("prediction {id}"))
}

impl GenerateError {
    /// Whether every other order would fail in the same way, so that the run should stop.
    pub const fn stops_run(&self) -> bool {
        matches!(self, Self::StopsRun { .. })
    }

    /// What the prediction cost, as far as it is known; where it is not known, what it may have cost
    /// at most ([`cost_is_assumed`](Self::cost_is_assumed)), so that a budget is never passed.
    pub const fn cost(&self) -> Usd {
        match self {
            Self::Flagged { cost, .. }
            | Self::Failed { cost, .. }
            | Self::Canceled { cost, .. }
            | Self::MaybeCreated { cost, .. }
            | Self::OutputGone { cost, .. }
            | Self::BadOutput { cost, .. }
            | Self::Deadline { cost, .. }
            | Self::Transport { cost, .. } => *cost,
            Self::StopsRun { .. }
            | Self::Rejected { .. }
            | Self::NoRecording { .. }
            | Self::UnreadableRecording { .. }
            | Self::ForeignPrediction { .. } => Usd::ZERO,
        }
    }

    /// Whether [`cost`](Self::cost) is an upper bound rather than what was charged.
    pub fn cost_is_assumed(&self) -> bool {
        let unsure = match self {
            Self::Flagged { .. }
            | Self::Failed { .. }
            | Self::MaybeCreated { .. }
            | Self::Deadline { .. }
            | Self::Transport { .. } => true,
            Self::Canceled { .. }
            | Self::OutputGone { .. }
            | Self::BadOutput { .. }
            | Self::StopsRun { .. }
            | Self::Rejected { .. }
            | Self::NoRecording { .. }
            | Self::UnreadableRecording { .. }
            | Self::ForeignPrediction { .. } => false,
        };
        unsure && self.cost() > Usd::ZERO
    }

    /// Whether the caller may order the picture anew, with a new `ordinal` and seed, and the same
    /// prompt.
    pub const fn may_order_again(&self) -> bool {
        match self {
            Self::Failed { retryable, .. } => *retryable,
            Self::Canceled { .. } | Self::OutputGone { .. } | Self::BadOutput { .. } => true,
            // Where there is a prediction, that one has to be finished.
            Self::Transport { id, .. } => id.is_none(),
            Self::Flagged { .. }
            | Self::MaybeCreated { .. }
            | Self::StopsRun { .. }
            | Self::Rejected { .. }
            | Self::Deadline { .. }
            | Self::NoRecording { .. }
            | Self::UnreadableRecording { .. }
            | Self::ForeignPrediction { .. } => false,
        }
    }

    /// The prediction that this is about, where there is one.
    pub const fn prediction(&self) -> Option<&PredictionId> {
        match self {
            Self::Flagged { id, .. } | Self::Transport { id, .. } => id.as_ref(),
            Self::Failed { id, .. }
            | Self::Canceled { id, .. }
            | Self::OutputGone { id, .. }
            | Self::BadOutput { id, .. }
            | Self::Deadline { id, .. }
            | Self::ForeignPrediction { id, .. } => Some(id),
            Self::MaybeCreated { .. }
            | Self::StopsRun { .. }
            | Self::Rejected { .. }
            | Self::NoRecording { .. }
            | Self::UnreadableRecording { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
