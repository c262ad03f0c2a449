//! What the plan is made of: what is known of each picture, and what a person said.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{Confidence, ImageClass, ImageName, Quality};

/// The pictures of one actor by name, so that their order cannot matter and none is there twice.
pub type Inventory = BTreeMap<ImageName, PictureState>;

/// What is known of a picture when it is decided about. What was not assessed has no place here:
/// such a set is not planned for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureState {
    /// It was looked at.
    Assessed {
        /// Its class; the likeliest one where that is not certain.
        class: ImageClass,
        /// How good it is.
        quality: Quality,
        /// Its width times its height, in pixels.
        pixels: u64,
        /// How far its class can be trusted.
        confidence: Confidence,
        /// The picture of which it is a near-duplicate: the one of its group that is to be kept. The
        /// keeper itself has none, and need not be in the set any more.
        duplicate_of: Option<ImageName>,
    },
    /// Its bytes were fetched and do not decode.
    Unreadable,
}

/// What a person said of pictures, and is obeyed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Pictures marked by hand (`tdbal keep`). A name that is not in the set means nothing.
    pub kept: BTreeSet<ImageName>,
    /// Pictures that a person wants removed. A mark to keep one is stronger, and so is a set that is
    /// good.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub to_remove: BTreeSet<ImageName>,
    /// The actor manifest says `training_data_good: true`: nothing of this actor is removed.
    pub set_is_good: bool,
}

impl Protection {
    /// Whether a person's wish to remove a picture is to be followed.
    pub(crate) fn wants_removed(&self, name: &ImageName) -> bool {
        !self.set_is_good && self.to_remove.contains(name) && !self.kept.contains(name)
    }
}
