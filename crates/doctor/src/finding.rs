//! The problems that the doctor can find, how severe each is, and what it concerns.

use jiff::civil::Date;
use serde::Serialize;
use std::fmt;
use tdbal_types::{ActorId, Digest, ImageName, RunId};

/// How severe a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Data is lost, or some work is impossible until this is fixed.
    Error,
    /// Everything works, but this should be fixed.
    Warning,
    /// Nothing is wrong; listed for information.
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

/// What kind of thing a finding is about, in the order in which findings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The services that judge and generate pictures.
    Services,
    /// Buckets with pictures or data.
    Buckets,
    /// Folders on this machine.
    Folders,
    /// Runs, their journals and their locks.
    Runs,
    /// Actors, their pictures and manifests.
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

/// A problem and the actor that it concerns, if any.
///
/// `Display` writes the message without subject and advice. Serialised, a finding also has its
/// severity, group, subject, message, advice and whether `--fix` fixes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The actor that the problem concerns; `None` for services, buckets and folders.
    pub actor: Option<ActorId>,
    /// What is wrong.
    pub problem: Problem,
}

/// Every kind of problem. The variants' names are the `kind` in JSON output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The API key of a service is not set.
    KeyMissing {
        /// The service that needs the key.
        service: String,
        /// The environment variable that holds the key.
        variable: String,
    },
    /// A service refuses the key or the model, or cannot be reached.
    Service {
        /// The service that was called.
        service: String,
        /// The error that the service returned.
        problem: String,
    },
    /// A model will be shut down soon, or was shut down.
    ModelEnds {
        /// The name of the model.
        model: String,
        /// The day of the shutdown.
        on: Date,
        /// Number of days until the shutdown; zero or less after it.
        days: i64,
    },
    /// A bucket cannot be opened, read or written.
    Bucket {
        /// The name of the bucket.
        bucket: String,
        /// The error of the bucket.
        problem: String,
    },
    /// A bucket is not in the region that addresses or settings name.
    OtherRegion {
        /// The name of the bucket.
        bucket: String,
        /// The region that addresses or settings name.
        named: String,
        /// The region that the bucket is in.
        real: String,
    },
    /// A bucket keeps no old versions of objects.
    NoVersions {
        /// The name of the bucket.
        bucket: String,
        /// Whether versioning was enabled earlier and is suspended now.
        suspended: bool,
    },
    /// A bucket ignores the conditions of conditional writes.
    NoConditions {
        /// The name of the bucket.
        bucket: String,
        /// Whether the bucket honours "create only if the key is free".
        create: bool,
        /// Whether the bucket honours "replace only this version".
        update: bool,
    },
    /// A folder is not writable.
    NotWritable {
        /// The path of the folder.
        folder: String,
        /// The error of the attempt to write.
        problem: String,
    },
    /// A disk is nearly full.
    LittleSpace {
        /// A folder on that disk.
        folder: String,
        /// Free space in bytes.
        free_bytes: u64,
    },
    /// A temporary file that a crash left behind; tdbal never reads such files.
    HalfWritten {
        /// The path of the file.
        path: String,
    },
    /// A run started to work on the actor and did not finish.
    Unfinished {
        /// The unfinished run.
        run: RunId,
        /// When the run started to work on the actor, in UTC.
        since: String,
        /// What is left to do, as text.
        open: String,
    },
    /// A run is working on the actor now.
    AtWork {
        /// The holder of the lock: its run, process and machine.
        holder: String,
    },
    /// A finished run whose marker for unfinished work is still there.
    OverMarker {
        /// The finished run.
        run: RunId,
    },
    /// A journal, or the list of journals, cannot be read.
    Journal {
        /// The run of the journal; `None` if the list of journals or locks cannot be read.
        run: Option<RunId>,
        /// Why it cannot be read.
        problem: String,
    },
    /// A lock whose holder no longer runs.
    StaleLock {
        /// The file or object that is the lock.
        place: String,
        /// The former holder; `None` if the lock does not say.
        holder: Option<String>,
    },
    /// A manifest, a picture file or the data folder cannot be read.
    Data {
        /// What is wrong, with the name of the file.
        problem: String,
    },
    /// The actor manifest is missing or cannot be used.
    NoActorManifest {
        /// Why it cannot be used.
        problem: String,
    },
    /// The actor has no usable base image.
    BaseImage {
        /// Why no base image can be used.
        problem: String,
    },
    /// The training manifest names another actor in `actor_id`.
    OtherActor {
        /// The value of `actor_id`.
        named: String,
    },
    /// A manifest has the same key twice. Only one of the values is read, and the other would be lost
    /// when the manifest is written; tdbal therefore does not write it.
    RepeatedKeys {
        /// The key of the manifest in the data folder.
        key: String,
        /// The paths of the repeated keys in the JSON document.
        paths: Vec<String>,
    },
    /// `total_images` in the training manifest differs from the number of entries.
    TotalImages {
        /// The value of `total_images`.
        claimed: u64,
        /// The number of entries.
        entries: usize,
    },
    /// Entries whose picture is neither in the folder nor in a bucket.
    Missing {
        /// The names of the pictures.
        files: Vec<ImageName>,
    },
    /// Pictures with a local copy whose `s3_url` points to no object.
    NoObject {
        /// The names of the pictures.
        files: Vec<ImageName>,
    },
    /// Pictures with an object but without a local copy.
    NoCopy {
        /// The names of the pictures.
        files: Vec<ImageName>,
    },
    /// Pictures in the folder without an entry in the training manifest.
    Orphans {
        /// The names of the files.
        files: Vec<ImageName>,
    },
    /// Objects in the actor's folder of a bucket that no manifest names.
    OrphanObjects {
        /// The name of the bucket.
        bucket: String,
        /// The keys of the objects.
        keys: Vec<String>,
    },
    /// The `s3_url` of an entry cannot be used.
    Address {
        /// The name of the picture.
        file: ImageName,
        /// What is wrong with the address.
        problem: String,
    },
    /// The local copy and the object of a picture differ.
    CopiesDiffer {
        /// The name of the picture.
        file: ImageName,
        /// Size of the local copy in bytes.
        local_bytes: u64,
        /// Size of the object in bytes.
        object_bytes: u64,
        /// SHA-256 of the local copy and of the object, if both were read.
        sha256: Option<(Digest, Digest)>,
    },
    /// Entries of the training manifest that name the same object.
    DoubleEntries {
        /// The address of the object, without secrets.
        s3_url: String,
        /// The names of the entries.
        names: Vec<ImageName>,
        /// The entries that can be dropped without removing a file from the set.
        droppable: Vec<ImageName>,
    },
    /// Files that the actor manifest lists more than once.
    DoubleListings {
        /// The names of the files.
        files: Vec<String>,
        /// Whether the actor manifest can be written: it has no repeated keys.
        fixable: bool,
    },
    /// A file or object that is not a readable picture.
    NotAPicture {
        /// The name of the picture.
        file: ImageName,
        /// Why it cannot be read as a picture.
        problem: String,
    },
    /// Pictures that the actor manifest lists and that are not in the set.
    OnlyInActorManifest {
        /// The names of the pictures.
        files: Vec<ImageName>,
    },
}

impl Finding {
    /// Creates a finding about an actor.
    pub const fn of(actor: ActorId, problem: Problem) -> Self {
        Self {
            actor: Some(actor),
            problem,
        }
    }

    /// Returns how severe the problem is.
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

    /// Returns the group under which the finding is listed.
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

    /// Returns the name of the actor, service, model, bucket, folder or run that the finding is about.
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

    /// Returns whether `tdbal doctor --fix` fixes the problem.
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
