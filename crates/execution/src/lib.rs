//! Changes pictures and manifests as a plan says, and undoes it.
//!
//! Besides `doctor` this is the only crate with a writable data folder.

pub mod actor;
pub mod apply;
pub mod data_folder;
pub mod driver;
pub mod error;
pub mod executor;
pub mod generation;
pub mod stored_plan;
pub mod transaction;
pub mod trash;
pub mod undo;

pub use data_folder::{BucketLocks, DataFolder};
pub use error::{ExecutionError, RunError};
pub use executor::{Executor, Process};
pub use run_plan::settings::{ExecutionSettings, LostOrders};
