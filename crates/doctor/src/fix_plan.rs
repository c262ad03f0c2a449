//! Decides what `--fix` does. The plan is shown and stored before any of it is done. Pure.

use crate::diagnose::{double_listings, droppable};
use crate::facts::Facts;
use crate::messages::some;
use crate::objects::ObjectState;
use manifest::DoubleEntry;
use serde::{Deserialize, Serialize};
use storage::Version;
use tdbal_types::{ActorId, Digest, ImageName, RunId};

/// Version of the format of [`FixPlan`]; it increases when the meaning of a field changes.
pub const FIX_SCHEMA_VERSION: u32 = 1;

/// Everything that one run of `tdbal doctor --fix` does, as stored in the run's `fix.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixPlan {
    /// Version of the format: [`FIX_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run that executes the plan.
    pub run_id: RunId,
    /// When the plan was made, in UTC.
    pub made_at: String,
    /// Markers to remove: their runs are finished.
    pub marks: Vec<OpenMarker>,
    /// The fixes of each actor; actors without fixes are left out.
    pub actors: Vec<ActorFix>,
}

/// The marker that a run leaves with an actor while its work there is unfinished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMarker {
    /// The run that left the marker.
    pub run: RunId,
    /// The actor with the marker.
    pub actor: ActorId,
}

/// The fixes of one actor. No picture is ever moved or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorFix {
    /// The actor to fix.
    pub actor: ActorId,
    /// The version of the training manifest that the fixes are based on; `None` if the actor has no
    /// training manifest.
    pub training_manifest: Option<Version>,
    /// Files to add to the training manifest.
    pub adopt: Vec<Adopt>,
    /// Pictures to download.
    pub fetch: Vec<Fetch>,
    /// Entries to drop, because another entry names the same object.
    pub drop_entries: Vec<ImageName>,
    /// Whether `total_images` is set to the number of entries.
    pub recount: bool,
    /// Files that the actor manifest lists more than once; the first listing is kept.
    pub drop_listings: Vec<String>,
}

/// A local file to add to the training manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopt {
    /// The name of the file.
    pub name: ImageName,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The entry's `index`: its place in the order of pictures.
    pub index: u64,
    /// The address of its object, if there is one with the same content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_url: Option<String>,
}

/// A picture to download into the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// The name of the picture.
    pub name: ImageName,
    /// The address of its object, as in the training manifest.
    pub s3_url: String,
    /// Size of the object in bytes.
    pub size: u64,
    /// SHA-256 of the object, if it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}

impl FixPlan {
    /// Returns whether there is nothing to fix.
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty() && self.marks.is_empty()
    }

    /// Describes the plan for people, one line for each fix.
    pub fn lines(&self) -> Vec<String> {
        let marks = self.marks.iter().map(ToString::to_string);
        marks
            .chain(self.actors.iter().flat_map(ActorFix::lines))
            .collect()
    }
}

impl ActorFix {
    /// Returns whether the fixes change the training manifest.
    pub const fn changes_training_manifest(&self) -> bool {
        !self.adopt.is_empty() || !self.drop_entries.is_empty() || self.recount
    }

    fn is_empty(&self) -> bool {
        !self.changes_training_manifest() && self.fetch.is_empty() && self.drop_listings.is_empty()
    }

    /// Describes the fixes for people, one line each.
    pub fn lines(&self) -> Vec<String> {
        let adopt: Vec<_> = self.adopt.iter().map(|one| &one.name).collect();
        let fetch: Vec<_> = self.fetch.iter().map(|one| &one.name).collect();
        let mut lines = Vec::new();
        if !adopt.is_empty() {
            lines.push(format!("add entries for {}", some(&adopt)));
        }
        if !fetch.is_empty() {
            lines.push(format!("download {}", some(&fetch)));
        }
        if !self.drop_entries.is_empty() {
            lines.push(format!(
                "remove duplicate entries: {}",
                some(&self.drop_entries)
            ));
        }
        if self.recount {
            lines.push("correct total_images".to_owned());
        }
        if !self.drop_listings.is_empty() {
            let files = some(&self.drop_listings);
            lines.push(format!(
                "remove duplicate listings of {files} from the actor manifest"
            ));
        }
        let actor = &self.actor;
        lines
            .iter()
            .map(|line| format!("{actor}: {line}"))
            .collect()
    }
}

/// Decides what can be fixed of an actor. `None` if nothing can, or while a run is unfinished.
pub(crate) fn actor_fix(facts: &Facts) -> Option<ActorFix> {
    if facts.is_unfinished {
        return None;
    }
    let set = &facts.set;
    // A manifest with repeated keys is never written: the values that are not read would be lost.
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

/// Readable pictures without an entry. Their `index` is the number in their name; those without one
/// come after all others.
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
            let ObjectState::Present(object) = facts.objects.states.get(&picture.name)? else {
                return None;
            };
            // A broken object is no better than a missing file.
            let is_picture = object
                .read
                .as_ref()
                .is_none_or(|read| read.problem.is_none());
            (object.size > 0 && is_picture).then(|| Fetch {
                name: picture.name.clone(),
                s3_url,
                size: object.size,
                sha256: object.read.as_ref().map(|read| read.sha256),
            })
        })
        .collect()
}

impl std::fmt::Display for OpenMarker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { run, actor } = self;
        write!(
            f,
            "{actor}: remove the open marker of run {run}, which is finished"
        )
    }
}

#[cfg(test)]
mod tests;
