//! The named rules behind a verdict.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A rule that applied to a verdict. `docs/trust.md` lists what each rule costs and catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A person set the class: sure, whatever else is known.
    Person,
    /// All looks name the same class: likely, unless another rule contradicts it.
    LooksAgree,
    /// More than half of the votes name the class and the close look agrees: likely, unless another
    /// rule contradicts it.
    MajorityConfirmed,
    /// The provenance names the same class as the looks, which is a second kind of evidence: sure.
    ProvenanceAgrees,
    /// The looks say black and white and the pixels agree, which is a second kind of evidence:
    /// sure.
    MonochromeAgrees,
    /// No class has more than half of the votes: unsure.
    NoMajority,
    /// More than half of the votes, but not all, name one class without a close look: unsure.
    MajorityUnconfirmed,
    /// The close look names another class than most or all votes: unsure.
    CloseLookDiffers,
    /// The looks call a monochrome picture photorealistic or colour stylised, or a coloured picture
    /// black and white: unsure, however many votes agree.
    ToneContradicts,
    /// The provenance names another class than the looks: unsure.
    ProvenanceDiffers,
    /// A near-duplicate was judged to be of another class: both are unsure.
    TwinsDiffer,
    /// The class of too many pictures in the set changed with the order of the sheet: unsure.
    AnswersChange,
    /// The picture would be removed, but it is not probable enough that enough better pictures of
    /// its class remain: unsure.
    PlaceUncertain,
    /// The only look is one recorded sheet in the format of the original system (the scripts that
    /// tdbal replaces): at most likely.
    OneSheet,
}

impl Rule {
    /// All rules, in the order in which a verdict lists them.
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

    /// The name used in files.
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

    /// Whether a verdict with this rule is unsure.
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
    /// Formats the rule as a short sentence, for use as the reason behind a verdict.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Person => "a person set its class",
            Self::LooksAgree => "all looks agree",
            Self::MajorityConfirmed => "most votes and the close look agree",
            Self::ProvenanceAgrees => "its prompt or record says the same class",
            Self::MonochromeAgrees => "its pixels are monochrome",
            Self::NoMajority => "no class has a majority of the votes",
            Self::MajorityUnconfirmed => "the votes differ and there was no close look",
            Self::CloseLookDiffers => "the close look differs from the votes",
            Self::ToneContradicts => "its pixels contradict the looks",
            Self::ProvenanceDiffers => "its prompt or record says another class than the looks",
            Self::TwinsDiffer => "a near-duplicate was judged to be of another class",
            Self::AnswersChange => {
                "too many answers about this set change with the order of the sheet"
            }
            Self::PlaceUncertain => "not sure that enough better pictures of this class remain",
            Self::OneSheet => "it was seen on only one recorded sheet",
        })
    }
}
