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
    /// JSON that is not an object, in place of the answer about one picture.
    NotAnObject,
    /// An answer about one picture that does not say what is seen on it.
    NothingSeen,
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
        /// The picture; none where only one was shown.
        number: Option<SheetNumber>,
        /// What stands there.
        class: String,
    },
    /// A quality that is not a whole number from 1 to 10, or none.
    QualityOutOfRange {
        /// The picture; none where only one was shown.
        number: Option<SheetNumber>,
        /// What stands there.
        quality: String,
    },
    /// A fault that does not exist, or something that is no list of faults.
    UnknownFault {
        /// The picture; none where only one was shown.
        number: Option<SheetNumber>,
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
            Self::NotAnObject => {
                "The answer was not a JSON object. Give one object with \"seen\", \
                 \"class\", \"faults\" and \"quality\"."
                    .to_owned()
            }
            Self::NothingSeen => {
                "\"seen\" was missing or empty. Say first, in one sentence, what the picture shows."
                    .to_owned()
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
                format!("The class{}, {class}, is not one of {known}.", of(*number))
            }
            Self::QualityOutOfRange { number, quality } => format!(
                "The quality{}, {quality}, is not a whole number from 1 to 10.",
                of(*number)
            ),
            Self::UnknownFault { number, fault } => {
                let known = Fault::ALL.map(Fault::as_str).join(", ");
                format!(
                    "The faults{} hold {fault}; known are only {known}.",
                    of(*number)
                )
            }
        }
    }
}

/// Which picture is meant, to the model.
fn of(number: Option<SheetNumber>) -> String {
    number.map_or_else(String::new, |number| format!(" of number {number}"))
}

/// Which picture is meant, to people.
fn picture(number: Option<SheetNumber>) -> String {
    number.map_or_else(
        || "the picture".to_owned(),
        |number| format!("picture {number}"),
    )
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
            Self::NotAnObject => f.write_str("the answer is no JSON object"),
            Self::NothingSeen => f.write_str("the answer does not say what is seen"),
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
                write!(f, "{} has the unknown class {class}", picture(*number))
            }
            Self::QualityOutOfRange { number, quality } => write!(
                f,
                "{} has the quality {quality}, not a whole number from 1 to 10",
                picture(*number)
            ),
            Self::UnknownFault { number, fault } => {
                write!(f, "{} has the unknown fault {fault}", picture(*number))
            }
        }
    }
}
