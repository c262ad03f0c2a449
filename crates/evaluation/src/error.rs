//! Why an actor could not be evaluated.

use dataset::DataError;
use storage::{KeyError, StoreError};
use tdbal_types::{ActorId, ImageName, Usd, chain};

/// Why an actor could not be evaluated. The message of each begins with what the operator should look
/// for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Data could not be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The output folder cannot be written.
    #[error(transparent)]
    Output(#[from] results::OutputError),
    /// There is no base image, and pictures are to be generated.
    #[error(
        "Base image not found for {actor}: looked for {looked_for}; nothing was removed. Put a picture \
         into actors/{actor}/base_image/ or correct base_images in its actor manifest"
    )]
    BaseImageMissing {
        /// The actor.
        actor: ActorId,
        /// Everywhere that was looked.
        looked_for: String,
    },
    /// The base image is there and cannot be used.
    #[error(
        "Base image not found for {actor}: {source_name} is no usable picture; nothing was removed"
    )]
    BaseImageUnusable {
        /// The actor.
        actor: ActorId,
        /// Which file or object it is.
        source_name: String,
        /// What is wrong with it.
        #[source]
        source: composite::PictureError,
    },
    /// It could not be found out whether there is a base image.
    #[error("the base image of {actor} could not be looked for ({problem}); nothing was removed")]
    BaseImageUnreachable {
        /// The actor.
        actor: ActorId,
        /// What went wrong.
        problem: String,
    },
    /// The set could not be judged: nothing was touched.
    #[error("unassessed: {reason}")]
    Unassessed {
        /// Why.
        reason: String,
        /// What asking cost nevertheless.
        cost: Usd,
    },
    /// A vision model or a generator stopped the whole run.
    #[error("{message}")]
    StopsRun {
        /// What the operator has to put right.
        message: String,
        /// What was spent on this actor before.
        cost: Usd,
    },
    /// The run was interrupted while the actor was in hand; it is whole.
    #[error("interrupted")]
    Interrupted,
    /// A worker died; the picture or actor in its hands is untouched.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

impl EvaluationError {
    /// The same, of one picture that was looked at alone.
    pub fn about(self, picture: &ImageName) -> Self {
        match self {
            Self::Unassessed { reason, cost } => Self::Unassessed {
                reason: format!("{picture} was looked at alone: {reason}"),
                cost,
            },
            other => other,
        }
    }

    /// What this failure cost.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Unassessed { cost, .. } | Self::StopsRun { cost, .. } => *cost,
            _ => Usd::ZERO,
        }
    }

    /// The error with its causes, in one line.
    pub fn chain(&self) -> String {
        chain(self)
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
