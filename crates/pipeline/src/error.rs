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
    /// The journals of runs cannot be read or written.
    #[error(transparent)]
    Record(#[from] crate::actor_journal::RecordError),
    /// The locks cannot be asked.
    #[error(transparent)]
    Lock(actor_lock::LockError),
    /// The journal of an unfinished run cannot be read, so that it is not known which of the actor's
    /// files belong to its set.
    #[error("{problem}")]
    Journal {
        /// What is wrong.
        problem: String,
    },
    /// A document of the data set cannot be used.
    #[error("{place}: {name} is damaged: restore it, or move it away if nothing of it is wanted")]
    State {
        /// Its name.
        name: &'static str,
        /// Where the journals are.
        place: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

impl From<actor_lock::LockError> for DataError {
    fn from(error: actor_lock::LockError) -> Self {
        Self::Lock(error)
    }
}

impl From<journal::JournalError> for DataError {
    fn from(error: journal::JournalError) -> Self {
        Self::Record(error.into())
    }
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
    /// The set was changed by somebody else while pictures were made for it.
    #[error(
        "{what} meanwhile, so the set was left as it is; {kept} new pictures are in {folder}: run again"
    )]
    CommitLost {
        /// What changed.
        what: String,
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
    /// Some local copies could not be fetched.
    #[error(
        "{} could not be fetched ({problem}): run tdbal doctor --fix again",
        list(files)
    )]
    NotAllFetched {
        /// The pictures.
        files: Vec<ImageName>,
        /// What went wrong, for the first of them.
        problem: String,
    },
    /// A person said while pictures were made that something must stay.
    #[error("{what} meanwhile: nothing was removed; what was generated is in the set: run again")]
    Protected {
        /// What was said.
        what: String,
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
        "the set was changed, but the actor manifest could not be written yet: tdbal resume writes it"
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
    /// Something that is paid for, or begun, cannot be brought to its end now.
    #[error("{what}; {next}")]
    Unfinished {
        /// What stands in the way.
        what: String,
        /// What to do.
        next: String,
    },
    /// An earlier attempt ended like this.
    #[error("{0}")]
    Earlier(String),
    /// Another run left the actor unfinished.
    #[error("run {run} left this actor unfinished: finish it first with tdbal resume {run}")]
    OtherRun {
        /// That run.
        run: tdbal_types::RunId,
    },
    /// Another run works on the actor, or the lock was lost.
    #[error(transparent)]
    Lock(#[from] actor_lock::LockError),
    /// A limit for single actors is passed.
    #[error("{0}; nothing was touched")]
    Limit(String),
    /// The listing of the actor's files lost more than half since the last run.
    #[error(
        "it had {before} picture files when the last run ended and the listing names {now}: that is \
         more likely a fault of the store than a wish, so nothing was touched; check it, or say \
         --allow-shrunk-listing"
    )]
    ListingShrank {
        /// How many files there were.
        before: usize,
        /// How many there are.
        now: usize,
    },
    /// The run was interrupted while the actor was in hand; it is whole.
    #[error("interrupted")]
    Interrupted,
    /// A worker died; the picture or actor in its hands is untouched.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

impl ActorError {
    /// The same, of one picture that was looked at alone.
    pub(crate) fn about(self, picture: &ImageName) -> Self {
        match self {
            Self::Unassessed { reason, cost } => Self::Unassessed {
                reason: format!("{picture} was looked at alone: {reason}"),
                cost,
            },
            other => other,
        }
    }

    /// What this failure cost.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Unassessed { cost, .. } | Self::StopsRun { cost, .. } => *cost,
            _ => Usd::ZERO,
        }
    }

    /// Whether the actor's part of the run goes on later: what is paid for or begun is not given up.
    pub(crate) fn leaves_open(&self) -> bool {
        match self {
            Self::Unfinished { .. }
            | Self::ActorManifestWrite(_)
            | Self::BaseImageUnreachable { .. }
            | Self::StopsRun { .. }
            | Self::Lock(_)
            | Self::Interrupted
            | Self::Internal(_)
            | Self::Output(_) => true,
            Self::Data(error) => {
                !matches!(error, DataError::Manifest { .. } | DataError::Url { .. })
            }
            _ => false,
        }
    }

    /// Whether the actor's part of the run is over although something of it could not be done.
    pub(crate) fn ends_a_commit(&self) -> bool {
        matches!(
            self,
            Self::NotAllRemoved { .. } | Self::NotAllGenerated { .. } | Self::Protected { .. }
        )
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

impl From<crate::actor_journal::RecordError> for ActorError {
    fn from(error: crate::actor_journal::RecordError) -> Self {
        Self::Data(error.into())
    }
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
