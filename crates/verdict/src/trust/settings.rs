//! From where on a model's answers are suspicious.

use serde::{Deserialize, Serialize};

/// From where on answers are suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrustSettings {
    /// The share of pairs of answers about one picture that may differ, 0 to 1; suspicious where it is
    /// certainly higher.
    pub max_change: f64,
    /// The share of telling cells, 0 to 1, that may follow the place and not the picture; suspicious
    /// where there are enough of them to tell.
    pub max_position: f64,
    /// The share of actors, 0 to 1, that may have the same answers.
    pub max_same: f64,
    /// How often coloured pictures may be called black and white for each time that monochrome ones
    /// are; suspicious from there on.
    pub max_coloured_ratio: f64,
    /// How many monochrome and how many coloured pictures of the actors it takes to compare them.
    pub min_of_each_tone: usize,
}

impl Default for TrustSettings {
    fn default() -> Self {
        Self {
            // Two random answers of three differ in 2 of 3 cases, those of a model that errs anew on a
            // fifth of the pictures in 1 of 3.
            max_change: 0.45,
            max_position: 0.75,
            // The same six scores opened 19 of 100 recorded runs.
            max_same: 0.05,
            max_coloured_ratio: 0.5,
            min_of_each_tone: 12,
        }
    }
}
