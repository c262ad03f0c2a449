//! Checks whether a model's answer is usable.

use super::parse::{as_integer, parse_object, refusal_in};
use super::problem::Problem;
use crate::look::LookKind;
use http_support::body_excerpt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ClassCounts, Fault, ImageClass, Opinion, Quality, SheetNumber};

/// What one look says about one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The number drawn on the picture's cell; 1 for a picture that was shown alone.
    pub number: SheetNumber,
    /// The class, quality and faults that the model gives the picture.
    #[serde(flatten)]
    pub opinion: Opinion,
}

/// What a model says about the set as a whole. It is recorded and never acted on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelOpinion {
    /// The field `counts`, unchanged.
    pub counts: Option<Value>,
    /// The field `recommendations`, unchanged.
    pub recommendations: Option<Value>,
    /// All fields of the answer except the list of pictures, unchanged.
    pub raw: Value,
}

/// An answer with exactly one entry per number, each with a known class, a quality from 1 to 10 and
/// known faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckedReply {
    /// One entry per number, in ascending order.
    pub answers: Vec<Answer>,
    /// The model's text about the sheet; for a close look, its description of the picture.
    pub analysis: Option<String>,
    /// What the model says beyond the fields that were asked for.
    pub opinion: Option<ModelOpinion>,
}

impl CheckedReply {
    /// Number of pictures per class, counted from the answers.
    pub fn counts(&self) -> ClassCounts {
        self.answers
            .iter()
            .map(|answer| answer.opinion.class)
            .collect()
    }
}

/// The field names of one of the two formats of an answer about a sheet.
struct Format {
    list: &'static str,
    number: &'static str,
    class: &'static str,
    quality: &'static str,
    /// Whether 7.0 is accepted for 7.
    accepts_integral_floats: bool,
}

/// The format that models are asked for.
const STRICT: Format = Format {
    list: "pictures",
    number: "number",
    class: "class",
    quality: "quality",
    accepts_integral_floats: false,
};

/// The format of older recorded answers.
const RECORDED: Format = Format {
    list: "image_classifications",
    number: "image_number",
    class: "type",
    quality: "quality_score",
    accepts_integral_floats: true,
};

/// The field in which a close look describes the picture.
const SEEN: &str = "seen";

/// Checks an answer to a question about the pictures with these `numbers`.
///
/// An answer about a sheet may have either of two formats: the one that models are asked for
/// (`pictures`), or the one of older recordings (`image_classifications`, `counts`,
/// `recommendations`). An answer to a close look is one object without a number (`seen`, `class`,
/// `faults`, `quality`); it counts as the answer for number 1, whatever `numbers` holds. A code
/// fence around the JSON is removed.
///
/// # Errors
/// Returns all problems of an answer that does not have exactly one entry per number, that has an
/// unknown class or fault or a quality other than 1 to 10, or that lacks the description of a close
/// look.
pub fn check_reply(
    text: &str,
    look: LookKind,
    numbers: &[SheetNumber],
) -> Result<CheckedReply, Vec<Problem>> {
    if look.is_sheet() {
        check_sheet(text, numbers)
    } else {
        check_close_look(text)
    }
}

fn check_sheet(text: &str, numbers: &[SheetNumber]) -> Result<CheckedReply, Vec<Problem>> {
    let mut object = parse_object(text, Problem::NoPictures).map_err(|problem| vec![problem])?;
    // An evaluation file that tdbal wrote has both fields: there `pictures` lists its files.
    let format = if object.contains_key(RECORDED.list) {
        RECORDED
    } else {
        STRICT
    };
    let Some(Value::Array(entries)) = object.remove(format.list) else {
        return Err(vec![refusal_in(&object).unwrap_or(Problem::NoPictures)]);
    };
    let answers = check_entries(&entries, &format, numbers)?;
    let analysis = object
        .get("analysis")
        .and_then(Value::as_str)
        .map(ToOwned::to_owned);
    Ok(CheckedReply {
        answers,
        analysis,
        opinion: unrequested(object, &["analysis"]),
    })
}

fn check_close_look(text: &str) -> Result<CheckedReply, Vec<Problem>> {
    let object = parse_object(text, Problem::NotAnObject).map_err(|problem| vec![problem])?;
    // With a class it is an answer, even if it has a field `refusal` too.
    if !object.contains_key(STRICT.class)
        && let Some(refused) = refusal_in(&object)
    {
        return Err(vec![refused]);
    }
    let mut problems = Vec::new();
    let description = object
        .get(SEEN)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|description| !description.is_empty())
        .map(ToOwned::to_owned);
    if description.is_none() {
        problems.push(Problem::NothingSeen);
    }
    let entry = Value::Object(object);
    let opinion = check_entry(&entry, &STRICT, None, &mut problems);
    let (Some(opinion), true, Value::Object(object)) = (opinion, problems.is_empty(), entry) else {
        return Err(problems);
    };
    let requested = [SEEN, STRICT.class, "faults", STRICT.quality];
    Ok(CheckedReply {
        answers: vec![Answer {
            number: SheetNumber::from_position(0),
            opinion,
        }],
        analysis: description,
        opinion: unrequested(object, &requested),
    })
}

/// Checks every entry of the list, and that the entries cover `numbers` exactly.
fn check_entries(
    entries: &[Value],
    format: &Format,
    numbers: &[SheetNumber],
) -> Result<Vec<Answer>, Vec<Problem>> {
    let expected: BTreeSet<SheetNumber> = numbers.iter().copied().collect();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let mut answers = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        let Some(raw) = entry.get(format.number).filter(|value| !value.is_null()) else {
            problems.push(Problem::NoNumber {
                entry: position + 1,
            });
            continue;
        };
        let number = as_integer(raw, format.accepts_integral_floats)
            .and_then(|number| u32::try_from(number).ok())
            .and_then(SheetNumber::new)
            .filter(|number| expected.contains(number));
        match number {
            None => problems.push(Problem::UnknownNumber(excerpt(raw))),
            Some(number) if !seen.insert(number) => {
                // The same line three times would tell the model nothing more.
                let problem = Problem::DuplicateNumber(number);
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            Some(number) => {
                if let Some(opinion) = check_entry(entry, format, Some(number), &mut problems) {
                    answers.insert(number, Answer { number, opinion });
                }
            }
        }
    }
    // A number whose entry has other problems is not missing, hence `seen` and not `answers`.
    problems.extend(
        expected
            .difference(&seen)
            .copied()
            .map(Problem::MissingNumber),
    );
    if problems.is_empty() {
        Ok(answers.into_values().collect())
    } else {
        Err(problems)
    }
}

/// Reads one entry and adds everything that is wrong with it to `problems`.
fn check_entry(
    entry: &Value,
    format: &Format,
    number: Option<SheetNumber>,
    problems: &mut Vec<Problem>,
) -> Option<Opinion> {
    let null = Value::Null;
    let field = |name| entry.get(name).unwrap_or(&null);
    let class = field(format.class)
        .as_str()
        .and_then(|class| class.parse::<ImageClass>().ok());
    if class.is_none() {
        problems.push(Problem::UnknownClass {
            number,
            class: excerpt(field(format.class)),
        });
    }
    let quality = as_integer(field(format.quality), format.accepts_integral_floats)
        .and_then(|quality| Quality::new(quality).ok());
    if quality.is_none() {
        problems.push(Problem::QualityOutOfRange {
            number,
            quality: excerpt(field(format.quality)),
        });
    }
    let faults = match check_faults(field("faults")) {
        Ok(faults) => faults,
        Err(unknown) => {
            problems.extend(
                unknown
                    .into_iter()
                    .map(|fault| Problem::UnknownFault { number, fault }),
            );
            return None;
        }
    };
    Some(Opinion {
        class: class?,
        quality: quality?,
        faults,
    })
}

/// Reads a list of faults; a missing list means no faults.
///
/// # Errors
/// Returns the entries that name no known fault.
fn check_faults(list: &Value) -> Result<Vec<Fault>, Vec<String>> {
    let names = match list {
        Value::Null => return Ok(Vec::new()),
        Value::Array(names) => names,
        other => return Err(vec![excerpt(other)]),
    };
    let known = |value: &Value| {
        Fault::ALL
            .into_iter()
            .find(|fault| value.as_str() == Some(fault.as_str()))
    };
    let unknown: Vec<String> = names
        .iter()
        .filter(|value| known(value).is_none())
        .map(excerpt)
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    // A model may repeat a fault. The set removes repetitions and sorts.
    let faults: BTreeSet<Fault> = names.iter().filter_map(known).collect();
    Ok(faults.into_iter().collect())
}

/// A value shortened for a message. The model reads these texts too.
fn excerpt(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        other => body_excerpt(other.to_string().as_bytes(), &[]),
    }
}

/// The model's opinion, if the answer has fields other than the requested ones.
fn unrequested(object: Map<String, Value>, requested: &[&str]) -> Option<ModelOpinion> {
    if object.keys().all(|key| requested.contains(&key.as_str())) {
        return None;
    }
    Some(ModelOpinion {
        counts: object.get("counts").cloned(),
        recommendations: object.get("recommendations").cloned(),
        raw: Value::Object(object),
    })
}

#[cfg(test)]
mod tests;
