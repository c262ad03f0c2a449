//! Why data could not be read or written.

use manifest::ManifestError;
use storage::{KeyError, ObjectUrlError, StoreError};
use tdbal_types::{ActorId, ImageName};

/// Why data could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An object's address cannot be used.
    #[error("cannot use the address {url:?}")]
    Url {
        /// The address, as the manifest has it.
        url: String,
        /// What is wrong with it.
        #[source]
        source: ObjectUrlError,
    },
    /// A name cannot be a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A manifest cannot be used.
    #[error("Failed to load manifest {key}")]
    Manifest {
        /// The manifest, as its key in the data folder.
        key: String,
        /// What is wrong with it.
        #[source]
        source: ManifestError,
    },
    /// The journals of runs cannot be read or written.
    #[error(transparent)]
    Record(#[from] journal::run::RecordError),
    /// The journal of an unfinished run cannot be read, so that it is not known which of the actor's
    /// files belong to its set.
    #[error("{problem}")]
    Journal {
        /// What is wrong.
        problem: String,
    },
    /// A shared document of the data set cannot be used.
    #[error(transparent)]
    Document(#[from] journal::run::DocumentError),
    /// A picture has neither a local copy nor an object.
    #[error(
        "{file} has no local copy and the training manifest names no object for it; put the file back \
         or take its entry out"
    )]
    NoSource {
        /// The picture.
        file: ImageName,
    },
    /// There is no usable actor manifest, and changes were asked for.
    #[error("Failed to load manifest of {actor}: {problem}; nothing was changed")]
    ActorManifest {
        /// The actor.
        actor: ActorId,
        /// What is wrong.
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
