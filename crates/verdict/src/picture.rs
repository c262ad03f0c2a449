//! What is known of the pictures of a set.

use evidence::Measures;
use std::collections::BTreeMap;
use tdbal_types::{Digest, ImageClass, ImageName, Label, Opinion};

/// One picture of a set.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureEvidence {
    /// It can be looked at.
    Readable(Box<Readable>),
    /// Its bytes do not decode.
    Unreadable,
}

/// What is known of a picture that can be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Readable {
    /// The digest of its bytes.
    pub sha256: Digest,
    /// What its pixels say.
    pub measures: Measures,
    /// The class that its prompt or record asked for.
    pub provenance: Option<ImageClass>,
    /// What a person said of it.
    pub label: Option<Label>,
    /// What was said of it on each sheet, by the sheet's number from 1.
    pub votes: BTreeMap<u32, Opinion>,
    /// What was said of it when it was looked at alone.
    pub close: Option<Opinion>,
}

impl Readable {
    /// Its width times its height.
    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.measures.width) * u64::from(self.measures.height)
    }

    /// Whether a person said its class.
    pub(crate) fn is_class_settled(&self) -> bool {
        self.label.is_some_and(|label| label.class.is_some())
    }

    /// Whether a person said all that is asked.
    pub(crate) fn is_settled(&self) -> bool {
        self.label
            .is_some_and(|label| label.class.is_some() && label.quality.is_some())
    }
}

/// The pictures of an actor by name, so that their order cannot matter.
pub type Set = BTreeMap<ImageName, PictureEvidence>;

pub(crate) fn readable(set: &Set) -> impl Iterator<Item = (&ImageName, &Readable)> {
    set.iter().filter_map(|(name, exhibit)| match exhibit {
        PictureEvidence::Readable(picture) => Some((name, picture.as_ref())),
        PictureEvidence::Unreadable => None,
    })
}
