//! How faults weigh on the score of a picture.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tdbal_types::{Fault, Quality};

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
