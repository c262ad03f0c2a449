//! The plan of a run as a file, with what it is checked against and reported by: limits, budget,
//! settings and reports.
//!
//! This is a crate of its own, so a program can read, show and check plans without the code that
//! applies them. It reads and writes nothing.

pub mod budget;
pub mod limits;
pub mod plan;
pub mod report;
pub mod settings;

pub use budget::Budget;
pub use limits::{Breach, Breaches, Limits};
pub use plan::{
    ActorOutcome, ActorPlan, PLAN_SCHEMA_VERSION, PictureSnapshot, PlanSettings, PlanTotals,
    PlannedChange, RunPlan, RunPlanError, SetSnapshot,
};
pub use settings::{ExecutionSettings, LostOrders};
