//! What one look says of a picture, and how far a conclusion can be trusted.

use crate::class::ImageClass;
use crate::picture::{Fault, Quality};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one look at a picture says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// Its class.
    pub class: ImageClass,
    /// How good it is.
    pub quality: Quality,
    /// Its faults, each once, in the order of [`Fault::ALL`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// How far what is concluded of a picture can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A person should look at it; nothing is removed on its strength.
    Unsure,
    /// One kind of evidence says so and none speaks against it.
    Likely,
    /// A person says so, or two independent kinds of evidence.
    Sure,
}

impl Confidence {
    /// The name in files.
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
    fn confidences_are_in_order_and_named_as_in_files() {
        assert!(Confidence::Unsure < Confidence::Likely && Confidence::Likely < Confidence::Sure);
        for confidence in [Confidence::Unsure, Confidence::Likely, Confidence::Sure] {
            let name = serde_json::to_value(confidence).unwrap();
            assert_eq!(name, confidence.to_string());
        }
    }
}
