//! Judges the pictures of an actor, a character that a LoRA is trained on: loads the pictures, asks a
//! vision model about them, and decides which to keep, to remove and to generate.
//!
//! This crate reads the data and cannot change it: an [`EvaluationContext`] gives access to read-only
//! stores. The results, an [`Evaluation`] and its sheets and audit trail, are written to the output
//! folder.
//!
//! # Where to start reading
//! [`ActorEvaluator::evaluate`](evaluator::ActorEvaluator::evaluate) evaluates one actor, in this
//! order:
//! 1. [`pictures`] loads the pictures of the set and draws their sheet.
//!    [`sheet_placement`](pictures::placement::sheet_placement) says which picture is on which cell.
//! 2. `questions` asks the model what [`verdict::next_step`] wants to know, until nothing is left to
//!    ask.
//! 3. [`model`] caches answers, so none is paid for twice, and shows control sheets that reveal a model
//!    that answers without looking.
//! 4. [`evaluation`] combines the verdicts with their evidence and the plan, and writes the file.
//!
//! [`people`] adds what people said about the pictures: it overrides the model.

pub mod context;
pub mod error;
pub mod evaluation;
pub mod evaluator;
mod file_names;
pub mod model;
pub mod people;
pub mod pictures;
mod questions;
pub mod review_queue;
#[cfg(test)]
mod sample;
mod trail;

pub use context::{EvaluationContext, EvaluationSettings, LabelSource};
pub use error::EvaluationError;
pub use evaluation::Evaluation;
