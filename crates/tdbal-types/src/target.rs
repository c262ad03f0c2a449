//! Target composition of a set (total, share of each class) and the tolerance around it.

use crate::{ClassCounts, ImageClass};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Number of pictures a set should have and the share of each class in percent.
///
/// Shares are whole percentages that add up to 100. Counts per class are derived with the largest
/// remainder method (Hamilton's method): 20 pictures at 65 / 20 / 15 % are 13 / 4 / 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawTarget", into = "RawTarget")]
pub struct Target {
    total: usize,
    shares: ClassCounts,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    total: usize,
    photorealistic: usize,
    bw_stylized: usize,
    color_stylized: usize,
}

/// Error returned for an invalid target.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TargetError {
    /// The shares do not add up to 100 %. Holds their sum.
    #[error("the shares of a target must add up to 100 %, but these add up to {0} %")]
    Sum(usize),
    /// The total is zero or larger than [`Target::MAX_TOTAL`]. Holds the total.
    #[error("a target of {0} pictures is out of range: use 1 to {max}", max = Target::MAX_TOTAL)]
    Total(usize),
    /// A part is not `total=NUMBER` or `CLASS=PERCENT`. Holds the part.
    #[error(
        "invalid target part {0:?}: expected, for example, total=20,photorealistic=65,bw_stylized=20,color_stylized=15"
    )]
    Part(String),
}

impl Target {
    /// Largest allowed total.
    pub const MAX_TOTAL: usize = 10_000;

    /// Default target: 20 pictures, 65 % photorealistic, 20 % black-and-white stylised and 15 %
    /// colour stylised.
    pub const STANDARD: Self = Self {
        total: 20,
        shares: ClassCounts {
            photorealistic: 65,
            bw_stylized: 20,
            color_stylized: 15,
        },
    };

    /// Creates a target from a number of pictures and the share of each class in percent.
    ///
    /// # Errors
    /// Returns an error if the shares do not add up to 100 or `total` is outside 1 to
    /// [`Self::MAX_TOTAL`].
    pub fn new(total: usize, shares: ClassCounts) -> Result<Self, TargetError> {
        let sum = ImageClass::ALL
            .into_iter()
            .fold(0_usize, |sum, class| sum.saturating_add(shares[class]));
        if sum != 100 {
            Err(TargetError::Sum(sum))
        } else if total == 0 || total > Self::MAX_TOTAL {
            Err(TargetError::Total(total))
        } else {
            Ok(Self { total, shares })
        }
    }

    /// Returns the number of pictures a set should have.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// Returns the share of each class in percent.
    pub const fn shares(&self) -> ClassCounts {
        self.shares
    }

    /// Returns the target number of pictures in each class.
    ///
    /// Each class gets the whole part of its share; the pictures left over go to the classes with
    /// the largest remainders, one each. If remainders are equal, the earlier class wins.
    pub fn counts(&self) -> ClassCounts {
        let mut counts = ClassCounts::from_fn(|class| self.total * self.shares[class] / 100);
        let mut by_remainder = ImageClass::ALL;
        // The sort is stable, so equal remainders keep the order of the classes.
        by_remainder.sort_by_key(|&class| std::cmp::Reverse(self.total * self.shares[class] % 100));
        let missing = self.total - counts.total();
        for class in by_remainder.into_iter().take(missing) {
            counts[class] += 1;
        }
        counts
    }

    /// Returns true if a set with these counts needs no change.
    ///
    /// The total must match exactly. Each class must be within `tolerance` percentage points of its
    /// share, unless the counts equal [`Self::counts`]: in a small set, rounding alone can exceed
    /// the tolerance.
    pub fn is_met_by(&self, counts: &ClassCounts, tolerance: Tolerance) -> bool {
        counts.total() == self.total
            && (*counts == self.counts()
                || ImageClass::ALL.into_iter().all(|class| {
                    // In hundredths of a picture, which keeps the comparison exact.
                    let have = counts[class] * 100;
                    let want = self.total * self.shares[class];
                    have.abs_diff(want) as f64 <= tolerance.points() * self.total as f64
                }))
    }
}

impl Default for Target {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl TryFrom<RawTarget> for Target {
    type Error = TargetError;
    fn try_from(raw: RawTarget) -> Result<Self, Self::Error> {
        let RawTarget {
            total,
            photorealistic,
            bw_stylized,
            color_stylized,
        } = raw;
        Self::new(
            total,
            ClassCounts {
                photorealistic,
                bw_stylized,
                color_stylized,
            },
        )
    }
}

impl From<Target> for RawTarget {
    fn from(target: Target) -> Self {
        let Target { total, shares } = target;
        let ClassCounts {
            photorealistic,
            bw_stylized,
            color_stylized,
        } = shares;
        Self {
            total,
            photorealistic,
            bw_stylized,
            color_stylized,
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    /// Parses `total=20,photorealistic=65,bw_stylized=20,color_stylized=15`. Parts left out
    /// keep their value from [`Target::STANDARD`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut total = Self::STANDARD.total;
        let mut shares = Self::STANDARD.shares;
        for part in text.split(',').map(str::trim) {
            let wrong = || TargetError::Part(part.to_owned());
            let (key, value) = part.split_once('=').ok_or_else(wrong)?;
            let value = value
                .trim()
                .trim_end_matches('%')
                .parse()
                .map_err(|_| wrong())?;
            match key.trim() {
                "total" => total = value,
                class => shares[class.parse().map_err(|_| wrong())?] = value,
            }
        }
        Self::new(total, shares)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "total={}", self.total)?;
        self.shares
            .iter()
            .try_for_each(|(class, share)| write!(f, ",{class}={share}"))
    }
}

/// Allowed distance between a class's actual and target share, from 0 to 100 percentage points.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tolerance(f64);

/// Error returned when a tolerance is not a number from 0 to 100. Holds the number, which is NaN if
/// the text was not a number.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("invalid tolerance {0}: use a number of percentage points from 0 to 100")]
pub struct ToleranceError(pub f64);

impl Tolerance {
    /// Default tolerance, 10 percentage points.
    pub const STANDARD: Self = Self(10.0);

    /// Creates a tolerance from percentage points.
    ///
    /// # Errors
    /// Returns an error if `points` is NaN or outside 0 to 100.
    pub fn new(points: f64) -> Result<Self, ToleranceError> {
        if (0.0..=100.0).contains(&points) {
            Ok(Self(points))
        } else {
            Err(ToleranceError(points))
        }
    }

    /// Returns the tolerance in percentage points.
    pub const fn points(self) -> f64 {
        self.0
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl TryFrom<f64> for Tolerance {
    type Error = ToleranceError;
    fn try_from(points: f64) -> Result<Self, Self::Error> {
        Self::new(points)
    }
}

impl From<Tolerance> for f64 {
    fn from(tolerance: Tolerance) -> Self {
        tolerance.0
    }
}

impl FromStr for Tolerance {
    type Err = ToleranceError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(
            text.trim()
                .trim_end_matches('%')
                .parse()
                // NaN is outside every range, so `new` rejects it.
                .unwrap_or(f64::NAN),
        )
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
