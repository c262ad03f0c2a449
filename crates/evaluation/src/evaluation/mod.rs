//! The evaluation of an actor: the verdict on each picture, the evidence, and the plan that follows.

mod conclude;
mod files;
mod picture;
mod record;
mod stored;

pub(crate) use conclude::{Inputs, conclude};
pub(crate) use files::write_evaluation;
pub use files::{disbelieve_evaluation, read_evaluation};
pub use picture::{EvaluatedPicture, JudgedPicture};
pub use record::{Evaluation, SCHEMA_VERSION};
