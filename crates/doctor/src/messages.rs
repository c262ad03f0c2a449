//! Findings as text (what is wrong, what to do next) and as JSON.

use crate::finding::{Finding, Group, Problem, Severity};
use serde::{Serialize, Serializer};
use std::fmt;
use tdbal_types::ActorId;

/// Maximum number of names in a message; the others are only counted.
const NAMES_SHOWN: usize = 3;

impl Finding {
    /// Returns what to do next, as text.
    pub fn advice(&self) -> String {
        use Problem as P;
        match &self.problem {
            P::KeyMissing { .. } => "set it in the environment or in .env".into(),
            P::Service { .. } => "fix this, then run tdbal doctor again".into(),
            P::ModelEnds { .. } => "choose another model with --model or in tdbal.toml".into(),
            P::Bucket { .. } => "check its name, your credentials and their permissions".into(),
            P::OtherRegion { real, .. } => {
                format!("use {real} in the addresses and as region in tdbal.toml")
            }
            P::NoVersions { .. } => {
                "nothing to do: removed pictures are kept in trash/ anyway".into()
            }
            P::NoConditions { .. } => {
                "run only one tdbal on it at a time, with --allow-unguarded-bucket".into()
            }
            P::NotWritable { .. } => "check the permissions of the folder".into(),
            P::LittleSpace { .. } => {
                "free some space: removed pictures are copied to the trash".into()
            }
            P::HalfWritten { .. } => "delete it if no run is in progress".into(),
            P::Unfinished { run, .. } => format!("run tdbal resume {run}"),
            P::AtWork { .. } => "wait until it finishes before changing anything".into(),
            P::OverMarker { .. } => "run tdbal doctor --fix to remove the marker".into(),
            P::Journal { .. } => "restore it from a backup, or check the actor by hand".into(),
            P::StaleLock { .. } => "nothing to do: the next run takes over the lock".into(),
            P::Data { .. } => "fix the file, or restore it from a backup".into(),
            P::NoActorManifest { .. } => {
                "restore it: nothing is removed or generated without it".into()
            }
            P::BaseImage { .. } => {
                "add a picture to base_image/: nothing is generated without one".into()
            }
            P::OtherActor { .. } => "check whose manifest it is, then correct actor_id".into(),
            P::RepeatedKeys { .. } => {
                "keep one value of each key and delete the others by hand".into()
            }
            P::TotalImages { .. } => "run tdbal doctor --fix to correct the count".into(),
            P::Missing { .. } => "restore the pictures, or delete their entries".into(),
            P::NoObject { .. } => {
                "upload the local copies again, or remove s3_url from the entries".into()
            }
            P::NoCopy { .. } => "run tdbal doctor --fix to download missing copies".into(),
            P::Orphans { .. } => {
                "run tdbal doctor --fix to add entries, or move the files away".into()
            }
            P::OrphanObjects { .. } => {
                "download what you want to keep into the folder, and delete the rest".into()
            }
            P::Address { .. } => "correct s3_url".into(),
            P::CopiesDiffer { .. } => "find out which copy is right, then replace the other".into(),
            P::DoubleEntries { droppable, .. } if droppable.is_empty() => {
                "find out which entry is right, then delete the other entries".into()
            }
            P::DoubleEntries { droppable, .. } => {
                format!(
                    "run tdbal doctor --fix to remove duplicate entries: {}",
                    some(droppable)
                )
            }
            P::DoubleListings { fixable: true, .. } => {
                "run tdbal doctor --fix to remove the duplicates".into()
            }
            P::DoubleListings { .. } => "delete the duplicates by hand".into(),
            P::NotAPicture { .. } => "replace it, or let --remove-unreadable remove it".into(),
            P::OnlyInActorManifest { .. } => {
                "nothing to do: the training manifest takes precedence".into()
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
                write!(f, "will be shut down on {on}, in {}", count(*days, "day"))
            }
            Self::ModelEnds { on, .. } => write!(f, "was shut down on {on}"),
            Self::OtherRegion { named, real, .. } => {
                write!(
                    f,
                    "is in region {real}, but addresses or settings say {named}"
                )
            }
            Self::NoVersions { suspended, .. } => f.write_str(if *suspended {
                "versioning is suspended"
            } else {
                "versioning is disabled"
            }),
            Self::NoConditions { .. } => f.write_str(
                "ignores conditional writes: two runs could change the same actor at the same time",
            ),
            Self::NotWritable { problem, .. } => write!(f, "not writable: {problem}"),
            Self::LittleSpace { free_bytes, .. } => {
                write!(f, "only {} MiB free", free_bytes / (1024 * 1024))
            }
            Self::HalfWritten { .. } => f.write_str("temporary file left behind by a crash"),
            Self::Unfinished { run, since, open } => {
                write!(f, "run {run} is unfinished (started {since}): {open}")
            }
            Self::AtWork { holder } => write!(f, "{holder} is working on this actor"),
            Self::OverMarker { run } => {
                write!(f, "run {run} is finished but still marked as open")
            }
            Self::Service { problem, .. }
            | Self::Bucket { problem, .. }
            | Self::Journal { problem, .. }
            | Self::Data { problem }
            | Self::NoActorManifest { problem }
            | Self::BaseImage { problem } => f.write_str(problem),
            Self::StaleLock { holder, .. } => match holder {
                Some(holder) => write!(f, "stale lock left behind by {holder}"),
                None => f.write_str("stale lock left behind by an unknown run"),
            },
            Self::OtherActor { named } => {
                write!(f, "the training manifest names another actor: {named}")
            }
            Self::RepeatedKeys { key, paths } => {
                write!(f, "{key} has repeated keys: {}", some(paths))
            }
            Self::TotalImages { claimed, entries } => write!(
                f,
                "total_images is {claimed}, but the training manifest has {entries} {}",
                if *entries == 1 { "entry" } else { "entries" }
            ),
            Self::Missing { files } => write!(
                f,
                "{} in the training manifest but neither in the folder nor in the bucket: {}",
                count(files.len(), "picture"),
                some(files)
            ),
            Self::NoObject { files } => write!(
                f,
                "{} missing from the bucket: {}",
                count(files.len(), "picture"),
                some(files)
            ),
            Self::NoCopy { files } => write!(
                f,
                "{} without a local copy: {}",
                count(files.len(), "picture"),
                some(files)
            ),
            Self::Orphans { files } => write!(
                f,
                "{} not in the training manifest: {}",
                count(files.len(), "picture"),
                some(files)
            ),
            Self::OrphanObjects { bucket, keys } => write!(
                f,
                "{} in s3://{bucket} not in any manifest: {}",
                count(keys.len(), "object"),
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
                "{file} has {local_bytes} bytes in the folder but {object_bytes} in the bucket"
            ),
            Self::CopiesDiffer { file, .. } => {
                write!(
                    f,
                    "{file} has the same size but different content in the folder and the bucket"
                )
            }
            Self::DoubleEntries { names, .. } => {
                write!(
                    f,
                    "{} entries point to the same object: {}",
                    names.len(),
                    some(names)
                )
            }
            Self::DoubleListings { files, .. } => {
                write!(
                    f,
                    "listed more than once in the actor manifest: {}",
                    some(files)
                )
            }
            Self::NotAPicture { file, problem } => {
                write!(f, "{file} is not a readable picture: {problem}")
            }
            Self::OnlyInActorManifest { files } => write!(
                f,
                "{} only in the actor manifest: {}",
                count(files.len(), "picture"),
                some(files)
            ),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The JSON form of a finding.
        #[derive(Serialize)]
        struct FindingJson<'a> {
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
        let json = FindingJson {
            severity: self.severity(),
            group: self.group(),
            actor: self.actor.as_ref(),
            subject: self.subject(),
            message: self.to_string(),
            advice: self.advice(),
            fixable: self.is_fixable(),
            details: &self.problem,
        };
        json.serialize(serializer)
    }
}

/// A number with its noun: `1 picture`, `2 pictures`.
fn count<N: fmt::Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The first [`NAMES_SHOWN`] names, and how many more there are.
pub(crate) fn some<T: fmt::Display>(names: &[T]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(T::to_string).collect();
    let text = shown.join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tdbal_types::ImageName;

    fn orphans(count: usize) -> String {
        let names = (0..count).map(|i| ImageName::new(format!("{i}.png")).unwrap());
        let files = names.collect();
        Problem::Orphans { files }.to_string()
    }

    #[test]
    fn names_after_the_third_are_only_counted() {
        assert_eq!(orphans(1), "1 picture not in the training manifest: 0.png");
        assert_eq!(
            orphans(3),
            "3 pictures not in the training manifest: 0.png, 1.png, 2.png"
        );
        assert_eq!(
            orphans(5),
            "5 pictures not in the training manifest: 0.png, 1.png, 2.png and 2 more"
        );
    }

    #[test]
    fn json_has_everything_that_is_shown() {
        let finding = Finding {
            actor: None,
            problem: Problem::KeyMissing {
                service: "openai".into(),
                variable: "OPENAI_API_KEY".into(),
            },
        };
        assert_eq!(
            serde_json::to_value(finding).unwrap(),
            serde_json::json!({
                "severity": "error",
                "group": "services",
                "subject": "openai",
                "message": "OPENAI_API_KEY is not set",
                "advice": "set it in the environment or in .env",
                "fixable": false,
                "details": {
                    "kind": "key_missing",
                    "service": "openai",
                    "variable": "OPENAI_API_KEY",
                },
            })
        );
    }
}
