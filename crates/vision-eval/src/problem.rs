//! What can be wrong with a model's answer.

use std::fmt;
use tdbal_types::{Fault, ImageClass, SheetNumber};

/// One thing that is wrong with an answer. `Display` tells it to people, [`Problem::for_model`] to
/// the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no answer.
    Empty,
    /// A refusal in prose.
    Refused {
        /// How it begins.
        text: String,
    },
    /// A page of a proxy or gateway.
    Html {
        /// The page, named by its title.
        page: String,
    },
    /// JSON that ends too early.
    Truncated,
    /// Text that is not JSON.
    NotJson {
        /// Where and why.
        detail: String,
    },
    /// JSON that is not an object, or has no list of answers.
    NoPictures,
    /// An entry of the list that is no object with a number.
    NoNumber {
        /// The entry's position, counted from 1.
        entry: usize,
    },
    /// A number that was asked for has no answer.
    MissingNumber(SheetNumber),
    /// A number has more than one answer.
    DuplicateNumber(SheetNumber),
    /// An answer for a number that was not asked for.
    UnknownNumber(String),
    /// A class that does not exist, or none.
    UnknownClass {
        /// The picture.
        number: SheetNumber,
        /// What stands there.
        class: String,
    },
    /// A quality that is not a whole number from 1 to 10, or none.
    QualityOutOfRange {
        /// The picture.
        number: SheetNumber,
        /// What stands there.
        quality: String,
    },
    /// A fault that does not exist, or something that is no list of faults.
    UnknownFault {
        /// The picture.
        number: SheetNumber,
        /// What stands there.
        fault: String,
    },
}

impl Problem {
    /// What the model is told to do about it.
    pub fn for_model(&self) -> String {
        match self {
            Self::Empty => "The answer was empty. Give the JSON object.".to_owned(),
            Self::Refused { .. } => {
                "No judgement of a person is asked for, only of the pictures as training material. \
                 Give the JSON object."
                    .to_owned()
            }
            Self::Html { .. } | Self::NotJson { .. } => {
                "The answer was not valid JSON. Give one JSON object and nothing else.".to_owned()
            }
            Self::Truncated => "The answer ended too early. Give the whole JSON object, with a \
                 shorter analysis."
                .to_owned(),
            Self::NoPictures => {
                "The answer had no list \"pictures\". Give one entry for each number.".to_owned()
            }
            Self::NoNumber { entry } => {
                format!("Entry {entry} of the list has no \"number\". Every entry needs one.")
            }
            Self::MissingNumber(number) => {
                format!("There is no entry for number {number}. Add it.")
            }
            Self::DuplicateNumber(number) => {
                format!("There is more than one entry for number {number}. Give exactly one.")
            }
            Self::UnknownNumber(number) => {
                format!("There is an entry for {number}, which is not in the list. Leave it out.")
            }
            Self::UnknownClass { number, class } => {
                let known = ImageClass::ALL.map(ImageClass::as_str).join(", ");
                format!("The class of number {number}, {class}, is not one of {known}.")
            }
            Self::QualityOutOfRange { number, quality } => format!(
                "The quality of number {number}, {quality}, is not a whole number from 1 to 10."
            ),
            Self::UnknownFault { number, fault } => {
                let known = Fault::ALL.map(Fault::as_str).join(", ");
                format!("The faults of number {number} hold {fault}; known are only {known}.")
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the answer is empty"),
            Self::Refused { text } => write!(f, "the model refused: {text}"),
            Self::Html { page } => write!(f, "the answer is {page}, not JSON"),
            Self::Truncated => f.write_str("the answer is JSON that ends too early"),
            Self::NotJson { detail } => write!(f, "the answer is not JSON ({detail})"),
            Self::NoPictures => f.write_str("the answer has no list of pictures"),
            Self::NoNumber { entry } => write!(f, "entry {entry} of the answer has no number"),
            Self::MissingNumber(number) => write!(f, "no answer for picture {number}"),
            Self::DuplicateNumber(number) => write!(f, "two answers for picture {number}"),
            Self::UnknownNumber(number) => {
                write!(
                    f,
                    "an answer for picture {number}, which was not asked about"
                )
            }
            Self::UnknownClass { number, class } => {
                write!(f, "picture {number} has the unknown class {class}")
            }
            Self::QualityOutOfRange { number, quality } => write!(
                f,
                "picture {number} has the quality {quality}, not a whole number from 1 to 10"
            ),
            Self::UnknownFault { number, fault } => {
                write!(f, "picture {number} has the unknown fault {fault}")
            }
        }
    }
}
