//! Asks a vision model about a numbered sheet of pictures, or about a single picture, and checks
//! the answer before anything relies on it.
//!
//! [`assess`] covers one question from start to end: it asks a [`VisionModel`], checks the answer
//! with [`check_reply`] and, if the answer is unusable, asks once more and tells the model what was
//! wrong. What the model says about the set as a whole (counts, what to delete) is recorded but
//! never acted on; [`discrepancies`] lists where it contradicts the model's own answers about
//! single pictures.
//!
//! Models: [`Replay`] answers from recorded replies, [`Recorder`] wraps any other model and records
//! its replies. With the feature `http`, [`openai::OpenAi`] talks to any server that implements
//! OpenAI's chat completions API. The feature `testing` exports a mock.

mod answer;
mod assess;
mod error;
mod look;
mod model;
mod prompt;
mod recording;
mod schema;
mod settings;

#[cfg(feature = "http")]
pub mod openai;

pub use answer::{
    Answer, CheckedReply, ClassBalance, Discrepancy, ModelOpinion, Problem, check_reply,
    discrepancies, discrepancies_against,
};
pub use assess::{AssessError, Assessment, ReplyRecord, assess};
pub use error::{ActorFailure, Spent, StopCause, VisionError};
pub use look::{LookKind, Repertoire, Shown};
#[cfg(any(test, feature = "testing"))]
pub use model::MockVisionModel;
pub use model::{
    Correction, Estimate, ModelIdentity, ModelKind, Question, Reply, SheetImage, VisionModel,
};
pub use prompt::{PROMPT_VERSION, system_prompt, user_text};
pub use recording::{Recorder, Replay};
pub use schema::{reply_schema, schema_digest};
pub use settings::{
    Detail, ImageTokenRule, MAX_PATCHES, ModelOverrides, ModelSettings, Prices, Supports,
};
