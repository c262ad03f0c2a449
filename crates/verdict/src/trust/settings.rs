//! The limits beyond which answers are suspicious.

use serde::{Deserialize, Serialize};

/// The limits beyond which a model's answers are suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrustSettings {
    /// Maximum share of pairs of answers about the same picture that may differ, 0 to 1. Suspicious
    /// if the share is significantly higher.
    pub max_change: f64,
    /// Maximum share of answers that may follow the position on the sheet, 0 to 1, among the cells
    /// where position and picture predict different answers. Suspicious above it if
    /// the excess is significant.
    pub max_position: f64,
    /// Maximum share of actors that may have the same answers, 0 to 1.
    pub max_same: f64,
    /// The rate at which coloured pictures are called black and white, divided by the rate for
    /// monochrome ones, from which the answers are suspicious.
    pub max_coloured_ratio: f64,
    /// Minimum number of coloured and of monochrome pictures for comparing the two rates.
    pub min_of_each_tone: usize,
}

impl Default for TrustSettings {
    fn default() -> Self {
        Self {
            // Two random answers out of three classes differ in 2 of 3 cases; those of a model with
            // independent errors on a fifth of the pictures in 1 of 3.
            max_change: 0.45,
            max_position: 0.75,
            // In recorded runs of the original system, 19 of 100 actors had the same first 6
            // scores.
            max_same: 0.05,
            max_coloured_ratio: 0.5,
            min_of_each_tone: 12,
        }
    }
}
