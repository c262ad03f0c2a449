//! Errors of reading and writing the data set.

use manifest::ManifestError;
use storage::{KeyError, ObjectUrlError, StoreError};
use tdbal_types::{ActorId, ImageName};

/// Why data could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or object could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address of an object is invalid.
    #[error("cannot use the address {url:?}")]
    Url {
        /// The address in the manifest, without query, user name and password.
        url: String,
        /// Why the address is invalid.
        #[source]
        source: ObjectUrlError,
    },
    /// A name cannot be part of an object key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A manifest is invalid.
    #[error("Failed to load manifest {key}")]
    Manifest {
        /// The key of the manifest in the data folder.
        key: String,
        /// Why the manifest is invalid.
        #[source]
        source: ManifestError,
    },
    /// The journal of a run could not be read or written.
    #[error(transparent)]
    Record(#[from] journal::run::RecordError),
    /// The journal of an unfinished run could not be read, so it is unknown which of the actor's files
    /// belong to its set.
    #[error("{problem}")]
    Journal {
        /// The error and its causes.
        problem: String,
    },
    /// A document of the data set, such as the labels, could not be read or written.
    #[error(transparent)]
    Document(#[from] journal::run::DocumentError),
    /// A picture has neither a local copy nor an object.
    #[error(
        "{file} has no local copy, and the training manifest lists no object for it: restore the file or \
         remove its entry"
    )]
    NoSource {
        /// The file name of the picture.
        file: ImageName,
    },
    /// The set cannot be changed because its actor manifest is missing or unusable.
    #[error("Failed to load manifest of {actor}: {problem}; nothing was changed")]
    ActorManifest {
        /// The actor whose set was about to be changed.
        actor: ActorId,
        /// Why the actor manifest cannot be used.
        problem: String,
    },
}

impl From<journal::JournalError> for DataError {
    fn from(error: journal::JournalError) -> Self {
        Self::Record(error.into())
    }
}

impl From<journal::run::open_runs::OpenRunsError> for DataError {
    fn from(error: journal::run::open_runs::OpenRunsError) -> Self {
        match error {
            journal::run::open_runs::OpenRunsError::Record(error) => Self::Record(error),
            journal::run::open_runs::OpenRunsError::Document(error) => Self::Document(error),
            error => Self::Journal {
                problem: tdbal_types::chain(&error),
            },
        }
    }
}
