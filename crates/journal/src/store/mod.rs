//! The `Journals` trait, its implementations for a folder and a bucket, and its test suite.

mod bucket;
mod error;
mod folder;
mod journals;
mod json_line;
mod layout;
mod objects;
mod tapped;

#[cfg(any(test, feature = "testing"))]
pub mod conformance;

pub use bucket::ObjectJournals;
pub use error::JournalError;
pub use folder::FolderJournals;
pub use journals::{JournalRead, Journals};
pub use tapped::{Moment, Tap, Tapped};
