//! The result of a calibration.

use calibration::Calibration;
use serde::Serialize;
use tdbal_types::{ActorId, ImageClass, ImageName, Usd};
use vision_eval::ModelIdentity;

/// How well each judge agrees with people's labels, and what that is based on.
#[derive(Debug, Serialize)]
pub struct CalibrationReport {
    /// The figures of each judge.
    #[serde(flatten)]
    pub calibration: Calibration,
    /// The model that judged the pictures.
    pub model: ModelIdentity,
    /// Number of actors that the compared pictures belong to.
    pub actors: usize,
    /// Pictures whose verdict names another class than the label.
    pub wrong: Vec<WrongVerdict>,
    /// Labelled pictures that could not be compared, or only in part.
    pub left_out: Vec<LeftOut>,
    /// Reasons not to trust the model's answers; empty if there are none.
    pub suspicions: Vec<String>,
    /// What this calibration paid, in dollars; cached answers are free.
    pub paid_now_usd: Usd,
}

/// A picture whose verdict names another class than the label.
#[derive(Debug, Serialize)]
pub struct WrongVerdict {
    /// The actor whose set the picture is in.
    pub actor: ActorId,
    /// The file name of the picture.
    pub file: ImageName,
    /// The class that a person chose.
    pub human: ImageClass,
    /// The class of the verdict.
    pub verdict: ImageClass,
}

/// A labelled picture that could not be compared, or only in part.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    /// The actor of the label.
    pub actor: ActorId,
    /// The name of the picture in the label.
    pub picture: String,
    /// Why the picture was left out.
    pub reason: String,
}

/// Why a calibration has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// There are no labels to compare with.
    #[error("no labelled pictures to compare with")]
    NoLabels,
    /// No labelled picture could be judged; this is the first.
    #[error("none of the labelled pictures could be judged; {}/{}: {}", .0.actor, .0.picture, .0.reason)]
    NoneJudged(LeftOut),
}
