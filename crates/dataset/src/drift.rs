//! Differences between the folder and the manifests of an actor.

use manifest::{ActorManifest, ImageEntry, TrainingManifest};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use storage::{ObjectKey, ObjectMeta};
use tdbal_types::{ActorId, ImageName};

/// An actor manifest and where it is stored.
#[derive(Debug, Clone)]
pub struct StoredActorManifest {
    /// The parsed manifest.
    pub manifest: ActorManifest,
    /// The key of the manifest in the data folder.
    pub key: ObjectKey,
}

/// A difference between the folder and the manifests of an actor. Runs report it and change nothing
/// about it; `tdbal doctor --fix` can fix it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Drift {
    /// Files in the folder are missing from the training manifest. They belong to the set.
    NotInManifest {
        /// The names of the files, sorted.
        files: Vec<ImageName>,
    },
    /// The training manifest's `total_images` differs from the number of its entries.
    TotalImages {
        /// The value of `total_images`.
        claimed: u64,
        /// The number of entries.
        entries: usize,
    },
    /// The training manifest names another actor.
    OtherActor {
        /// The name in the manifest.
        named: String,
    },
    /// Pictures are listed in the actor manifest only. They do not belong to the set.
    OnlyInActorManifest {
        /// The number of pictures.
        count: usize,
    },
    /// The actor manifest is missing or unusable.
    NoActorManifest {
        /// Why it cannot be used.
        problem: String,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInManifest { files } => write!(
                f,
                "{} in the folder but not in the training manifest: {}",
                count(files.len(), "file"),
                files
                    .iter()
                    .map(ImageName::as_str)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::TotalImages { claimed, entries } => {
                write!(
                    f,
                    "the training manifest says total_images is {claimed}, but lists {}",
                    count(*entries, "picture")
                )
            }
            Self::OtherActor { named } => {
                write!(f, "the training manifest names another actor: {named}")
            }
            Self::OnlyInActorManifest { count: files } => write!(
                f,
                "{} only in the actor manifest; not part of the set",
                count(*files, "picture")
            ),
            Self::NoActorManifest { problem } => write!(f, "Failed to load manifest: {problem}"),
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Compares the folder and the manifests of an actor. `is_stored` is false if there is no training
/// manifest, so `training` and `entries` were made up; only the actor manifest is compared then.
pub(crate) fn find_drift(
    actor: &ActorId,
    training: &TrainingManifest,
    is_stored: bool,
    entries: &[ImageEntry],
    local: &BTreeMap<ImageName, ObjectMeta>,
    actor_manifest: &Result<StoredActorManifest, String>,
) -> Vec<Drift> {
    let mut found = Vec::new();
    let known: BTreeSet<&ImageName> = entries.iter().map(|entry| &entry.name).collect();
    if is_stored {
        let files: Vec<ImageName> = local
            .keys()
            .filter(|name| !known.contains(name))
            .cloned()
            .collect();
        if !files.is_empty() {
            found.push(Drift::NotInManifest { files });
        }
        if let Some(claimed) = training
            .total_images()
            .filter(|n| *n != entries.len() as u64)
        {
            found.push(Drift::TotalImages {
                claimed,
                entries: entries.len(),
            });
        }
        if let Some(named) = training.actor_id().filter(|named| *named != actor.as_str()) {
            found.push(Drift::OtherActor {
                named: named.to_owned(),
            });
        }
    }
    match actor_manifest {
        Err(problem) => found.push(Drift::NoActorManifest {
            problem: problem.clone(),
        }),
        Ok(stored) => {
            let names = stored.manifest.training_data().unwrap_or_default();
            let count = names
                .iter()
                .filter(|file| !known.contains(&file.name) && !local.contains_key(&file.name))
                .count();
            if count > 0 {
                found.push(Drift::OnlyInActorManifest { count });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
