//! A vision model's opinion of a picture and the confidence in a conclusion.

use crate::class::ImageClass;
use crate::picture::{Fault, Quality};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one look at a picture reports: its class, quality and faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// Class of the picture.
    pub class: ImageClass,
    /// Quality of the picture.
    pub quality: Quality,
    /// Faults of the picture, without duplicates, in the order of [`Fault::ALL`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// How much a conclusion about a picture can be trusted, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Needs review by a person; never enough to remove a picture.
    Unsure,
    /// One kind of evidence supports it and none contradicts it.
    Likely,
    /// Confirmed by a person or by two independent kinds of evidence.
    Sure,
}

impl Confidence {
    /// Returns the name used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Likely => "likely",
            Self::Sure => "sure",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidences_are_ordered_and_serialize_as_displayed() {
        assert!(Confidence::Unsure < Confidence::Likely && Confidence::Likely < Confidence::Sure);
        for confidence in [Confidence::Unsure, Confidence::Likely, Confidence::Sure] {
            let name = serde_json::to_value(confidence).unwrap();
            assert_eq!(name, confidence.to_string());
        }
    }
}
