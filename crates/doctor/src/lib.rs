//! Looks whether everything is as it should be: manifests against folder against bucket, and what
//! runs left behind. What it finds is a list of [`Finding`]s, each of which says what to do; what can
//! be mended without taking a picture away is a [`FixPlan`], which [`fix`] carries out by the same
//! journal and the same commit as a run.
//!
//! Services and folders are asked by whoever has their clients and paths; what their answers mean is
//! said by [`check_model_end`], [`check_region`], [`check_conditions`], [`check_writable`],
//! [`check_space`] and [`half_written`].

pub mod diagnose;
pub mod examine;
pub mod facts;
pub mod finding;
pub mod fix;
pub mod fix_actor;
pub mod fix_plan;
pub mod folders;
pub mod messages;
pub mod objects;
pub mod runs;
pub mod services;

pub use examine::{Buckets, Diagnosis, Offline, Scope, examine, named_buckets};
pub use facts::Depth;
pub use finding::{Finding, Group, Problem, Severity};
pub use fix::{ActorFixed, FixReport, fix, go_on, resume, unfinished_fixes};
pub use fix_plan::{ActorFix, Adopt, FIX_SCHEMA_VERSION, Fetch, FixPlan, OpenMarker};
pub use folders::{check_space, check_writable, existing, half_written};
pub use services::{check_conditions, check_model_end, check_region};
