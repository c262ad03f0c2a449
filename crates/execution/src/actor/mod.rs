//! One actor's part of a run: executes what the plan asks for, from wherever an earlier attempt left
//! it.

pub mod entries;
pub mod execution;
pub mod plan_decision;

pub use execution::{ActorExecution, Executed, record_failure};
