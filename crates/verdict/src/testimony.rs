//! What is known of one picture.

use evidence::Tone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tdbal_types::{Fault, ImageClass, Opinion, Quality};

/// What a person said of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Its class, if they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ImageClass>,
    /// Its quality, if they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

/// Everything that is known of one picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Testimony {
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

impl Testimony {
    /// Every look of the model: the votes, then the close look.
    pub(crate) fn looks(&self) -> impl Iterator<Item = &Opinion> {
        self.votes.iter().chain(&self.close)
    }
}

/// How faults weigh on the score, on top of what the model's quality already holds of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scoring {
    /// Points off the quality for each fault; a fault that is not named costs nothing. By default none
    /// does, since the model is told to take its points off itself.
    pub weights: BTreeMap<Fault, f64>,
}

impl Scoring {
    /// The quality less the points of the faults, rounded, 1 to 10. A weight that is not a number
    /// counts as nothing.
    pub(crate) fn score(&self, quality: Quality, faults: &[Fault]) -> Quality {
        let off: f64 = faults
            .iter()
            .filter_map(|fault| self.weights.get(fault))
            .filter(|points| points.is_finite())
            .sum();
        let points = (f64::from(quality.get()) - off).round().clamp(1.0, 10.0);
        Quality::new(points as i64).unwrap_or(quality)
    }
}
