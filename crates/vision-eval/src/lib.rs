//! Asks a vision model about a numbered sheet of pictures, or about one picture alone, and checks its
//! answer before anything is built on it.
//!
//! [`assess`] is the whole of it: one question to a [`VisionModel`], [`check_reply`], and one more
//! question with the problems told where the answer was unusable. What the model says about the
//! set as a whole is kept as its opinion and never obeyed; [`discrepancies`] lists where it
//! contradicts the model's own answers picture by picture.
//!
//! Models: [`Replay`] reads recorded replies, and [`Recorder`] records those of any other; with the feature `http`, [`openai::OpenAi`] asks any
//! server that speaks OpenAI's chat completions. The feature `testing` exports a mock.

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
