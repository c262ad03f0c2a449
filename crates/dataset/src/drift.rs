//! What folder and manifests of an actor do not agree on.

use manifest::{ActorManifest, ImageEntry, TrainingManifest};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use storage::{ObjectKey, ObjectMeta};
use tdbal_types::{ActorId, ImageName};

/// An actor manifest with where it was read.
#[derive(Debug, Clone)]
pub struct StoredActorManifest {
    pub manifest: ActorManifest,
    pub key: ObjectKey,
}

/// Something that folder and manifests do not agree on. It is reported; only doctor mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Drift {
    /// Files in the folder that the training manifest does not know. They belong to the set.
    NotInManifest {
        /// The files.
        files: Vec<ImageName>,
    },
    /// The manifest's `total_images` is not the number of its entries.
    TotalImages {
        /// What it claims.
        claimed: u64,
        /// How many entries it has.
        entries: usize,
    },
    /// The training manifest says that it is another actor's.
    OtherActor {
        /// The actor that it names.
        named: String,
    },
    /// Pictures that only the actor manifest names. They do not belong to the set.
    OnlyInActorManifest {
        /// How many.
        count: usize,
    },
    /// The actor manifest is missing or cannot be used.
    NoActorManifest {
        /// What is wrong.
        problem: String,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInManifest { files } => write!(
                f,
                "{} in the folder that the training manifest does not know: {}",
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
                    "the training manifest claims {claimed} images and has {entries}"
                )
            }
            Self::OtherActor { named } => {
                write!(f, "the training manifest says that it is of {named}")
            }
            Self::OnlyInActorManifest { count: files } => write!(
                f,
                "{} that only the actor manifest names; left out of the set",
                count(*files, "picture")
            ),
            Self::NoActorManifest { problem } => write!(f, "Failed to load manifest: {problem}"),
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

pub fn drift(
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
