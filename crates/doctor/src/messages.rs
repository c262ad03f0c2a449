//! Findings in words: what is wrong and what to do, for people, and everything as JSON.

use crate::finding::{Finding, Group, Problem, Severity};
use serde::{Serialize, Serializer};
use std::fmt;
use tdbal_types::ActorId;

/// How many names a message lists before it only counts the others.
const NAMES_SHOWN: usize = 3;

impl Finding {
    /// What to do, in words for people.
    pub fn advice(&self) -> String {
        use Problem as P;
        match &self.problem {
            P::KeyMissing { .. } => "set it in the environment or in .env".into(),
            P::Service { .. } => "put that right, then run doctor again".into(),
            P::ModelEnds { .. } => "choose another with --model, or model in tdbal.toml".into(),
            P::Bucket { .. } => "check its name, the credentials and their rights".into(),
            P::OtherRegion { real, .. } => {
                format!("write {real} in the addresses, or as region in tdbal.toml")
            }
            P::NoVersions { .. } => {
                "nothing has to be done: what runs remove is in trash/ anyway".into()
            }
            P::NoConditions { .. } => {
                "never let two runs at it; execution needs --allow-unguarded-bucket".into()
            }
            P::NotWritable { .. } => "check that the folder may be written to".into(),
            P::LittleSpace { .. } => "make room: removed pictures are copied to the trash".into(),
            P::HalfWritten { .. } => "delete it, if no run is at work".into(),
            P::Unfinished { run, .. } => format!("tdbal resume {run}"),
            P::AtWork { .. } => "wait until it has ended before you change anything".into(),
            P::OverMarker { .. } => "tdbal doctor --fix takes the mark away".into(),
            P::Journal { .. } => "restore it from a copy, or look after the actor by hand".into(),
            P::StaleLock { .. } => "nothing has to be done: the next run takes it".into(),
            P::Data { .. } => "put the file right, or restore it from a copy".into(),
            P::NoActorManifest { .. } => {
                "restore it: nothing is removed or generated without it".into()
            }
            P::BaseImage { .. } => {
                "put a picture into base_image/: nothing is generated without it".into()
            }
            P::OtherActor { .. } => "check whose manifest it is, and put actor_id right".into(),
            P::RepeatedKeys { .. } => "take one of the two out by hand".into(),
            P::TotalImages { .. } => "tdbal doctor --fix counts anew".into(),
            P::Missing { .. } => "put the pictures back, or take their entries out".into(),
            P::NoObject { .. } => "upload the local copies again, or take s3_url out".into(),
            P::NoCopy { .. } => "tdbal doctor --fix fetches them".into(),
            P::Orphans { .. } => "tdbal doctor --fix gives them entries; or take them away".into(),
            P::OrphanObjects { .. } => {
                "download them into the folder if they are wanted, or delete them".into()
            }
            P::Address { .. } => "put s3_url right".into(),
            P::CopiesDiffer { .. } => "find out which one is right, and replace the other".into(),
            P::DoubleEntries { droppable, .. } if droppable.is_empty() => {
                "decide which entry is right, and take the others out".into()
            }
            P::DoubleEntries { droppable, .. } => {
                format!("tdbal doctor --fix drops the entry of {}", some(droppable))
            }
            P::DoubleListings { fixable: true, .. } => {
                "tdbal doctor --fix drops the later ones".into()
            }
            P::DoubleListings { .. } => "take the later ones out by hand".into(),
            P::NotAPicture { .. } => "replace it, or let --remove-unreadable take it out".into(),
            P::OnlyInActorManifest { .. } => {
                "nothing has to be done: the training manifest counts".into()
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyMissing { variable, .. } => write!(f, "{variable} is not set"),
            Self::ModelEnds { on, days, .. } if *days > 0 => {
                write!(f, "it ends on {on}, in {days} days")
            }
            Self::ModelEnds { on, .. } => write!(f, "it ended on {on}"),
            Self::OtherRegion { named, real, .. } => {
                write!(f, "it is in {real}, and {named} is said of it")
            }
            Self::NoVersions { suspended, .. } => f.write_str(if *suspended {
                "it keeps no versions any more"
            } else {
                "it keeps no versions"
            }),
            Self::NoConditions { .. } => f.write_str(
                "it does not honour conditional writes: two runs could change one actor at once",
            ),
            Self::NotWritable { problem, .. } => write!(f, "cannot be written to: {problem}"),
            Self::LittleSpace { free_bytes, .. } => {
                write!(f, "only {} MiB are free", free_bytes / (1024 * 1024))
            }
            Self::HalfWritten { .. } => f.write_str("a file that a crash left half written"),
            Self::Unfinished { run, since, open } => {
                write!(f, "run {run} is unfinished since {since}: {open}")
            }
            Self::AtWork { holder } => write!(f, "{holder} is at work"),
            Self::OverMarker { run } => {
                write!(f, "run {run} is marked as begun and has nothing left to do")
            }
            Self::Service { problem, .. }
            | Self::Bucket { problem, .. }
            | Self::Journal { problem, .. }
            | Self::Data { problem }
            | Self::NoActorManifest { problem }
            | Self::BaseImage { problem } => f.write_str(problem),
            Self::StaleLock { holder, .. } => match holder {
                Some(holder) => write!(f, "a lock is left of {holder}"),
                None => f.write_str("a lock is left of a run that is gone"),
            },
            Self::OtherActor { named } => {
                write!(f, "the training manifest says that it is of {named}")
            }
            Self::RepeatedKeys { key, paths } => {
                write!(f, "{key} says twice: {}", some(paths))
            }
            Self::TotalImages { claimed, entries } => write!(
                f,
                "the training manifest claims {claimed} images and has {entries}"
            ),
            Self::Missing { files } => write!(
                f,
                "{} with an entry and neither file nor object: {}",
                pictures(files.len()),
                some(files)
            ),
            Self::NoObject { files } => write!(
                f,
                "{} whose object is gone: {}",
                pictures(files.len()),
                some(files)
            ),
            Self::NoCopy { files } => write!(
                f,
                "{} without a local copy: {}",
                pictures(files.len()),
                some(files)
            ),
            Self::Orphans { files } => write!(
                f,
                "{} that the training manifest does not know: {}",
                pictures(files.len()),
                some(files)
            ),
            Self::OrphanObjects { bucket, keys } => write!(
                f,
                "{} in s3://{bucket} that no manifest knows: {}",
                if keys.len() == 1 {
                    "1 object".to_owned()
                } else {
                    format!("{} objects", keys.len())
                },
                some(keys)
            ),
            Self::Address { file, problem } => write!(f, "{file}: {problem}"),
            Self::CopiesDiffer {
                file,
                local_bytes,
                object_bytes,
                ..
            } if local_bytes != object_bytes => write!(
                f,
                "{file} has {local_bytes} bytes in the folder and {object_bytes} in the bucket"
            ),
            Self::CopiesDiffer { file, .. } => {
                write!(f, "{file} is not the same in the folder and in the bucket")
            }
            Self::DoubleEntries { names, .. } => {
                write!(f, "one object has {} entries: {}", names.len(), some(names))
            }
            Self::DoubleListings { files, .. } => {
                write!(
                    f,
                    "the actor manifest lists more than once: {}",
                    some(files)
                )
            }
            Self::NotAPicture { file, problem } => write!(f, "{file} is no picture: {problem}"),
            Self::OnlyInActorManifest { files } => write!(
                f,
                "{} that only the actor manifest names: {}",
                pictures(files.len()),
                some(files)
            ),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Everything that can be said of a finding.
        #[derive(Serialize)]
        struct Told<'a> {
            severity: Severity,
            group: Group,
            #[serde(skip_serializing_if = "Option::is_none")]
            actor: Option<&'a ActorId>,
            subject: String,
            message: String,
            advice: String,
            fixable: bool,
            details: &'a Problem,
        }
        let told = Told {
            severity: self.severity(),
            group: self.group(),
            actor: self.actor.as_ref(),
            subject: self.subject(),
            message: self.to_string(),
            advice: self.advice(),
            fixable: self.is_fixable(),
            details: &self.problem,
        };
        told.serialize(serializer)
    }
}

fn pictures(count: usize) -> String {
    format!("{count} picture{}", if count == 1 { "" } else { "s" })
}

/// The first few names, and how many more there are.
pub fn some<T: fmt::Display>(names: &[T]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(T::to_string).collect();
    let text = shown.join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
