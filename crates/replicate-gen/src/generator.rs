//! The contract of what generates pictures.

use crate::error::GenerateError;
use crate::lost_order::{LostOrder, Whereabouts};
use crate::started::Started;
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{ActorId, ImageClass, PredictionId, Prompt, Usd};

/// What a picture is generated from.
#[derive(Debug, Clone)]
pub struct GenerationRequest {
    /// The actor that it shows.
    pub actor: ActorId,
    /// The class that it is meant to be of.
    pub class: ImageClass,
    /// Which attempt at a picture of this class this is, for this actor in this run, from 1. It
    /// goes up with every attempt: one that replaces a picture which was refused or was no good has
    /// the next number, never that picture's.
    pub ordinal: u32,
    /// The prompt.
    pub prompt: Prompt,
    /// The seed, from 0 to 2^31 - 1 ([`seed_for`](crate::seed_for)); left out where the model takes
    /// none.
    pub seed: u64,
    /// The base picture, as JPEG.
    pub base_image: Bytes,
}

impl GenerationRequest {
    /// The picture's name in messages: `bw_stylized picture 2 of 0004_european_35_male`.
    pub fn picture(&self) -> String {
        format!("{} picture {} of {}", self.class, self.ordinal, self.actor)
    }
}

/// A picture that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The file, as it came: not decoded, not looked at.
    pub bytes: Bytes,
    /// The prediction that it came from.
    pub id: PredictionId,
    /// The model that made it.
    pub model: String,
    /// What it cost.
    pub cost: Usd,
}

/// Whether pictures are made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratorKind {
    /// Made by a service, for money.
    Live,
    /// Read from a folder of recorded pictures.
    Replay,
}

/// What made a picture, for records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratorIdentity {
    /// Whether it was made or read.
    pub kind: GeneratorKind,
    /// The model's name.
    pub model: String,
}

/// Generates pictures of an actor.
///
/// # Contract
/// - [`start`](Self::start) orders and pays one picture and returns as soon as the prediction has a
///   name; [`finish`](Self::finish) waits for it and brings it. They are two calls so that the name
///   can be written down between them, and nothing is paid twice after a crash.
/// - `start` is never repeated blindly, neither by an implementation nor by a caller: where it fails
///   with [`GenerateError::MaybeCreated`], or is dropped before it returns, a prediction may exist
///   and be billed. Every other error of `start` means that nothing was ordered.
/// - `finish` may be called any number of times, at once or later, from any process, and dropped at
///   any time; it never pays. A service keeps a picture for a limited time only (Replicate for an
///   hour), after which it fails with [`GenerateError::OutputGone`].
/// - [`find`](Self::find) tells what became of an order without an answer. It reads one listing,
///   whole or not at all, and never pays. What follows is the caller's: only
///   [`Whereabouts::Found`], which is a unique match, may be taken up; the picture may be ordered
///   anew only when two listings, the second at least a minute after the first, both say
///   [`Whereabouts::Absent`], since a prediction may be listed later than it was taken; everything
///   else is for a person to decide.
/// - Calls may run at the same time; none waits for another but by a rate limit that all share.
/// - The bytes that `finish` returns are what the service sent. They may be no picture at all.
/// - `Display` names the implementation and its model or folder, and no secret.
///
/// # Example: a caller's test
/// With the feature `testing` there is a mock:
/// ```
/// # #[cfg(feature = "testing")] {
/// use replicate_gen::{ImageGenerator, MockImageGenerator};
/// use tdbal_types::Usd;
///
/// let mut generator = MockImageGenerator::new();
/// generator.expect_price().return_const(Usd::from_dollars(0.04));
/// assert_eq!(generator.price() * 3, Usd::from_dollars(0.12));
/// # }
/// ```
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ImageGenerator: fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// Orders a picture, and pays for it.
    ///
    /// # Errors
    /// [`GenerateError::MaybeCreated`] where it is not known whether it was ordered; any other
    /// error where it was not.
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError>;

    /// Waits for a picture that was ordered, and brings it.
    ///
    /// # Errors
    /// When the prediction failed, was refused or stopped, takes too long, or its output is gone or
    /// cannot be fetched.
    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError>;

    /// Looks for a prediction whose order got no answer, in one whole listing of the service. Never
    /// pays, and never orders.
    ///
    /// # Errors
    /// When the listing could not be read to its end: such a one says nothing.
    async fn find(&self, lost: &LostOrder) -> Result<Whereabouts, GenerateError>;

    /// What one picture costs.
    fn price(&self) -> Usd;

    /// What makes the pictures.
    fn identity(&self) -> GeneratorIdentity;
}

#[cfg(any(test, feature = "testing"))]
impl fmt::Display for MockImageGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mocked generator")
    }
}

#[cfg(test)]
mod tests;
