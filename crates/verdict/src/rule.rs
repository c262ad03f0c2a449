//! The rules that lead to a verdict, by name.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A rule that had a say in a verdict. `docs/trust.md` says what each costs and catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A person said the class: sure, whatever else is known.
    Person,
    /// Every look says the same class: likely, if nothing speaks against it.
    LooksAgree,
    /// Most votes say the class and the close look agrees: likely, if nothing speaks against it.
    MajorityConfirmed,
    /// The provenance says what the looks say, which is a second kind of evidence: sure.
    ProvenanceAgrees,
    /// The picture is monochrome and the looks say black and white, which is a second kind of
    /// evidence: sure.
    MonochromeAgrees,
    /// No class has more than half of the votes: unsure.
    NoMajority,
    /// Most votes say one class, some another, and nobody looked closely: unsure.
    MajorityUnconfirmed,
    /// The close look says another class than most or all votes: unsure.
    CloseLookDiffers,
    /// The looks say photorealistic or colour stylised of a monochrome picture, or black and white of
    /// a coloured one: unsure, whatever the votes.
    ToneContradicts,
    /// The provenance says another class than the looks: unsure.
    ProvenanceDiffers,
    /// A near-duplicate was seen as another class: unsure.
    TwinsDiffer,
    /// Too many pictures of the set changed class with the order of the sheet: unsure.
    AnswersChange,
    /// It would leave, but that there are enough better ones of its class is not probable enough:
    /// unsure.
    PlaceUncertain,
    /// The only look is one recorded sheet of the old form: at most likely.
    OneSheet,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 14] = [
        Self::Person,
        Self::LooksAgree,
        Self::MajorityConfirmed,
        Self::ProvenanceAgrees,
        Self::MonochromeAgrees,
        Self::NoMajority,
        Self::MajorityUnconfirmed,
        Self::CloseLookDiffers,
        Self::ToneContradicts,
        Self::ProvenanceDiffers,
        Self::TwinsDiffer,
        Self::AnswersChange,
        Self::PlaceUncertain,
        Self::OneSheet,
    ];

    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::LooksAgree => "looks_agree",
            Self::MajorityConfirmed => "majority_confirmed",
            Self::ProvenanceAgrees => "provenance_agrees",
            Self::MonochromeAgrees => "monochrome_agrees",
            Self::NoMajority => "no_majority",
            Self::MajorityUnconfirmed => "majority_unconfirmed",
            Self::CloseLookDiffers => "close_look_differs",
            Self::ToneContradicts => "tone_contradicts",
            Self::ProvenanceDiffers => "provenance_differs",
            Self::TwinsDiffer => "twins_differ",
            Self::AnswersChange => "answers_change",
            Self::PlaceUncertain => "place_uncertain",
            Self::OneSheet => "one_sheet",
        }
    }

    /// Whether it makes the verdict unsure.
    pub const fn makes_unsure(self) -> bool {
        matches!(
            self,
            Self::NoMajority
                | Self::MajorityUnconfirmed
                | Self::CloseLookDiffers
                | Self::ToneContradicts
                | Self::ProvenanceDiffers
                | Self::TwinsDiffer
                | Self::AnswersChange
                | Self::PlaceUncertain
        )
    }
}

impl fmt::Display for Rule {
    /// In words, as the reason behind a verdict.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Person => "a person said so",
            Self::LooksAgree => "all looks agree",
            Self::MajorityConfirmed => "most votes and the close look agree",
            Self::ProvenanceAgrees => "where it came from says the same",
            Self::MonochromeAgrees => "its pixels are monochrome",
            Self::NoMajority => "the votes have no majority",
            Self::MajorityUnconfirmed => "the votes differ and nobody looked closely",
            Self::CloseLookDiffers => "the close look differs from the votes",
            Self::ToneContradicts => "its pixels contradict the looks",
            Self::ProvenanceDiffers => "where it came from says another class than the looks",
            Self::TwinsDiffer => "a near-duplicate was seen as another class",
            Self::AnswersChange => "too many answers about this set change with the order",
            Self::PlaceUncertain => {
                "whether there are enough better ones of its class is uncertain"
            }
            Self::OneSheet => "it was seen on one recorded sheet only",
        })
    }
}
