//! The plan of a run as a file, and the limits that it is checked against before anything is changed.
//!
//! A crate of its own, so that a program can read, show and check plans without the code that applies
//! them. Pure: it reads and writes nothing.

pub mod limits;
pub mod plan;

pub use limits::{Breach, Breaches, Limits};
pub use plan::{
    ActorOutcome, ActorPlan, PLAN_SCHEMA_VERSION, PictureSnapshot, PlanSettings, PlanTotals,
    PlannedChange, RunPlan, RunPlanError, SetSnapshot,
};
