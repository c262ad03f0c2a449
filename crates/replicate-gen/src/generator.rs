//! The interface of image generators.

use crate::error::GenerateError;
use crate::lost_order::{LostOrder, Whereabouts};
use crate::started::Started;
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{ActorId, ImageClass, PredictionId, Prompt, Usd};

/// What to generate one picture from.
#[derive(Debug, Clone)]
pub struct GenerationRequest {
    /// The actor that the picture shows.
    pub actor: ActorId,
    /// The class that the picture should have.
    pub class: ImageClass,
    /// The number of this attempt at a picture of this class, for this actor in this run, from 1.
    /// It increases with every attempt: a replacement for a rejected or unusable picture gets the
    /// next number, never the number of the picture it replaces.
    pub ordinal: u32,
    /// The prompt to send.
    pub prompt: Prompt,
    /// The seed, from 0 to 2^31 - 1 ([`seed_for`](crate::seed_for)). It is not sent to models that
    /// take no seed.
    pub seed: u64,
    /// The picture that shows the actor's identity, as a JPEG file.
    pub base_image: Bytes,
}

impl GenerationRequest {
    /// Returns the picture's name for messages: `bw_stylized picture 2 of 0004_european_35_male`.
    pub fn picture(&self) -> String {
        format!("{} picture {} of {}", self.class, self.ordinal, self.actor)
    }
}

/// A generated picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The file as the service sent it, neither decoded nor checked.
    pub bytes: Bytes,
    /// The prediction that made the picture.
    pub id: PredictionId,
    /// The name of the model that made the picture.
    pub model: String,
    /// What the picture cost, in US dollars.
    pub cost: Usd,
}

/// Whether pictures are generated or read from recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratorKind {
    /// A service generates the pictures, for money.
    Live,
    /// The pictures are read from a folder of recorded pictures.
    Replay,
}

/// Which generator and model made a picture, for records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratorIdentity {
    /// Whether the picture was generated or read from a recording.
    pub kind: GeneratorKind,
    /// The name of the model.
    pub model: String,
}

/// Generates pictures of an actor.
///
/// # Contract
/// - [`start`](Self::start) orders and pays for one picture and returns as soon as the prediction
///   has an ID; [`finish`](Self::finish) waits for the picture and returns it. They are separate
///   calls to let the caller record the ID in between; without that record a crash would mean
///   paying twice.
/// - `start` is never retried blindly, neither by an implementation nor by a caller: if it fails
///   with [`GenerateError::MaybeCreated`], or is dropped before it returns, a prediction may exist
///   and be billed. Every other error of `start` means that nothing was ordered.
/// - `finish` can be called any number of times, now or later, from any process, and dropped at any
///   time; it never pays. A service stores a picture for a limited time only (Replicate for an
///   hour); after that, `finish` fails with [`GenerateError::OutputGone`].
/// - [`find`](Self::find) looks up what became of an order that got no response. It reads one
///   complete listing or fails, and never pays. The caller decides what to do with the answer: it
///   may adopt a prediction only on [`Whereabouts::Found`], which is a unique match; it may order
///   the picture again only when two listings, at least a minute apart, both return
///   [`Whereabouts::Absent`], because a prediction may be listed later than it was created;
///   anything else needs a person.
/// - Calls can run concurrently. None waits for another, except for a rate limit that all share.
/// - `finish` returns the bytes that the service sent. They may not be a picture at all.
/// - `Display` names the implementation and its model or folder, and no secret.
///
/// # Example
/// The feature `testing` provides a mock for callers' tests:
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
    /// Orders a picture and pays for it.
    ///
    /// # Errors
    /// [`GenerateError::MaybeCreated`] when it is not known whether the picture was ordered; any
    /// other error when it was not.
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError>;

    /// Waits for an ordered picture and downloads it.
    ///
    /// # Errors
    /// When the prediction failed, was rejected or stopped, takes too long, or its output is gone
    /// or cannot be downloaded.
    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError>;

    /// Searches one complete listing of the service's predictions for an order that got no
    /// response. Never orders or pays.
    ///
    /// # Errors
    /// When the listing cannot be read to its end; a partial listing proves nothing.
    async fn find(&self, lost: &LostOrder) -> Result<Whereabouts, GenerateError>;

    /// Returns the price of one picture, in US dollars.
    fn price(&self) -> Usd;

    /// Returns which generator and model make the pictures, for records.
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
