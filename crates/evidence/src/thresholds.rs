//! Thresholds: which values of a measurement are significant.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::picture::Measures;
use crate::tone::Tone;

/// The values from which on measurements are significant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Maximum [`r99`](crate::r99) of a monochrome picture.
    pub monochrome_max: f64,
    /// Minimum [`r99`](crate::r99) of a coloured picture.
    pub colour_min: f64,
    /// Maximum number of bits, out of 256, in which the hashes of near-duplicates differ.
    pub near_duplicate_max: u32,
    /// [`sharpness`](crate::sharpness) below which a picture is flagged as blurred.
    pub blur_below: f64,
    /// Blockiness above which a picture is flagged as blocky: see
    /// [`BlockMeter`](crate::BlockMeter).
    pub blocky_above: f64,
    /// Length of the shorter side, in pixels, below which a picture is flagged as small.
    pub min_side: u32,
}

impl Default for Thresholds {
    /// The measured thresholds: see the documentation of the crate. 512 pixels is the size at which
    /// sharpness is measured and at which a model looks at single pictures.
    fn default() -> Self {
        Self {
            monochrome_max: 4.2,
            colour_min: 8.0,
            near_duplicate_max: 30,
            blur_below: 30.0,
            blocky_above: 1.4,
            min_side: 512,
        }
    }
}

/// A property of a picture that a person may want to check. A flag alone decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The picture has soft edges.
    Blurred,
    /// The picture shows the blocks of a strongly compressed JPEG.
    Blocky,
    /// The picture has few pixels.
    Small,
}

impl Flag {
    /// The name used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blurred => "blurred",
            Self::Blocky => "blocky",
            Self::Small => "small",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Thresholds {
    /// Whether a picture has colour.
    ///
    /// A value between the two thresholds is unclear. So is a value that satisfies both, which is
    /// possible only if `colour_min` is set below `monochrome_max`.
    pub fn tone(&self, measures: &Measures) -> Tone {
        let is_monochrome = measures.r99 <= self.monochrome_max;
        let is_colour = measures.r99 >= self.colour_min;
        match (is_monochrome, is_colour) {
            (true, false) => Tone::Monochrome,
            (false, true) => Tone::Colour,
            // Neither, both, or not a number.
            _ => Tone::Unclear,
        }
    }

    /// The flags that apply to a picture, in the order of [`Flag`].
    pub fn flags(&self, measures: &Measures) -> Vec<Flag> {
        let is_blocky = measures
            .blockiness
            .is_some_and(|blockiness| blockiness > self.blocky_above);
        let found = [
            (Flag::Blurred, measures.sharpness < self.blur_below),
            (Flag::Blocky, is_blocky),
            (
                Flag::Small,
                measures.width.min(measures.height) < self.min_side,
            ),
        ];
        found
            .into_iter()
            .filter_map(|(flag, is_found)| is_found.then_some(flag))
            .collect()
    }
}

#[cfg(test)]
mod tests;
