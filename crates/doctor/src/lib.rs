//! Checks a data set for problems and fixes what can be fixed.
//!
//! [`examine`] compares manifests, folder and buckets, and looks at what runs left behind. Its
//! result is a list of [`Finding`]s, each with advice on what to do. Whatever can be fixed without
//! removing a picture goes into a [`FixPlan`], which [`fix`] executes with the same journal and the
//! same commit protocol as a run.
//!
//! The caller provides the clients of services and the paths of folders. What their answers mean is
//! decided by [`check_model_end`], [`check_region`], [`check_conditions`], [`check_writable`],
//! [`check_space`] and [`half_written`].

mod diagnose;
mod examine;
mod facts;
mod finding;
mod fix;
pub mod fix_actor;
mod fix_plan;
mod folders;
mod messages;
mod objects;
mod read;
mod runs;
mod services;

pub use examine::{Buckets, Diagnosis, Offline, Scope, examine, named_buckets};
pub use facts::Depth;
pub use finding::{Finding, Group, Problem, Severity};
pub use fix::{ActorFixed, FixReport, fix, resume, resume_all, unfinished_fixes};
pub use fix_plan::{ActorFix, Adopt, FIX_SCHEMA_VERSION, Fetch, FixPlan, OpenMarker};
pub use folders::{check_space, check_writable, existing, half_written};
pub use services::{check_conditions, check_model_end, check_region};

#[cfg(test)]
mod test_facts;
