//! What control sheets say of a model.

use super::settings::TrustSettings;
use evidence::Tone;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// How often coloured and monochrome pictures were called black and white.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlResult {
    /// Coloured pictures.
    pub coloured: usize,
    /// Those of them that were called black-and-white stylised.
    pub coloured_called_bw: usize,
    /// Monochrome pictures.
    pub monochrome: usize,
    /// Those of them that were called black-and-white stylised.
    pub monochrome_called_bw: usize,
}

impl Add for ControlResult {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            coloured: self.coloured + other.coloured,
            coloured_called_bw: self.coloured_called_bw + other.coloured_called_bw,
            monochrome: self.monochrome + other.monochrome,
            monochrome_called_bw: self.monochrome_called_bw + other.monochrome_called_bw,
        }
    }
}

impl Sum for ControlResult {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for ControlResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} coloured pictures were called black and white, and {} of {} monochrome ones",
            self.coloured_called_bw, self.coloured, self.monochrome_called_bw, self.monochrome
        )
    }
}

impl ControlResult {
    /// The shares of coloured and of monochrome pictures that were called black and white.
    fn rates(&self) -> Option<(f64, f64)> {
        (self.coloured > 0 && self.monochrome > 0).then(|| {
            (
                self.coloured_called_bw as f64 / self.coloured as f64,
                self.monochrome_called_bw as f64 / self.monochrome as f64,
            )
        })
    }

    /// Whether coloured ones are called black and white at so great a share of the rate of the others,
    /// or nothing is.
    pub(super) fn is_above(&self, ratio: f64) -> bool {
        self.rates()
            .is_some_and(|(coloured, monochrome)| coloured >= ratio * monochrome)
    }

    pub(super) fn count(&mut self, tone: Tone, called_bw: usize) {
        match tone {
            Tone::Colour => {
                self.coloured += 1;
                self.coloured_called_bw += called_bw;
            }
            Tone::Monochrome => {
                self.monochrome += 1;
                self.monochrome_called_bw += called_bw;
            }
            Tone::Unclear => {}
        }
    }

    /// The natural logarithm of how much better the answers are explained by a model that looks (which
    /// calls at least 6 of 10 monochrome drawings and at most 3 of 10 coloured ones black and white)
    /// than by one that does not (which calls both so equally often), each at its best.
    pub(super) fn weight_of_looking(&self) -> f64 {
        let Some((coloured, monochrome)) = self.rates() else {
            return 0.0;
        };
        let (all, called) = (
            self.coloured + self.monochrome,
            self.coloured_called_bw + self.monochrome_called_bw,
        );
        let looking = log_likelihood(self.coloured_called_bw, self.coloured, coloured.min(0.3))
            + log_likelihood(
                self.monochrome_called_bw,
                self.monochrome,
                monochrome.max(0.6),
            );
        looking - log_likelihood(called, all, called as f64 / all as f64)
    }
}

/// The logarithm of the likelihood of so many of so many at a rate, less the binomial coefficient,
/// which is the same at every rate.
fn log_likelihood(hits: usize, all: usize, rate: f64) -> f64 {
    let term = |count: usize, rate: f64| {
        if count == 0 {
            0.0
        } else {
            count as f64 * rate.ln()
        }
    };
    term(hits, rate) + term(all - hits, 1.0 - rate)
}

/// What the control sheets say of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlOutcome {
    /// It calls the coloured drawings black and white too often, or never says black and white.
    Failed,
    /// Too few cells to tell: another control sheet, of another seed, would help.
    Unproven,
    /// It looks: a model that does not is a thousand times less likely to answer so.
    Passed,
}

/// From which weight of looking a model has passed: the logarithm of 1000.
const PASSED: f64 = 6.9;

/// What all control sheets of a run together say of the model.
pub fn control_outcome(controls: &[ControlResult], settings: &TrustSettings) -> ControlOutcome {
    let all: ControlResult = controls.iter().copied().sum();
    let weight = all.weight_of_looking();
    if all.is_above(settings.max_coloured_ratio) || weight < 0.0 {
        ControlOutcome::Failed
    } else if weight < PASSED {
        ControlOutcome::Unproven
    } else {
        ControlOutcome::Passed
    }
}
