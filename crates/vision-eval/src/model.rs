//! The trait that vision models implement, with its questions and replies.

use crate::answer::Problem;
use crate::error::VisionError;
use crate::look::{LookKind, Repertoire, Shown};
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{ActorId, Digest, SheetNumber, Tokens, Usd};

/// The image that is sent: a JPEG of a sheet, or of a single picture, and its size.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetImage {
    /// The encoded JPEG.
    pub jpeg: Bytes,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl fmt::Debug for SheetImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            jpeg,
            width,
            height,
        } = self;
        // A sheet can be megabytes in size, too much for a log line.
        write!(f, "SheetImage({width}x{height}, {} bytes)", jpeg.len())
    }
}

/// An unusable answer and its problems, sent along when the model is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The text of the unusable answer.
    pub previous: String,
    /// What is wrong with the answer; never empty.
    pub problems: Vec<Problem>,
}

/// A question about one sheet, or about a single picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The actor the pictures belong to. Used in error messages and never sent.
    pub actor: ActorId,
    /// How the pictures are shown.
    pub look: LookKind,
    /// The sheet, or for a close look the picture.
    pub sheet: SheetImage,
    /// The pictures to judge, in ascending order of their numbers. Unreadable pictures are left
    /// out. For a close look: one picture with the number 1.
    pub pictures: Vec<Shown>,
    /// The unusable first answer; set only when the model is asked again.
    pub correction: Option<Correction>,
}

impl Question {
    /// The numbers to judge, in the order of [`Self::pictures`].
    pub fn numbers(&self) -> Vec<SheetNumber> {
        self.pictures.iter().map(|picture| picture.number).collect()
    }

    /// The digests of the pictures' files, in the order of [`Self::pictures`].
    pub fn digests(&self) -> Vec<Digest> {
        self.pictures.iter().map(|picture| picture.sha256).collect()
    }
}

/// A model's unchecked answer and what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer, unchanged.
    pub text: String,
    /// The model that answered, as reported by the server.
    pub model: String,
    /// The server's ID of the request, if it sent one.
    pub request_id: Option<String>,
    /// Tokens used, including those of a truncated first attempt.
    pub tokens: Tokens,
    /// Price of the tokens.
    pub cost: Usd,
}

/// Everything apart from the pictures that determines a model's answers. It is stored with each
/// evaluation; evaluations are comparable only if their identities are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// Whether the model is asked live or answers from a recording.
    pub kind: ModelKind,
    /// The model's name; for a replay, the folder of its recordings.
    pub model: String,
    /// The version of the prompts, [`PROMPT_VERSION`](crate::PROMPT_VERSION).
    pub prompt_version: String,
    /// The digest of the reply schemas, [`schema_digest`](crate::schema_digest).
    pub schema_digest: Digest,
}

/// Where a model's answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A service answers each question.
    Live,
    /// The answers were recorded earlier.
    Replay,
}

/// The expected cost of one question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Expected tokens, assuming that the service has none of them cached.
    pub tokens: Tokens,
    /// Expected price of the tokens.
    pub cost: Usd,
}

/// A model that looks at pictures and answers questions about them.
///
/// # Contract
/// - `ask` retries temporary failures itself. It returns a [`Reply`] for every answer, usable or
///   not; [`check_reply`](crate::check_reply) decides which it is.
/// - Any number of calls to `ask` may run at the same time. A rate limit that one call meets slows
///   down all of them.
/// - Every call to `ask` may cost money: a call that was dropped or timed out may still be charged.
/// - The error of a failed call includes what the call cost.
/// - `Display` names the model for people: `openai:gpt-4.1-mini`, `replay:DIR`.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait VisionModel: fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// Asks one question.
    ///
    /// # Errors
    /// If there is no answer. [`VisionError::stops_run`] tells whether every other actor would fail
    /// in the same way.
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError>;

    /// What determines the answers, apart from the pictures.
    fn identity(&self) -> ModelIdentity;

    /// Expected cost of a question about `pictures` pictures in an image of `width` by `height`
    /// pixels.
    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate;

    /// Which questions about an actor the model can answer; by default all of them. `ask` returns
    /// an error for any other question.
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
