//! What a set should be: how many pictures, in which shares, and how near is near enough.

use crate::{ClassCounts, ImageClass};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How many pictures a set should have, and the share of each class in percent.
///
/// Shares are whole percents that add up to 100. The counts follow by the largest remainder
/// (Hamilton's method): 20 pictures at 65 / 20 / 15 are 13 / 4 / 3.
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

/// Why a target makes no sense.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TargetError {
    /// Shares that are not a whole.
    #[error("the shares of a target must add up to 100 %, these add up to {0} %")]
    Sum(usize),
    /// More pictures than any set has.
    #[error("a target of {0} pictures is out of range: use 1 to {max}", max = Target::MAX_TOTAL)]
    Total(usize),
    /// A part that is not `name=number`.
    #[error(
        "{0:?} is no part of a target: expected total=20,photorealistic=65,bw_stylized=20,color_stylized=15"
    )]
    Part(String),
}

impl Target {
    /// The largest set that can be asked for.
    pub const MAX_TOTAL: usize = 10_000;

    /// 20 pictures: 65 % photorealistic, 20 % black-and-white and 15 % colour stylised.
    pub const STANDARD: Self = Self {
        total: 20,
        shares: ClassCounts {
            photorealistic: 65,
            bw_stylized: 20,
            color_stylized: 15,
        },
    };

    /// Takes a number of pictures and the share of each class in percent.
    ///
    /// # Errors
    /// When the shares do not add up to 100 or the total is not 1 to [`Self::MAX_TOTAL`].
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

    /// How many pictures a set should have.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The share of each class in percent.
    pub const fn shares(&self) -> ClassCounts {
        self.shares
    }

    /// How many pictures of each class: the whole part of each share, and one more for the classes
    /// with the largest remainders, the earlier class first where two are equal.
    pub fn counts(&self) -> ClassCounts {
        let mut counts = ClassCounts::from_fn(|class| self.total * self.shares[class] / 100);
        let mut by_remainder = ImageClass::ALL;
        by_remainder.sort_by_key(|&class| std::cmp::Reverse(self.total * self.shares[class] % 100));
        let missing = self.total - counts.total();
        for class in by_remainder.into_iter().take(missing) {
            counts[class] += 1;
        }
        counts
    }

    /// Whether a set of these counts is good enough: it has exactly the target's total, and every
    /// class is within `tolerance` points of its share, or on its count (which for a small total
    /// can be further away than that).
    pub fn is_met_by(&self, counts: &ClassCounts, tolerance: Tolerance) -> bool {
        counts.total() == self.total
            && (*counts == self.counts()
                || ImageClass::ALL.into_iter().all(|class| {
                    // In hundredths of a picture, so that the comparison is exact.
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

    /// Reads `total=20,photorealistic=65,bw_stylized=20,color_stylized=15`. A part that is not
    /// named keeps its standard value.
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

/// How far a class may be from its share, in points of percentage, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tolerance(f64);

/// A tolerance out of range.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("{0} is not a tolerance: it must be from 0 to 100 points of percentage")]
pub struct ToleranceError(pub f64);

impl Tolerance {
    /// 10 points.
    pub const STANDARD: Self = Self(10.0);

    /// Takes points of percentage.
    ///
    /// # Errors
    /// When they are not from 0 to 100.
    pub fn new(points: f64) -> Result<Self, ToleranceError> {
        if (0.0..=100.0).contains(&points) {
            Ok(Self(points))
        } else {
            Err(ToleranceError(points))
        }
    }

    /// The points of percentage.
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
