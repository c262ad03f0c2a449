//! What can go wrong, by what is to be done about it.

use manifest::ManifestError;
use storage::{KeyError, ObjectUrlError, StoreError};
use tdbal_types::{ActorId, ImageName, Usd};

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
}

/// Why an actor was not done. The message of each begins with what the operator should look for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActorError {
    /// Data could not be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The output folder cannot be written.
    #[error(transparent)]
    Output(#[from] crate::output::OutputError),
    /// There is no usable actor manifest, and changes were asked for.
    #[error("Failed to load manifest of {actor}: {problem}; nothing was changed")]
    ActorManifest {
        /// The actor.
        actor: ActorId,
        /// What is wrong.
        problem: String,
    },
    /// There is no base image, and pictures are to be generated.
    #[error(
        "Base image not found for {actor}: looked for {looked_for}; nothing was removed. Put a picture \
         into actors/{actor}/base_image/ or correct base_images in its actor manifest"
    )]
    BaseImageMissing {
        /// The actor.
        actor: ActorId,
        /// Everywhere that was looked.
        looked_for: String,
    },
    /// The base image is there and cannot be used.
    #[error(
        "Base image not found for {actor}: {source_name} is no usable picture; nothing was removed"
    )]
    BaseImageUnusable {
        /// The actor.
        actor: ActorId,
        /// Which file or object it is.
        source_name: String,
        /// What is wrong with it.
        #[source]
        source: composite::PictureError,
    },
    /// The set could not be judged: nothing was touched.
    #[error("unassessed: {reason}")]
    Unassessed {
        /// Why.
        reason: String,
        /// What asking cost nevertheless.
        cost: Usd,
    },
    /// The set is no longer what was evaluated.
    #[error("{what} since it was evaluated; nothing was touched: run again")]
    SetChanged {
        /// What changed.
        what: String,
    },
    /// A picture's object is not the picture that its local copy is.
    #[error(
        "the object of {file} is another picture than its local copy; nothing was touched: delete \
         the one that is wrong"
    )]
    CopiesDiffer {
        /// The picture.
        file: ImageName,
    },
    /// The commit lost against another writer.
    #[error(
        "the training manifest was changed by someone else meanwhile, so the set was left as it is; \
         {kept} new pictures are in {folder}: run again"
    )]
    CommitLost {
        /// How many pictures had been generated and stored.
        kept: usize,
        /// Where they were put aside.
        folder: String,
    },
    /// It could not be found out whether there is a base image.
    #[error("the base image of {actor} could not be looked for ({problem}); nothing was removed")]
    BaseImageUnreachable {
        /// The actor.
        actor: ActorId,
        /// What went wrong.
        problem: String,
    },
    /// Not every wanted picture came.
    #[error(
        "{came} of {wanted} pictures came ({problem}); what came was kept, nothing was removed: run again for the rest"
    )]
    NotAllGenerated {
        /// How many were taken into the set.
        came: usize,
        /// How many were wanted.
        wanted: usize,
        /// What went wrong with the others.
        problem: String,
    },
    /// Some pictures could not be moved to the trash.
    #[error(
        "{} could not be removed and stay in the set ({problem}): run again",
        list(files)
    )]
    NotAllRemoved {
        /// The pictures.
        files: Vec<ImageName>,
        /// What went wrong, for the first of them.
        problem: String,
    },
    /// The change was made, and the actor manifest does not say so yet.
    #[error(
        "the set was changed, but the actor manifest could not be written: correct its training_data or restore it"
    )]
    ActorManifestWrite(#[source] DataError),
    /// A vision model or a generator stopped the whole run.
    #[error("{message}")]
    StopsRun {
        /// What the operator has to put right.
        message: String,
        /// What was spent on this actor before.
        cost: Usd,
    },
    /// The run was interrupted while the actor was in hand; it is whole.
    #[error("interrupted")]
    Interrupted,
    /// A worker died; the picture or actor in its hands is untouched.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

impl ActorError {
    /// What this failure cost.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Unassessed { cost, .. } | Self::StopsRun { cost, .. } => *cost,
            _ => Usd::ZERO,
        }
    }

    /// The error with its causes, in one line.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// An error with its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // The causes come from libraries, some of which write many lines.
        let words = cause.to_string();
        let cause_text = words.split_whitespace().collect::<Vec<_>>().join(" ");
        // Transparent wrappers repeat what they wrap.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

impl From<StoreError> for ActorError {
    fn from(error: StoreError) -> Self {
        Self::Data(error.into())
    }
}

impl From<KeyError> for ActorError {
    fn from(error: KeyError) -> Self {
        Self::Data(error.into())
    }
}

fn list(files: &[ImageName]) -> String {
    files
        .iter()
        .map(ImageName::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
