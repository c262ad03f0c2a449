//! Why a picture could not be generated, and what the caller can do about it.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tdbal_types::{PredictionId, Usd};

/// Any error, as the source of another one.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Why a picture could not be generated. Each variant says what the caller can do next.
///
/// A cost is that of the prediction in question, however often it is reported: count it once per
/// prediction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The model's content check rejected the prompt or the generated picture (Replicate's code
    /// E005). Try another prompt.
    #[error("the model's content check rejected {}: {message}", prediction_or_order(id.as_ref()))]
    Flagged {
        /// The rejected prediction, or `None` if the order itself was rejected.
        id: Option<PredictionId>,
        /// The service's message.
        message: String,
        /// The price if a prediction was created, else zero. It is not known whether a rejected
        /// prediction is billed.
        cost: Usd,
    },
    /// The prediction failed. If `retryable`, a new order may succeed.
    #[error("prediction {id} failed: {message}")]
    Failed {
        /// The failed prediction.
        id: PredictionId,
        /// The service's message.
        message: String,
        /// The service's error code, such as `E1001`, if the message contains one.
        code: Option<String>,
        /// Whether the same order may succeed another time.
        retryable: bool,
        /// The price. It is not known whether a failed prediction is billed.
        cost: Usd,
    },
    /// The prediction was stopped: either aborted before it started, which is not charged, or
    /// canceled while it was running, which is. The picture can be ordered again.
    #[error(
        "prediction {id} was {}",
        if *charged { "canceled while running, and charged" } else { "aborted before it started, and not charged" }
    )]
    Canceled {
        /// The stopped prediction.
        id: PredictionId,
        /// Whether the service charges for the prediction.
        charged: bool,
        /// The price if the prediction is charged, else zero.
        cost: Usd,
    },
    /// The order got no response that says whether a prediction was created; it may exist, and may
    /// be billed. Do not order this picture again until that is known.
    #[error(
        "cannot tell whether {picture} was ordered: the order with seed {seed} got no usable \
         response, and was not sent again because it may be billed"
    )]
    MaybeCreated {
        /// The picture's name for messages.
        picture: String,
        /// The seed of the order. If the model takes seeds, it identifies the prediction in the
        /// service's listing.
        seed: u64,
        /// The price, which may have been charged.
        cost: Usd,
        /// What happened instead of a usable response.
        source: BoxError,
    },
    /// No other order can succeed either. Stop the run.
    #[error("{reason}")]
    StopsRun {
        /// Why no order can succeed.
        reason: StopReason,
        /// The service's response, if there was one.
        source: Option<BoxError>,
    },
    /// The service rejected the order, for example because of an input that the model does not
    /// take. Nothing was ordered, and the same order would be rejected again.
    #[error("the service rejected the order for {picture}; check the model's input settings")]
    Rejected {
        /// The picture's name for messages.
        picture: String,
        /// The service's response.
        source: BoxError,
    },
    /// The picture was generated but is no longer stored. Replicate deletes pictures after about an
    /// hour.
    #[error("the output of prediction {id} is no longer available")]
    OutputGone {
        /// The prediction that made the picture.
        id: PredictionId,
        /// The price of the prediction.
        cost: Usd,
    },
    /// The prediction succeeded, but its output is not a picture that can be downloaded.
    #[error("the output of prediction {id} is unusable: {problem}")]
    BadOutput {
        /// The prediction that made the output.
        id: PredictionId,
        /// What is wrong with the output.
        problem: String,
        /// The price of the prediction.
        cost: Usd,
    },
    /// The prediction did not finish in time, but it may still. `finish` can be called again.
    #[error(
        "prediction {id} did not finish within {} s (last status: {status:?}); it may still finish",
        waited.as_secs()
    )]
    Deadline {
        /// The unfinished prediction.
        id: PredictionId,
        /// How long the call waited.
        waited: Duration,
        /// The last status that the service reported.
        status: String,
        /// The price, which is charged if the prediction finishes.
        cost: Usd,
    },
    /// The folder of recorded pictures has no picture for this request.
    #[error("no recorded picture found at {}.{{jpg,jpeg,png,webp}}", path.display())]
    NoRecording {
        /// The path that was looked up, without an extension.
        path: PathBuf,
    },
    /// A recorded picture exists but cannot be read.
    #[error("cannot read the recorded picture {}", path.display())]
    UnreadableRecording {
        /// The path of the recorded picture.
        path: PathBuf,
        /// The error from the file system.
        source: std::io::Error,
    },
    /// The prediction was not created by this generator.
    #[error(
        "prediction {id} was not created by {generator}; finish it with the generator that \
         created it"
    )]
    ForeignPrediction {
        /// The prediction of another generator.
        id: PredictionId,
        /// The name of the generator that was asked to finish it.
        generator: String,
    },
    /// The service could not be reached, or kept responding with errors. This call ordered nothing;
    /// if there is a prediction, `finish` can be called again.
    #[error("could not {tried}")]
    Transport {
        /// The failed action, as a verb phrase such as `download the output of prediction p1`.
        tried: String,
        /// The prediction, if one exists already.
        id: Option<PredictionId>,
        /// The price if a prediction exists already, else zero.
        cost: Usd,
        /// The error of the last attempt.
        source: BoxError,
    },
}

/// Why no order can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The token is missing, wrong, or lacks permission (status 401 or 403).
    BadToken,
    /// The account has no credit (status 402).
    NoCredit,
    /// The model does not exist, or is not an official one (status 404).
    NoModel,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadToken => {
                "Replicate does not accept the API token; check the token and its permissions"
            }
            Self::NoCredit => {
                "the Replicate account has no credit left; add credit, then resume the run"
            }
            Self::NoModel => "Replicate has no official model of this name; check the model's name",
        })
    }
}

fn prediction_or_order(id: Option<&PredictionId>) -> String {
    id.map_or_else(|| "the order".to_owned(), |id| format!("prediction {id}"))
}

impl GenerateError {
    /// Returns whether every other order would fail in the same way, in which case the run should
    /// stop.
    pub const fn stops_run(&self) -> bool {
        matches!(self, Self::StopsRun { .. })
    }

    /// Returns what the prediction cost. If that is not known
    /// ([`cost_is_assumed`](Self::cost_is_assumed)), returns an upper bound, which keeps a budget
    /// from being exceeded.
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

    /// Returns whether [`cost`](Self::cost) is an upper bound rather than the amount charged.
    pub fn cost_is_assumed(&self) -> bool {
        // For these, the service does not say whether the prediction is billed.
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

    /// Returns whether the caller may order the picture again with the same prompt, under a new
    /// `ordinal` and seed.
    pub const fn may_order_again(&self) -> bool {
        match self {
            Self::Failed { retryable, .. } => *retryable,
            Self::Canceled { .. } | Self::OutputGone { .. } | Self::BadOutput { .. } => true,
            // An existing prediction is paid for and must be finished, not replaced.
            Self::Transport { id, .. } => id.is_none(),
            // A flagged prompt would be flagged again; a lost order or an unfinished prediction may
            // still deliver, and a second order would pay twice.
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

    /// Returns the prediction that the error is about, if there is one.
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
