//! What can be found wrong: how bad it is, what it is about, and what to do.

use jiff::civil::Date;
use serde::Serialize;
use std::fmt;
use tdbal_types::{ActorId, Digest, ImageName, RunId};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something is lost or cannot be done until it is put right.
    Error,
    /// It works, and should be put right.
    Warning,
    /// It is as it may be; a person may want to know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// What kind of thing a finding is about, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The services that judge and make pictures.
    Services,
    /// Buckets.
    Buckets,
    /// Folders of this machine.
    Folders,
    /// Runs and their journals and locks.
    Runs,
    /// Actors.
    Actors,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Services => "Services",
            Self::Buckets => "Buckets",
            Self::Folders => "Folders",
            Self::Runs => "Runs",
            Self::Actors => "Actors",
        })
    }
}

/// One thing that was found. Its `Display` says what is wrong; as JSON it has everything that can be
/// said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The actor, where it is about one.
    pub actor: Option<ActorId>,
    /// What it is.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The key of a service is not set.
    KeyMissing {
        /// The service.
        service: String,
        /// The environment variable.
        variable: String,
    },
    /// A service refuses the key or the model, or cannot be reached.
    Service {
        /// The service.
        service: String,
        /// What it says.
        problem: String,
    },
    /// A model ends soon, or has ended.
    ModelEnds {
        /// The model.
        model: String,
        /// The day on which it ends.
        on: Date,
        /// How many days are left; zero or less where it has ended.
        days: i64,
    },
    /// A bucket cannot be opened, read or written.
    Bucket {
        /// The bucket.
        bucket: String,
        /// What is wrong.
        problem: String,
    },
    /// A bucket is in another region than is said of it.
    OtherRegion {
        /// The bucket.
        bucket: String,
        /// What addresses or settings say.
        named: String,
        /// Where it is.
        real: String,
    },
    /// A bucket keeps no versions.
    NoVersions {
        /// The bucket.
        bucket: String,
        /// Whether it did once.
        suspended: bool,
    },
    /// A bucket does not honour conditional writes.
    NoConditions {
        /// The bucket.
        bucket: String,
        /// Whether "create only where nothing is" holds.
        create: bool,
        /// Whether "replace only this version" holds.
        update: bool,
    },
    /// Nothing can be written to a folder.
    NotWritable {
        /// The folder.
        folder: String,
        /// Why.
        problem: String,
    },
    /// A disk is nearly full.
    LittleSpace {
        /// A folder on it.
        folder: String,
        /// What is free, in bytes.
        free_bytes: u64,
    },
    /// A file that a crash left half written; it is never taken for anything.
    HalfWritten {
        /// The file.
        path: String,
    },
    /// A run began something and did not end it.
    Unfinished {
        /// The run.
        run: RunId,
        /// When it began: UTC.
        since: String,
        /// What is left to do.
        open: String,
    },
    /// A run works on the actor now.
    AtWork {
        /// Who, as the lock names it.
        holder: String,
    },
    /// A run is marked as begun and has nothing left to do.
    OverMarker {
        /// The run.
        run: RunId,
    },
    /// The journals of runs cannot be read.
    Journal {
        /// The run, where it is about one.
        run: Option<RunId>,
        /// What is wrong.
        problem: String,
    },
    /// A lock whose holder is gone.
    StaleLock {
        /// The file or object.
        place: String,
        /// Who had it, where that can be read.
        holder: Option<String>,
    },
    /// The data or a manifest in it cannot be used.
    Data {
        /// What is wrong.
        problem: String,
    },
    /// The actor manifest is missing or cannot be used.
    NoActorManifest {
        /// What is wrong.
        problem: String,
    },
    /// There is no base image that can be used.
    BaseImage {
        /// What is wrong.
        problem: String,
    },
    /// The training manifest says that it is another actor's.
    OtherActor {
        /// The actor that it names.
        named: String,
    },
    /// A manifest has a key twice: only one of the two is read, and the other would be lost in
    /// writing.
    RepeatedKeys {
        /// The manifest.
        key: String,
        /// Which.
        paths: Vec<String>,
    },
    /// `total_images` is not the number of entries.
    TotalImages {
        /// What the manifest says.
        claimed: u64,
        /// How many entries it has.
        entries: usize,
    },
    /// Entries whose picture is nowhere.
    Missing {
        /// The pictures.
        files: Vec<ImageName>,
    },
    /// Pictures that have a local copy and whose object is gone.
    NoObject {
        /// The pictures.
        files: Vec<ImageName>,
    },
    /// Pictures that have an object and no local copy.
    NoCopy {
        /// The pictures.
        files: Vec<ImageName>,
    },
    /// Files in the folder that the training manifest does not know.
    Orphans {
        /// The files.
        files: Vec<ImageName>,
    },
    /// Objects that no manifest knows.
    OrphanObjects {
        /// Their bucket.
        bucket: String,
        /// Their keys.
        keys: Vec<String>,
    },
    /// An entry's address cannot be used.
    Address {
        /// The picture.
        file: ImageName,
        /// What is wrong with it.
        problem: String,
    },
    /// The local copy and the object are not the same.
    CopiesDiffer {
        /// The picture.
        file: ImageName,
        /// Size of the local copy in bytes.
        local_bytes: u64,
        /// Size of the object in bytes.
        object_bytes: u64,
        /// Their SHA-256, where they were read.
        sha256: Option<(Digest, Digest)>,
    },
    /// Entries of the training manifest that name one object.
    DoubleEntries {
        /// The address.
        s3_url: String,
        /// The entries.
        names: Vec<ImageName>,
        /// Those that can be dropped without taking a file out of the set.
        droppable: Vec<ImageName>,
    },
    /// Files that the actor manifest lists more than once.
    DoubleListings {
        /// The files.
        files: Vec<String>,
        /// Whether the manifest can be written.
        fixable: bool,
    },
    /// A file or object that is no picture.
    NotAPicture {
        /// The file.
        file: ImageName,
        /// Why.
        problem: String,
    },
    /// Pictures that only the actor manifest names.
    OnlyInActorManifest {
        /// The pictures.
        files: Vec<ImageName>,
    },
}

impl Finding {
    /// About an actor.
    pub const fn of(actor: ActorId, problem: Problem) -> Self {
        Self {
            actor: Some(actor),
            problem,
        }
    }

    /// How bad it is.
    pub const fn severity(&self) -> Severity {
        use Problem as P;
        match &self.problem {
            P::ModelEnds { days, .. } if *days > 0 => Severity::Warning,
            P::KeyMissing { .. }
            | P::Service { .. }
            | P::ModelEnds { .. }
            | P::Bucket { .. }
            | P::OtherRegion { .. }
            | P::NoConditions { .. }
            | P::NotWritable { .. }
            | P::Unfinished { .. }
            | P::Journal { .. }
            | P::Data { .. }
            | P::NoActorManifest { .. }
            | P::BaseImage { .. }
            | P::RepeatedKeys { .. }
            | P::Missing { .. }
            | P::Address { .. }
            | P::CopiesDiffer { .. } => Severity::Error,
            P::LittleSpace { .. }
            | P::OverMarker { .. }
            | P::OtherActor { .. }
            | P::TotalImages { .. }
            | P::NoObject { .. }
            | P::NoCopy { .. }
            | P::Orphans { .. }
            | P::OrphanObjects { .. }
            | P::DoubleEntries { .. }
            | P::DoubleListings { .. }
            | P::NotAPicture { .. } => Severity::Warning,
            P::NoVersions { .. }
            | P::HalfWritten { .. }
            | P::AtWork { .. }
            | P::StaleLock { .. }
            | P::OnlyInActorManifest { .. } => Severity::Note,
        }
    }

    /// What kind of thing it is about.
    pub const fn group(&self) -> Group {
        use Problem as P;
        match &self.problem {
            P::KeyMissing { .. } | P::Service { .. } | P::ModelEnds { .. } => Group::Services,
            P::Bucket { .. }
            | P::OtherRegion { .. }
            | P::NoVersions { .. }
            | P::NoConditions { .. } => Group::Buckets,
            P::NotWritable { .. } | P::LittleSpace { .. } | P::HalfWritten { .. } => Group::Folders,
            P::Unfinished { .. }
            | P::AtWork { .. }
            | P::OverMarker { .. }
            | P::Journal { .. }
            | P::StaleLock { .. } => Group::Runs,
            _ => Group::Actors,
        }
    }

    /// The actor, service, bucket or folder that it is about.
    pub fn subject(&self) -> String {
        use Problem as P;
        if let Some(actor) = &self.actor {
            return actor.to_string();
        }
        match &self.problem {
            P::KeyMissing { service, .. } | P::Service { service, .. } => service.clone(),
            P::ModelEnds { model, .. } => model.clone(),
            P::Bucket { bucket, .. }
            | P::OtherRegion { bucket, .. }
            | P::NoVersions { bucket, .. }
            | P::NoConditions { bucket, .. } => format!("s3://{bucket}"),
            P::NotWritable { folder, .. } | P::LittleSpace { folder, .. } => folder.clone(),
            P::HalfWritten { path } => path.clone(),
            P::Unfinished { run, .. }
            | P::OverMarker { run }
            | P::Journal { run: Some(run), .. } => run.to_string(),
            P::Journal { .. } => "journals".to_owned(),
            P::StaleLock { place, .. } => place.clone(),
            _ => "data".to_owned(),
        }
    }

    /// Whether `--fix` mends it.
    pub const fn is_fixable(&self) -> bool {
        use Problem as P;
        match &self.problem {
            P::OverMarker { .. }
            | P::TotalImages { .. }
            | P::NoCopy { .. }
            | P::Orphans { .. }
            | P::DoubleListings { fixable: true, .. } => true,
            P::DoubleEntries { droppable, .. } => !droppable.is_empty(),
            _ => false,
        }
    }
}
