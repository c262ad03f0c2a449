//! Everything known about one picture.

use evidence::Tone;
use serde::{Deserialize, Serialize};
use tdbal_types::{ImageClass, Label, Opinion};

/// Everything known about one picture, from which [`judge`](crate::judge()) derives a verdict.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Observations {
    /// What the model said on each sheet, in the order of the sheets.
    pub votes: Vec<Opinion>,
    /// What the model said when it was shown the picture alone.
    pub close: Option<Opinion>,
    /// Whether the pixels are coloured or monochrome; `None` if they were not measured.
    pub tone: Option<Tone>,
    /// The class that the prompt or record of the picture asked for.
    pub provenance: Option<ImageClass>,
    /// What a person said.
    pub label: Option<Label>,
    /// Whether a near-duplicate of the picture was judged to be of another class.
    pub twins_differ: bool,
}

impl Observations {
    /// Every look of the model: the votes, then the close look.
    pub(crate) fn looks(&self) -> impl Iterator<Item = &Opinion> {
        self.votes.iter().chain(&self.close)
    }
}
