//! How a set is judged.

use crate::look_policy::{LookPolicy, Votes};
use crate::probability::ErrorRates;
use crate::scoring::Scoring;
use evidence::Thresholds;
use serde::{Deserialize, Serialize};

/// How a set is judged: what the model is asked, and how its answers are weighed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JudgingSettings {
    /// Number of sheets each picture appears on.
    pub votes: Votes,
    /// Which pictures get a close look.
    pub look: LookPolicy,
    /// Whether the only answer is a recorded sheet in the format of the original system, the
    /// scripts that tdbal replaces: each picture then has one vote and no close look, and
    /// is at most likely.
    pub one_sheet: bool,
    /// Thresholds that turn the measures of a picture into statements about it.
    pub thresholds: Thresholds,
    /// How many points each fault takes off the score.
    pub scoring: Scoring,
    /// Maximum share of a set's pictures, 0 to 1, whose class may change with the order of the
    /// sheet. Above it the answers count as random: verdicts without a label become unsure.
    pub max_changing: f64,
    /// Assumed error rates of the model, of provenance and of pixels.
    pub rates: ErrorRates,
    /// Minimum probability, 0 to 1, that a picture really exceeds the target of its class before it
    /// is removed for that reason. [`LookPolicy::Sheet`] ignores it: sheets are taken at face
    /// value.
    pub min_chance: f64,
}

impl Default for JudgingSettings {
    fn default() -> Self {
        Self {
            votes: Votes::default(),
            look: LookPolicy::default(),
            one_sheet: false,
            thresholds: Thresholds::default(),
            scoring: Scoring::default(),
            // Over three sheets, random answers change for 8 of 9 pictures; a model with
            // independent errors in 5 % of its answers changes 1 of 7.
            max_changing: 0.4,
            rates: ErrorRates::default(),
            // Measured in docs/trust.md: a higher value leaves more pictures to a person, a lower
            // one removes more that should stay.
            min_chance: 0.75,
        }
    }
}
