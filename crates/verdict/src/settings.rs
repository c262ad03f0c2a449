//! The settings of an inquiry.

use crate::look_policy::{LookPolicy, Votes};
use crate::probability::ErrorRates;
use crate::scoring::Scoring;
use evidence::Thresholds;
use serde::{Deserialize, Serialize};

/// How to inquire into a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JudgingSettings {
    /// How many sheets are shown.
    pub votes: Votes,
    /// Which pictures are looked at alone.
    pub look: LookPolicy,
    /// There is one recorded sheet of the old form: one vote, no close look, at most likely.
    pub one_sheet: bool,
    /// From where on pixels say something.
    pub thresholds: Thresholds,
    /// How faults weigh.
    pub scoring: Scoring,
    /// The share of a set's pictures, 0 to 1, that may change class with the order of the sheet. In a
    /// set with more the looks are no better than chance, and every verdict that rests on them is
    /// unsure.
    pub max_changing: f64,
    /// How often the witnesses are assumed to be wrong.
    pub rates: ErrorRates,
    /// How probable it has to be, 0 to 1, that a picture is one too many of its class before it is
    /// removed for that. Not asked under [`LookPolicy::Sheet`], where the sheets are taken at their
    /// word.
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
            // Of three sheets answered at random 8 of 9 pictures change; of a model that errs anew on
            // 5 % of the pictures, 1 of 7.
            max_changing: 0.4,
            rates: ErrorRates::default(),
            // Measured in docs/trust.md: a higher one leaves more to a person, a lower one removes
            // more that should stay.
            min_chance: 0.75,
        }
    }
}
