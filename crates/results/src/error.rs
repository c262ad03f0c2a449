//! Errors of the output folder.

use std::io;
use std::path::PathBuf;
use storage::StoreError;

/// Why the output folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file or folder could not be opened, written or locked.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// The failed operation, as a verb.
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A file could not be read, written, deleted or listed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A progress file exists and is not valid.
    #[error(
        "cannot read the progress file {}: repair it, or start over with --reset-progress",
        path.display()
    )]
    Progress {
        /// The progress file.
        path: PathBuf,
        /// The parser's error.
        #[source]
        source: serde_json::Error,
    },
    /// A value could not be serialised as JSON.
    #[error("cannot write {name} as JSON")]
    Json {
        /// The name of the file that was about to be written.
        name: String,
        /// The serialiser's error.
        #[source]
        source: serde_json::Error,
    },
    /// Another run holds the lock of the folder.
    #[error(
        "another run is using {}: wait until it ends, or choose another --output-dir",
        path.display()
    )]
    InUse {
        /// The output folder.
        path: PathBuf,
    },
}
