//! Errors of journals, grouped by how the caller has to react.

use storage::{KeyError, StoreError};

/// Why reading or writing a journal failed. Every message names the affected log or place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The log already has another record with this number. Nothing was written.
    #[error(
        "{log}: record {number} already exists with different content: another run is writing to \
         this log; leave the actor alone and check what that run is doing"
    )]
    Taken {
        /// Name of the log.
        log: String,
        /// Number of the record, from 1.
        number: u64,
    },
    /// The record before this one does not exist. Nothing was written.
    #[error(
        "{log}: cannot append record {number}, the log ends at record {held}: records were removed; \
         restore the log, then resume the run"
    )]
    Gap {
        /// Name of the log.
        log: String,
        /// Number of the rejected record, from 1.
        number: u64,
        /// Number of records in the log.
        held: u64,
    },
    /// A record is corrupt or missing. Records after it cannot be trusted either.
    #[error(
        "{log}: record {line} is corrupt or missing; restore the log from a backup, or check the \
         actor by hand"
    )]
    Corrupt {
        /// Name of the log.
        log: String,
        /// Number of the record, from 1; in a file also its line number.
        line: u64,
    },
    /// The bytes are not a valid record. Nothing was written.
    #[error("{log}: record {number} is invalid: {problem}")]
    NotARecord {
        /// Name of the log.
        log: String,
        /// Number of the record; valid numbers start at 1.
        number: u64,
        /// The rule that the record violates.
        problem: &'static str,
    },
    /// The state document no longer has the version that the caller read. Nothing was written.
    #[error("{place}: {name} was changed by someone else in the meantime; read it again and retry")]
    Changed {
        /// Where the journals are stored.
        place: String,
        /// Name of the state document.
        name: String,
    },
    /// The name of a document, state document, run or actor cannot be part of an object key.
    #[error("{place}: the name cannot be used as an object key")]
    Name {
        /// Where the journals are stored.
        place: String,
        /// Why the key is invalid.
        #[source]
        source: KeyError,
    },
    /// A file operation failed. After a failed append the log is unchanged.
    #[error(
        "cannot {operation} {log}: check free disk space and the permissions of the folder, then run \
         again"
    )]
    File {
        /// Path of the log or folder.
        log: String,
        /// The failed operation, as a verb.
        operation: &'static str,
        /// Error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// An object store operation failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl JournalError {
    /// Maximum size of a record in bytes (16 MiB). A record describes one step and is far smaller;
    /// a larger one is a bug.
    pub const MAX_RECORD: u64 = 16 << 20;

    /// Whether another process wrote to the log or changed the state document.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Taken { .. } | Self::Changed { .. })
    }

    /// Whether retrying the same call may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
