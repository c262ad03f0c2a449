//! What can go wrong with a journal, by what the caller can do about it.

use storage::{KeyError, StoreError};

/// Why something could not be written to or read from the journals. Every variant names the place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The log goes on with another record at that number. Nothing was written.
    #[error(
        "{log}: record {number} is there already with other content: another run goes on with this \
         log; do nothing more to the actor and look at what that run does"
    )]
    Taken {
        /// The log.
        log: String,
        /// Number of the record, from 1.
        number: u64,
    },
    /// The record before this one is not there. Nothing was written.
    #[error(
        "{log}: cannot append record {number}, the log has only {held}: records were taken away; \
         restore the log before this run goes on"
    )]
    Gap {
        /// The log.
        log: String,
        /// Number of the record that was to be appended, from 1.
        number: u64,
        /// How many records the log is known to have.
        held: u64,
    },
    /// A record in the log is broken, or lacks. What stands after it cannot be trusted either.
    #[error(
        "{log}: record {line} is broken or missing: restore the log from a copy, or look after the \
         actor by hand"
    )]
    Corrupt {
        /// The log.
        log: String,
        /// Number of the record, from 1, which is its line in a file.
        line: u64,
    },
    /// The bytes are no record. Nothing was written.
    #[error("{log}: record {number} was refused: {problem}")]
    NotARecord {
        /// The log.
        log: String,
        /// Number of the record, from 1.
        number: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The state is no longer in the version that the caller saw. Nothing was written.
    #[error("{place}: {name} was changed by someone else meanwhile: read it and decide again")]
    Changed {
        /// Where the journals are kept.
        place: String,
        /// Name of the state.
        name: String,
    },
    /// A name of a document, state, run or actor that cannot stand in a key.
    #[error("{place}: nothing can be kept under this name")]
    Name {
        /// Where the journals are kept.
        place: String,
        /// What is wrong with it.
        #[source]
        source: KeyError,
    },
    /// The file system refused. After a failed append the log is as it was.
    #[error(
        "cannot {operation} {log}: check that the disk has room and the folder may be written to, \
         then run again"
    )]
    File {
        /// The log, or the folder.
        log: String,
        /// What was tried, as a verb.
        operation: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl JournalError {
    /// The largest record in bytes. A record tells of one step; more than this is a mistake.
    pub const MAX_RECORD: u64 = 16 << 20;

    /// Whether somebody else goes on with the log or changed the state meanwhile.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Taken { .. } | Self::Changed { .. })
    }

    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
