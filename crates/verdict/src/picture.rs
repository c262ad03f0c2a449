//! The pictures of a set, each with the evidence about it.

use evidence::Measures;
use std::collections::BTreeMap;
use tdbal_types::{Digest, ImageClass, ImageName, Label, Opinion};

/// One picture of a set.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureEvidence {
    /// The file decodes, and this is known about the picture.
    Readable(Box<Readable>),
    /// The file does not decode.
    Unreadable,
}

/// What is known about a picture that decodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Readable {
    /// The SHA-256 digest of the file.
    pub sha256: Digest,
    /// What was measured from the pixels.
    pub measures: Measures,
    /// The class that the prompt or record of the picture asked for.
    pub provenance: Option<ImageClass>,
    /// What a person said about the picture.
    pub label: Option<Label>,
    /// What the model said on each sheet, by the number of the sheet, from 1.
    pub votes: BTreeMap<u32, Opinion>,
    /// What the model said when it was shown the picture alone.
    pub close: Option<Opinion>,
}

impl Readable {
    /// The number of pixels: width times height.
    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.measures.width) * u64::from(self.measures.height)
    }

    /// Whether a label gives the class.
    pub(crate) fn has_labelled_class(&self) -> bool {
        self.label.is_some_and(|label| label.class.is_some())
    }

    /// Whether a label gives both the class and the quality, which leaves nothing to ask.
    pub(crate) fn is_fully_labelled(&self) -> bool {
        self.label
            .is_some_and(|label| label.class.is_some() && label.quality.is_some())
    }
}

/// The pictures of one actor by name. A sorted map, so the order of insertion cannot matter.
pub type Set = BTreeMap<ImageName, PictureEvidence>;

/// The pictures of a set that decode, by name.
pub(crate) fn readable(set: &Set) -> impl Iterator<Item = (&ImageName, &Readable)> {
    set.iter().filter_map(|(name, evidence)| match evidence {
        PictureEvidence::Readable(picture) => Some((name, picture.as_ref())),
        PictureEvidence::Unreadable => None,
    })
}
