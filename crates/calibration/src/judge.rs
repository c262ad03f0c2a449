//! Who judges, and what can be answered.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use tdbal_types::ImageClass;

/// What says something of a picture. Written `sheet_1`, `votes`, `close`, `tone`, `provenance`,
/// `verdict`, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Judge {
    /// One sheet of all pictures, by its vote: what believing a single sheet would give.
    Sheet(NonZeroU32),
    /// The vote over all sheets.
    Votes,
    /// A look at the picture alone.
    Close,
    /// The colour of its pixels. It only tells monochrome from coloured ([`Scale::Tone`]).
    Tone,
    /// The class that the picture's prompt or record asked for.
    Provenance,
    /// What follows from all of these, without a person's word.
    Verdict,
}

/// A text that names no judge.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no judge: use sheet_1, sheet_2, ..., votes, close, tone, provenance or verdict")]
pub struct UnknownJudge(pub String);

/// Between what a judge can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The three classes.
    Classes,
    /// Monochrome or coloured. A black-and-white stylised picture is monochrome, every other class
    /// coloured; so a black-and-white photograph counts as an error of the pixels.
    Tone,
}

/// One answer of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Looks like a photograph.
    Photorealistic,
    /// Stylised without colour.
    BwStylized,
    /// Stylised in colour.
    ColorStylized,
    /// Without colour.
    Monochrome,
    /// With colour.
    Coloured,
}

impl Judge {
    /// Between what it can choose.
    pub const fn scale(self) -> Scale {
        match self {
            Self::Tone => Scale::Tone,
            Self::Sheet(_) | Self::Votes | Self::Close | Self::Provenance | Self::Verdict => {
                Scale::Classes
            }
        }
    }
}

impl Scale {
    /// All its answers, in the order in which they are listed.
    pub const fn categories(self) -> &'static [Category] {
        match self {
            Self::Classes => &[
                Category::Photorealistic,
                Category::BwStylized,
                Category::ColorStylized,
            ],
            Self::Tone => &[Category::Monochrome, Category::Coloured],
        }
    }

    /// The answer that a class is on this scale.
    pub const fn of(self, class: ImageClass) -> Category {
        match (self, class) {
            (Self::Classes, ImageClass::Photorealistic) => Category::Photorealistic,
            (Self::Classes, ImageClass::BwStylized) => Category::BwStylized,
            (Self::Classes, ImageClass::ColorStylized) => Category::ColorStylized,
            (Self::Tone, ImageClass::BwStylized) => Category::Monochrome,
            (Self::Tone, ImageClass::Photorealistic | ImageClass::ColorStylized) => {
                Category::Coloured
            }
        }
    }
}

impl Category {
    /// A short name for a column.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Photorealistic => "photo",
            Self::BwStylized => "b/w",
            Self::ColorStylized => "colour",
            Self::Monochrome => "monochrome",
            Self::Coloured => "coloured",
        }
    }
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sheet(vote) => f.pad(&format!("sheet_{vote}")),
            Self::Votes => f.pad("votes"),
            Self::Close => f.pad("close"),
            Self::Tone => f.pad("tone"),
            Self::Provenance => f.pad("provenance"),
            Self::Verdict => f.pad("verdict"),
        }
    }
}

impl FromStr for Judge {
    type Err = UnknownJudge;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "votes" => Ok(Self::Votes),
            "close" => Ok(Self::Close),
            "tone" => Ok(Self::Tone),
            "provenance" => Ok(Self::Provenance),
            "verdict" => Ok(Self::Verdict),
            _ => text
                .strip_prefix("sheet_")
                .and_then(|vote| vote.parse().ok())
                .map(Self::Sheet)
                .ok_or_else(|| UnknownJudge(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Judge {
    type Error = UnknownJudge;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Judge> for String {
    fn from(judge: Judge) -> Self {
        judge.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_are_named_as_in_files() {
        let mut seen = 0;
        for name in [
            "sheet_1",
            "sheet_12",
            "votes",
            "close",
            "tone",
            "provenance",
            "verdict",
        ] {
            let judge: Judge = name.parse().unwrap();
            assert_eq!(judge.to_string(), name);
            assert_eq!(serde_json::to_value(judge).unwrap(), name);
            seen += 1;
        }
        assert_eq!(seen, 7);
        for wrong in ["sheet_0", "sheet_", "sheet", "vote", ""] {
            assert_eq!(wrong.parse::<Judge>(), Err(UnknownJudge(wrong.to_owned())));
        }
    }

    #[test]
    fn every_class_is_an_answer_of_every_scale() {
        for scale in [Scale::Classes, Scale::Tone] {
            for class in ImageClass::ALL {
                assert!(scale.categories().contains(&scale.of(class)));
            }
        }
        assert_eq!(Scale::Tone.of(ImageClass::BwStylized), Category::Monochrome);
        assert_eq!(
            Scale::Tone.of(ImageClass::Photorealistic),
            Category::Coloured
        );
    }
}
