//! Why the output folder cannot be used.

use std::io;
use std::path::PathBuf;
use storage::StoreError;

/// Why the output folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file could not be read or written.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file is not what it should be.
    #[error("{} is no progress file: repair it, or start anew with --reset-progress", path.display())]
    Progress {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A value could not be written as JSON.
    #[error("cannot write {name} as JSON")]
    Json {
        /// The file's name.
        name: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// Another run writes to the folder.
    #[error("another tdbal is using {}: wait for it to end, or choose another --output-dir", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}
