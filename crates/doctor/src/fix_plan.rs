//! What `--fix` will do: a value that is shown and written down before any of it is done. Pure.

use crate::diagnose::{double_listings, droppable};
use crate::facts::Facts;
use crate::messages::some;
use crate::objects::ObjectState;
use manifest::DoubleEntry;
use serde::{Deserialize, Serialize};
use storage::Version;
use tdbal_types::{ActorId, Digest, ImageName, RunId};

/// The version of the format below; it grows when a field changes its meaning.
pub const FIX_SCHEMA_VERSION: u32 = 1;

/// Everything that one run of `--fix` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixPlan {
    /// [`FIX_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run.
    pub run_id: RunId,
    /// When it was made: UTC.
    pub made_at: String,
    /// Marks of runs that have nothing left to do.
    pub marks: Vec<OpenMarker>,
    /// What is done to each actor.
    pub actors: Vec<ActorFix>,
}

/// The mark that a run has begun an actor and not ended it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMarker {
    /// The run.
    pub run: RunId,
    /// The actor.
    pub actor: ActorId,
}

/// What is done to one actor. No picture is ever moved or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorFix {
    /// The actor.
    pub actor: ActorId,
    /// The version of the training manifest that this was decided on; none where there is none yet.
    pub training_manifest: Option<Version>,
    /// Files that get an entry.
    pub adopt: Vec<Adopt>,
    /// Pictures that get a local copy.
    pub fetch: Vec<Fetch>,
    /// Entries that go, because another entry names the same object.
    pub drop_entries: Vec<ImageName>,
    /// The number of images is written anew.
    pub recount: bool,
    /// Files that the actor manifest lists more than once; the first listing stays.
    pub drop_listings: Vec<String>,
}

/// A file that gets an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopt {
    /// Its name.
    pub name: ImageName,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its place in the order of pictures.
    pub index: u64,
    /// Its object, where it has one with the same content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_url: Option<String>,
}

/// A picture that gets a local copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// Its name.
    pub name: ImageName,
    /// Its object, as the manifest has it.
    pub s3_url: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, where the object was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}

impl FixPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty() && self.marks.is_empty()
    }

    /// What is done, in words, one line for each thing.
    pub fn lines(&self) -> Vec<String> {
        let marks = self.marks.iter().map(ToString::to_string);
        marks
            .chain(self.actors.iter().flat_map(ActorFix::lines))
            .collect()
    }
}

impl ActorFix {
    /// Whether the training manifest is to be written.
    pub const fn changes_training_manifest(&self) -> bool {
        !self.adopt.is_empty() || !self.drop_entries.is_empty() || self.recount
    }

    fn is_empty(&self) -> bool {
        !self.changes_training_manifest() && self.fetch.is_empty() && self.drop_listings.is_empty()
    }

    /// What is done, in words, one line for each thing.
    pub fn lines(&self) -> Vec<String> {
        let adopt: Vec<_> = self.adopt.iter().map(|one| &one.name).collect();
        let fetch: Vec<_> = self.fetch.iter().map(|one| &one.name).collect();
        let mut lines = Vec::new();
        if !adopt.is_empty() {
            lines.push(format!("give entries to {}", some(&adopt)));
        }
        if !fetch.is_empty() {
            lines.push(format!("fetch local copies of {}", some(&fetch)));
        }
        if !self.drop_entries.is_empty() {
            lines.push(format!(
                "drop the double entries {}",
                some(&self.drop_entries)
            ));
        }
        if self.recount {
            lines.push("write total_images anew".to_owned());
        }
        if !self.drop_listings.is_empty() {
            let files = some(&self.drop_listings);
            lines.push(format!(
                "drop double listings of {files} in the actor manifest"
            ));
        }
        let actor = &self.actor;
        lines
            .iter()
            .map(|line| format!("{actor}: {line}"))
            .collect()
    }
}

/// What can be mended of an actor, if anything; nothing while a run has something left to do for it.
pub fn mend(facts: &Facts) -> Option<ActorFix> {
    if facts.is_unfinished {
        return None;
    }
    let set = &facts.set;
    let can_write = set.training.repeated_keys().is_empty();
    let mut fix = ActorFix {
        actor: set.actor.clone(),
        training_manifest: set.training_version.clone(),
        adopt: Vec::new(),
        fetch: Vec::new(),
        drop_entries: Vec::new(),
        recount: false,
        drop_listings: Vec::new(),
    };
    if can_write {
        fix.adopt = adopt(facts);
        let doubles = set.training.double_entries().into_iter();
        fix.drop_entries = doubles
            .flat_map(|double| match double {
                DoubleEntry::SameObject { doubles, .. } => droppable(facts, &doubles),
                DoubleEntry::SameFile { .. } => Vec::new(),
            })
            .collect();
        let claimed = set.training.total_images();
        let entries = set.training.images().len() as u64;
        fix.recount =
            set.training_version.is_some() && claimed.is_some_and(|claimed| claimed != entries);
    }
    fix.fetch = fetch(facts, &fix.drop_entries);
    let can_write_listing = set
        .actor_manifest
        .as_ref()
        .is_ok_and(|stored| stored.manifest.repeated_keys().is_empty());
    if can_write_listing {
        fix.drop_listings = double_listings(facts);
    }
    (!fix.is_empty()).then_some(fix)
}

/// The files that no entry knows and that are pictures, with a place behind all others for those
/// whose name has no number.
fn adopt(facts: &Facts) -> Vec<Adopt> {
    let mut next = facts.set.highest_number().unwrap_or(0);
    let files = facts.orphans().into_iter();
    files
        .filter_map(|name| {
            let read = facts.read.get(&name)?;
            if read.problem.is_some() {
                return None;
            }
            let index = name.trailing_number().unwrap_or_else(|| {
                next = next.saturating_add(1);
                next
            });
            Some(Adopt {
                s3_url: facts.found_objects.get(&name).cloned(),
                sha256: read.sha256,
                name,
                index,
            })
        })
        .collect()
}

fn fetch(facts: &Facts, dropped: &[ImageName]) -> Vec<Fetch> {
    let pictures = facts.set.pictures.iter();
    pictures
        .filter(|picture| picture.local.is_none() && !dropped.contains(&picture.name))
        .filter_map(|picture| {
            let s3_url = picture.s3_url.clone()?;
            let ObjectState::There(there) = facts.objects.states.get(&picture.name)? else {
                return None;
            };
            let is_picture = there
                .read
                .as_ref()
                .is_none_or(|read| read.problem.is_none());
            (there.size > 0 && is_picture).then(|| Fetch {
                name: picture.name.clone(),
                s3_url,
                size: there.size,
                sha256: there.read.as_ref().map(|read| read.sha256),
            })
        })
        .collect()
}

impl std::fmt::Display for OpenMarker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { run, actor } = self;
        write!(
            f,
            "{actor}: take away the mark of run {run}, which has nothing left to do"
        )
    }
}
