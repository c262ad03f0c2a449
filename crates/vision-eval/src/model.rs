//! The contract of vision models, and what is said between them and their callers.

use crate::answer::Problem;
use crate::error::VisionError;
use crate::look::{LookKind, Repertoire, Shown};
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{ActorId, Digest, SheetNumber, Tokens, Usd};

/// A sheet, or a picture alone, as it is sent: a JPEG and its size in pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetImage {
    /// The JPEG's bytes.
    pub jpeg: Bytes,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

impl fmt::Debug for SheetImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            jpeg,
            width,
            height,
        } = self;
        write!(f, "SheetImage({width}x{height}, {} bytes)", jpeg.len())
    }
}

/// The last answer and what is wrong with it, told when a model is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The text of the last answer.
    pub previous: String,
    /// What is wrong with it; never empty.
    pub problems: Vec<Problem>,
}

/// A question about one sheet, or about one picture alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whose pictures they are; named in errors, never sent.
    pub actor: ActorId,
    /// How they are looked at.
    pub look: LookKind,
    /// The sheet; at a close look the picture.
    pub sheet: SheetImage,
    /// The pictures to judge: exactly the readable ones, ascending by number; at a close look one,
    /// whose number is 1.
    pub pictures: Vec<Shown>,
    /// Set when the model is asked again.
    pub correction: Option<Correction>,
}

impl Question {
    /// The numbers to judge, in the order of the pictures.
    pub fn numbers(&self) -> Vec<SheetNumber> {
        self.pictures.iter().map(|picture| picture.number).collect()
    }

    /// The pictures' digests, in the order of the pictures.
    pub fn digests(&self) -> Vec<Digest> {
        self.pictures.iter().map(|picture| picture.sha256).collect()
    }
}

/// A model's answer, unchecked, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer as it came.
    pub text: String,
    /// The model that the server says answered.
    pub model: String,
    /// The server's name for the request.
    pub request_id: Option<String>,
    /// All tokens that the answer took, those of a truncated first try included.
    pub tokens: Tokens,
    /// Their price.
    pub cost: Usd,
}

/// What decides about a model's answers, apart from the pictures. It is part of an evaluation and
/// of what "the same settings" means: two evaluations can be compared if it is equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// Asked now, or recorded.
    pub kind: ModelKind,
    /// The model's name; of a replay, where its recordings are.
    pub model: String,
    /// The version of the prompt.
    pub prompt_version: String,
    /// The digest of the answer's schema.
    pub schema_digest: Digest,
}

/// Where answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A service that is asked now.
    Live,
    /// Recorded answers.
    Replay,
}

/// What one question is expected to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Tokens; nothing is expected from the cache.
    pub tokens: Tokens,
    /// Their price.
    pub cost: Usd,
}

/// Something that looks at pictures and answers.
///
/// # Contract
/// - `ask` retries by itself what may pass, and returns a [`Reply`] for every answer that came,
///   usable or not: [`check_reply`](crate::check_reply) judges it.
/// - `ask` may run any number of times at once; a rate limit that one call meets slows all of them.
/// - `ask` is not idempotent in cost: a call that was dropped or timed out may still be charged.
/// - What a failed call cost is in its error.
/// - `Display` names the model for people: `openai:gpt-4.1-mini`, `replay:DIR`.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait VisionModel: fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// Asks about one sheet, or one picture alone.
    ///
    /// # Errors
    /// When no answer came. [`VisionError::stops_run`] tells whether other actors would fare
    /// better.
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError>;

    /// What decides about the answers.
    fn identity(&self) -> ModelIdentity;

    /// What one such look at so many pictures, in an image of this size in pixels, will take.
    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate;

    /// What it can be asked about an actor; everything, unless it says otherwise. What is asked
    /// beyond it fails like any question that has no answer.
    async fn repertoire(&self, actor: &ActorId) -> Repertoire {
        let _ = actor;
        Repertoire::Everything
    }
}

#[cfg(any(test, feature = "testing"))]
impl fmt::Display for MockVisionModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mock")
    }
}
