//! The result of control sheets, which show plain drawings that are clearly coloured or monochrome.

use super::settings::TrustSettings;
use evidence::Tone;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// How often a model called coloured and monochrome pictures black and white.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlResult {
    /// Number of coloured pictures.
    pub coloured: usize,
    /// Number of coloured pictures that were called black-and-white stylised.
    pub coloured_called_bw: usize,
    /// Number of monochrome pictures.
    pub monochrome: usize,
    /// Number of monochrome pictures that were called black-and-white stylised.
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
            "{} of {} coloured pictures and {} of {} monochrome pictures were called black and \
             white",
            self.coloured_called_bw, self.coloured, self.monochrome_called_bw, self.monochrome
        )
    }
}

impl ControlResult {
    /// The shares of coloured and of monochrome pictures, 0 to 1, that were called black and white.
    /// `None` unless there are pictures of both kinds.
    fn rates(&self) -> Option<(f64, f64)> {
        (self.coloured > 0 && self.monochrome > 0).then(|| {
            (
                self.coloured_called_bw as f64 / self.coloured as f64,
                self.monochrome_called_bw as f64 / self.monochrome as f64,
            )
        })
    }

    /// Whether the rate for coloured pictures is at least `ratio` times the rate for monochrome
    /// ones. Also true if nothing was called black and white.
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

    /// The log-likelihood ratio between a model that looks and one that does not.
    ///
    /// A model that looks calls at least 60 % of monochrome drawings and at most 30 % of coloured
    /// ones black and white; one that does not has the same rate for both. Each is taken at the
    /// rates that fit the answers best.
    pub(super) fn log_likelihood_ratio(&self) -> f64 {
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

/// The natural logarithm of the binomial likelihood of `hits` in `all` at `rate`. The binomial
/// coefficient is left out: it cancels in a ratio.
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

/// What the control sheets show about a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlOutcome {
    /// The model calls coloured drawings black and white too often, or never says black and white.
    Failed,
    /// There are too few answers to decide. Show another control sheet, with another seed.
    Unproven,
    /// The model looks: one that does not is 1000 times less likely to give these answers.
    Passed,
}

/// The log-likelihood ratio from which a model passes: about ln 1000.
const MIN_PASS_RATIO: f64 = 6.9;

/// Decides from all control sheets of a run together whether the model passes.
pub fn control_outcome(controls: &[ControlResult], settings: &TrustSettings) -> ControlOutcome {
    let all: ControlResult = controls.iter().copied().sum();
    let ratio = all.log_likelihood_ratio();
    // A negative ratio means that a model that does not look explains the answers better.
    if all.is_above(settings.max_coloured_ratio) || ratio < 0.0 {
        ControlOutcome::Failed
    } else if ratio < MIN_PASS_RATIO {
        ControlOutcome::Unproven
    } else {
        ControlOutcome::Passed
    }
}
