//! Append-only logs and documents of runs, kept with the data that the runs are about, so that
//! whoever comes next, on this machine or another, can go on from them.
//!
//! What a record says is for others to decide: here it is one line of JSON with a number. Below the
//! root (`{data folder}/.tdbal`, or the same below a bucket's prefix):
//!
//! ```text
//! runs/{run}/documents/{name}                  whole documents of a run, written once
//! runs/{run}/actors/{actor}.jsonl              in a folder: one line for each record
//! runs/{run}/actors/{actor}/00000001.json      in a bucket: one object for each record, from 1
//! open/{actor}/{run}                           a marker: begun and not ended
//! state/{name}                                 what belongs to the data set and to no run
//! ```

mod store;

#[cfg(any(test, feature = "testing"))]
pub use store::conformance;
pub use store::{FolderJournals, JournalError, Journals, Moment, ObjectJournals, Tap, Tapped};
