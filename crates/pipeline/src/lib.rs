//! Plans, executes and resumes runs over many actors.
//!
//! A run has two halves. [`plan`] evaluates every actor and decides what to change; it gets an
//! [`EvaluationContext`](evaluation::EvaluationContext) and cannot change the data. [`apply`] makes the
//! changes of a plan, and [`execute`] does both. [`resume()`] finishes an interrupted run, and
//! [`calibrate`] measures how far the model can be trusted.

pub mod calibrate;
pub mod estimate;
pub mod history;
mod plan_actor;
mod plan_run;
pub mod prepare;
mod prompts;
pub mod resume;
pub mod run;
pub mod unfinished;

pub use estimate::{CostEstimate, estimate};
pub use history::{HistoryLine, HistoryQuery, RunLine, history, runs};
pub use plan_run::{Resume, RunRequest};
pub use prepare::{BucketReason, ServiceNeeds};
pub use resume::resume;
pub use run::{apply, check_budget, execute, plan};
pub use unfinished::{UnfinishedRun, find_unfinished, list_unfinished, unfinished_runs};
