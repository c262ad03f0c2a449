//! Plans, executes and resumes runs over many actors.
//!
//! A run has two halves. [`plan`] looks at every actor and decides; it is handed an
//! [`EvaluationContext`](evaluation::EvaluationContext) and cannot change the data. [`apply`] carries a
//! plan out; [`execute`] does both. What an interrupted run left is finished by [`resume`].

pub mod estimate;
pub mod history;
pub mod plan_actor;
pub mod plan_run;
pub mod prompts;
pub mod resume;
pub mod run;

pub use estimate::{CostEstimate, estimate};
pub use history::{HistoryLine, HistoryQuery, RunLine, history, runs};
pub use plan_run::{Resume, RunRequest};
pub use resume::{resume, unfinished_runs};
pub use run::{apply, check_budget, execute, plan};
