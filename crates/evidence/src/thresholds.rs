//! From what value on a measure means something.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{Measures, Tone};

/// From what value on a measure means something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Highest [`r99`](crate::r99) of a monochrome picture.
    pub monochrome_max: f64,
    /// Lowest [`r99`](crate::r99) of a coloured picture.
    pub colour_min: f64,
    /// Most bits of 256 in which the hashes of near-duplicates differ.
    pub near_duplicate_max: u32,
    /// [`sharpness`](crate::sharpness) below which a picture is flagged as blurred.
    pub blur_below: f64,
    /// Blockiness above which a picture is flagged as blocky.
    pub blocky_above: f64,
    /// Shorter side in pixels below which a picture is flagged as small.
    pub min_side: u32,
}

impl Default for Thresholds {
    /// As measured (see the crate's documentation); 512 pixels is the size at which sharpness is
    /// measured and a picture is looked at closely.
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

/// What a person may want to look at; never a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Its edges are soft.
    Blurred,
    /// It shows the blocks of a strongly compressed JPEG.
    Blocky,
    /// It has few pixels.
    Small,
}

impl Flag {
    /// The name in files.
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
    /// Whether a picture has colour. A value that both bounds admit, which only crossed settings
    /// bring about, is unclear.
    pub fn tone(&self, measures: &Measures) -> Tone {
        let is_monochrome = measures.r99 <= self.monochrome_max;
        let is_colour = measures.r99 >= self.colour_min;
        match (is_monochrome, is_colour) {
            (true, false) => Tone::Monochrome,
            (false, true) => Tone::Colour,
            _ => Tone::Unclear,
        }
    }

    /// What a person may want to look at, in the order of [`Flag`].
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
mod tests {
    use super::*;
    use crate::PerceptualHash;

    fn measures(r99: f64) -> Measures {
        Measures {
            r99,
            sharpness: 30.0,
            blockiness: Some(1.4),
            hash: PerceptualHash::from_bytes([7; 32]),
            width: 512,
            height: 900,
        }
    }

    #[test]
    fn the_bounds_of_tone_are_inclusive() {
        let thresholds = Thresholds::default();
        for (r99, tone) in [
            (0.0, Tone::Monochrome),
            (4.2, Tone::Monochrome),
            (4.21, Tone::Unclear),
            (7.99, Tone::Unclear),
            (8.0, Tone::Colour),
            (60.0, Tone::Colour),
            (f64::NAN, Tone::Unclear),
        ] {
            assert_eq!(thresholds.tone(&measures(r99)), tone, "{r99}");
        }
        let crossed = Thresholds {
            monochrome_max: 9.0,
            ..thresholds
        };
        assert_eq!(crossed.tone(&measures(8.5)), Tone::Unclear);
    }

    #[test]
    fn each_flag_has_its_own_bound() {
        let thresholds = Thresholds::default();
        let clean = measures(20.0);
        assert_eq!(thresholds.flags(&clean), []);
        let poor = Measures {
            sharpness: 29.9,
            blockiness: Some(1.41),
            height: 511,
            ..clean.clone()
        };
        let all = [Flag::Blurred, Flag::Blocky, Flag::Small];
        assert_eq!(thresholds.flags(&poor), all);
        let unknown = Measures {
            blockiness: None,
            ..poor
        };
        assert_eq!(thresholds.flags(&unknown), [Flag::Blurred, Flag::Small]);
    }

    #[test]
    fn settings_give_what_they_change_and_nothing_else() {
        let set: Thresholds = serde_json::from_str("{\"blur_below\": 12}").unwrap();
        let expected = Thresholds {
            blur_below: 12.0,
            ..Thresholds::default()
        };
        assert_eq!(set, expected);
        assert!(serde_json::from_str::<Thresholds>("{\"blur_above\": 12}").is_err());
    }

    #[test]
    fn measures_are_read_as_they_were_written() {
        let measures = measures(1.0 / 3.0);
        let text = serde_json::to_string(&measures).unwrap();
        assert_eq!(serde_json::from_str::<Measures>(&text).unwrap(), measures);
    }

    #[test]
    fn names_are_those_of_files() {
        for tone in [Tone::Monochrome, Tone::Unclear, Tone::Colour] {
            assert_eq!(serde_json::to_value(tone).unwrap(), tone.to_string());
        }
        for flag in [Flag::Blurred, Flag::Blocky, Flag::Small] {
            assert_eq!(serde_json::to_value(flag).unwrap(), flag.to_string());
        }
    }
}
