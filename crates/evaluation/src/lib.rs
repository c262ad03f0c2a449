//! Judges the pictures of an actor: loads them, asks the vision model, and decides which stay and
//! what is missing.
//!
//! Everything here reads the data through an [`EvaluationContext`] and cannot change it; what it
//! concludes is an [`Evaluation`](evaluation::Evaluation) in the output folder.

pub mod context;
pub mod error;
pub mod evaluation;
pub mod evaluator;
pub mod model;
pub mod people;
pub mod pictures;
pub mod questions;
pub mod review_queue;
pub mod trail;

pub use context::{EvaluationContext, EvaluationSettings, LabelSource};
pub use error::EvaluationError;
pub use evaluation::Evaluation;
