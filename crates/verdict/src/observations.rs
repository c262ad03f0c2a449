//! What is known of one picture.

use evidence::Tone;
use serde::{Deserialize, Serialize};
use tdbal_types::{ImageClass, Label, Opinion};

/// Everything that is known of one picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Observations {
    /// What each sheet's answer says, by the number of the sheet.
    pub votes: Vec<Opinion>,
    /// What the look at it alone says.
    pub close: Option<Opinion>,
    /// What its pixels say of colour.
    pub tone: Option<Tone>,
    /// The class that its prompt or record asked for.
    pub provenance: Option<ImageClass>,
    /// What a person said.
    pub label: Option<Label>,
    /// A near-duplicate was seen as another class.
    pub twins_differ: bool,
}

impl Observations {
    /// Every look of the model: the votes, then the close look.
    pub(crate) fn looks(&self) -> impl Iterator<Item = &Opinion> {
        self.votes.iter().chain(&self.close)
    }
}
