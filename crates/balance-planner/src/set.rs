//! The input of planning: what is known about each picture, and what a person said.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{Confidence, ImageClass, ImageName, Quality};

/// The pictures of one actor by name. A sorted map, so the order of insertion cannot matter.
pub type Inventory = BTreeMap<ImageName, PictureState>;

/// What is known about a picture. Every picture of a set must be assessed, or known to be
/// unreadable, before the set can be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureState {
    /// The picture was judged.
    Assessed {
        /// The class of the picture; the most likely one if it is not certain.
        class: ImageClass,
        /// The quality of the picture, 1 to 10.
        quality: Quality,
        /// The number of pixels: width times height.
        pixels: u64,
        /// How far the class can be trusted.
        confidence: Confidence,
        /// The keeper of the group of near-duplicates that the picture belongs to; `None` for the
        /// keeper itself. The keeper may already be gone from the set.
        duplicate_of: Option<ImageName>,
    },
    /// The file was fetched and does not decode.
    Unreadable,
}

/// What a person said about pictures of the set. It overrides the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Pictures that a person asked to keep (`tdbal keep`). Names not in the set are ignored.
    pub kept: BTreeSet<ImageName>,
    /// Pictures that a person asked to remove. [`kept`](Self::kept) and
    /// [`set_is_good`](Self::set_is_good) take precedence.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub to_remove: BTreeSet<ImageName>,
    /// Whether the actor manifest says `training_data_good: true`: nothing is removed.
    pub set_is_good: bool,
}

impl Protection {
    /// Whether a person asked to remove the picture and nothing takes precedence.
    pub(crate) fn wants_removed(&self, name: &ImageName) -> bool {
        !self.set_is_good && self.to_remove.contains(name) && !self.kept.contains(name)
    }
}
