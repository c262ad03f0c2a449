//! Judges, and the answers that they can give.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use tdbal_types::ImageClass;

/// A source of a picture's class.
///
/// Written as `sheet_1` (and so on), `votes`, `close`, `tone`, `provenance` and `verdict`, and
/// ordered like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
// Serialised as a string, because judges are keys of JSON objects.
#[serde(try_from = "String", into = "String")]
pub enum Judge {
    /// The answers about a single sheet, numbered from 1: the result of trusting one sheet alone.
    Sheet(NonZeroU32),
    /// The majority vote over all sheets.
    Votes,
    /// The answer about the picture shown alone.
    Close,
    /// The colour of the pixels. It only distinguishes monochrome from coloured ([`Scale::Tone`]).
    Tone,
    /// The class that the picture's prompt or manifest record names.
    Provenance,
    /// The conclusion from all other judges, without the person's label.
    Verdict,
}

/// The error for a text that is not the name of a judge.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "unknown judge {0:?}: use sheet_1, sheet_2, ..., votes, close, tone, provenance or verdict"
)]
pub struct UnknownJudge(pub String);

/// The set of answers that a judge can choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The three picture classes.
    Classes,
    /// Monochrome or coloured.
    ///
    /// The class "black-and-white stylised" counts as monochrome and every other class as coloured.
    /// So a black-and-white photograph, labelled photorealistic, counts as an error of the pixels.
    Tone,
}

/// One of the answers of a [`Scale`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// The picture looks like a photograph.
    Photorealistic,
    /// The picture is stylised and has no colour.
    BwStylized,
    /// The picture is stylised and has colour.
    ColorStylized,
    /// The picture has no colour.
    Monochrome,
    /// The picture has colour.
    Coloured,
}

impl Judge {
    /// The set of answers that this judge can choose from.
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
    /// All answers of this scale, in the order of rows and columns in tables.
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

    /// The answer on this scale that corresponds to a class.
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
    /// A short name for column headings.
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
            // `pad` rather than `write!`, to honour the width in format strings.
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
    fn judge_names_are_parsed_displayed_and_serialised_alike() {
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
    fn every_class_has_an_answer_on_every_scale() {
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
