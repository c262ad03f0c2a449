//! What can be wrong with a model's answer.

use std::fmt;
use tdbal_types::{Fault, ImageClass, SheetNumber};

/// One thing that is wrong with an answer. `Display` describes it to people, [`Problem::for_model`]
/// to the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The answer is empty.
    Empty,
    /// The answer is a refusal instead of a judgement.
    Refused {
        /// The beginning of the refusal.
        text: String,
    },
    /// The answer is an HTML page, as a proxy or gateway sends it.
    Html {
        /// Description of the page, with its title.
        page: String,
    },
    /// The answer is JSON that ends too early.
    Truncated,
    /// The answer is not valid JSON.
    NotJson {
        /// The parser's message, with line and column.
        detail: String,
    },
    /// The answer about a sheet is not an object, or has no list of pictures.
    NoPictures,
    /// The answer to a close look is valid JSON but not an object.
    NotAnObject,
    /// The answer to a close look has no description of the picture.
    NothingSeen,
    /// An entry of the list is not an object with a number.
    NoNumber {
        /// The entry's position in the list, counted from 1.
        entry: usize,
    },
    /// A number that was asked about has no entry.
    MissingNumber(SheetNumber),
    /// A number has more than one entry.
    DuplicateNumber(SheetNumber),
    /// An entry is for a number that was not asked about.
    UnknownNumber(String),
    /// The class is missing or does not exist.
    UnknownClass {
        /// The picture's number; `None` for a close look.
        number: Option<SheetNumber>,
        /// The value found, or `(none)`.
        class: String,
    },
    /// The quality is missing or not a whole number from 1 to 10.
    QualityOutOfRange {
        /// The picture's number; `None` for a close look.
        number: Option<SheetNumber>,
        /// The value found, or `(none)`.
        quality: String,
    },
    /// A fault does not exist, or the faults are not a list.
    UnknownFault {
        /// The picture's number; `None` for a close look.
        number: Option<SheetNumber>,
        /// The value found.
        fault: String,
    },
}

impl Problem {
    /// The instruction to the model on how to correct the problem.
    ///
    /// It is sent when the model is asked again, so any change to these texts is a change to the
    /// prompt.
    pub fn for_model(&self) -> String {
        match self {
            Self::Empty => "The answer was empty. Give the JSON object.".to_owned(),
            // Models mostly refuse because they take the question for a judgement of a real person.
            Self::Refused { .. } => {
                "No judgement of a person is asked for, only of the pictures as training material. \
                 Give the JSON object."
                    .to_owned()
            }
            Self::Html { .. } | Self::NotJson { .. } => {
                "The answer was not valid JSON. Give one JSON object and nothing else.".to_owned()
            }
            // The analysis is the one part of an answer that can be shortened.
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
                format!(
                    "The class{}, {class}, is not one of {known}.",
                    of_number(*number)
                )
            }
            Self::QualityOutOfRange { number, quality } => format!(
                "The quality{}, {quality}, is not a whole number from 1 to 10.",
                of_number(*number)
            ),
            Self::UnknownFault { number, fault } => {
                let known = Fault::ALL.map(Fault::as_str).join(", ");
                format!(
                    "The faults{} hold {fault}; known are only {known}.",
                    of_number(*number)
                )
            }
        }
    }
}

/// Names the picture in an instruction to the model.
fn of_number(number: Option<SheetNumber>) -> String {
    number.map_or_else(String::new, |number| format!(" of number {number}"))
}

/// Names the picture in a message to people.
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
            Self::NotJson { detail } => write!(f, "the answer is not valid JSON: {detail}"),
            Self::NoPictures => f.write_str("the answer has no list of pictures"),
            Self::NotAnObject => f.write_str("the answer is not a JSON object"),
            Self::NothingSeen => f.write_str("the answer does not describe the picture"),
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

#[cfg(test)]
mod tests;
