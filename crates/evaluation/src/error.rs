//! Why an actor could not be evaluated.

use dataset::DataError;
use storage::{KeyError, StoreError};
use tdbal_types::{ActorId, ImageName, Usd, chain};
use vision_eval::AssessError;

/// Why an actor could not be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The output folder could not be read or written.
    #[error(transparent)]
    Output(#[from] results::OutputError),
    /// The plan generates pictures, and the actor has no base image to generate them from.
    #[error(
        "Base image not found for {actor}: looked for {looked_for}; nothing was removed. Put a picture \
         into actors/{actor}/base_image/ or correct base_images in the actor manifest"
    )]
    BaseImageMissing {
        /// The actor.
        actor: ActorId,
        /// All places that were searched, separated by commas.
        looked_for: String,
    },
    /// The base image exists but does not decode.
    #[error("Base image not found for {actor}: cannot decode {source_name}; nothing was removed")]
    BaseImageUnusable {
        /// The actor.
        actor: ActorId,
        /// The file or object.
        source_name: String,
        /// Why it does not decode.
        #[source]
        source: composite::PictureError,
    },
    /// A place where the base image may be could not be searched.
    #[error("cannot look for the base image of {actor} ({problem}); nothing was removed")]
    BaseImageUnreachable {
        /// The actor.
        actor: ActorId,
        /// What went wrong, and where.
        problem: String,
    },
    /// The set could not be judged. Nothing was changed.
    #[error("unassessed: {reason}")]
    Unassessed {
        /// Why the set could not be judged.
        reason: String,
        /// What the failed question cost.
        cost: Usd,
    },
    /// The vision model failed in a way that stops the whole run.
    #[error("{message}")]
    StopsRun {
        /// What must be fixed before the run can continue.
        message: String,
        /// What the failed question cost.
        cost: Usd,
    },
    /// The run was interrupted while the actor was being evaluated. Nothing was changed.
    #[error("interrupted")]
    Interrupted,
    /// A bug in tdbal. Nothing was changed.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

impl EvaluationError {
    /// Adds that the failed question was a close look at `picture`.
    pub(crate) fn about(self, picture: &ImageName) -> Self {
        match self {
            Self::Unassessed { reason, cost } => Self::Unassessed {
                reason: format!("the close look at {picture} failed: {reason}"),
                cost,
            },
            other => other,
        }
    }

    /// What the failed question cost.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Unassessed { cost, .. } | Self::StopsRun { cost, .. } => *cost,
            _ => Usd::ZERO,
        }
    }

    /// The error and its causes in one line.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

impl From<AssessError> for EvaluationError {
    fn from(error: AssessError) -> Self {
        let cost = error.cost();
        match error {
            AssessError::Model(error) if error.stops_run() => Self::StopsRun {
                message: error.to_string(),
                cost,
            },
            error => Self::Unassessed {
                reason: chain(&error),
                cost,
            },
        }
    }
}

impl From<journal::run::RecordError> for EvaluationError {
    fn from(error: journal::run::RecordError) -> Self {
        Self::Data(error.into())
    }
}

impl From<StoreError> for EvaluationError {
    fn from(error: StoreError) -> Self {
        Self::Data(error.into())
    }
}

impl From<KeyError> for EvaluationError {
    fn from(error: KeyError) -> Self {
        Self::Data(error.into())
    }
}
