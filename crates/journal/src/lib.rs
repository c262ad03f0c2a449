//! Append-only logs and documents of runs, stored beside the data that the runs change.
//!
//! A run writes every step to a log before it takes the step, one log per actor (a character that a
//! LoRA is trained on). After a crash another process, on this machine or on another, reads the log
//! and finishes the run.
//!
//! This crate does not interpret records: a record is one line of JSON with a number. Below the
//! root (`{data folder}/.tdbal`, or the same path below a bucket's prefix) the layout is:
//!
//! ```text
//! runs/{run}/documents/{name}                  documents of a run, each written once
//! runs/{run}/actors/{actor}.jsonl              folder: one line per record
//! runs/{run}/actors/{actor}/00000001.json      bucket: one object per record, numbered from 1
//! open/{actor}/{run}                           marker: the run has not finished this actor
//! state/{name}                                 documents of the data set that outlive runs
//! ```

pub mod run;
mod store;

#[cfg(any(test, feature = "testing"))]
pub use store::conformance;
pub use store::{
    FolderJournals, JournalError, JournalRead, Journals, Moment, ObjectJournals, Tap, Tapped,
};
