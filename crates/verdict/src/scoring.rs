//! How much faults lower the score of a picture.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tdbal_types::{Fault, Quality};

/// How many points each fault takes off the score of a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scoring {
    /// Points to subtract from the quality for each fault; a fault that is not listed costs
    /// nothing. Empty by default, because the model is told to subtract points itself.
    pub weights: BTreeMap<Fault, f64>,
}

impl Scoring {
    /// The quality less the points for the faults, rounded and limited to 1 to 10. Weights that are
    /// not finite numbers count as 0.
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
