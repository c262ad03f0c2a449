//! Whether an answer can be used.

use super::parse::{integer, parse_object, refusal};
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
    /// The number drawn on its cell; of a picture that was shown alone, 1.
    pub number: SheetNumber,
    /// What is said of it.
    #[serde(flatten)]
    pub opinion: Opinion,
}

/// What a model says about the set as a whole. Recorded, never obeyed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelOpinion {
    /// Its counts, as it wrote them.
    pub counts: Option<Value>,
    /// Its recommendations, as it wrote them.
    pub recommendations: Option<Value>,
    /// Every field of the answer but the list of pictures, as it was written.
    pub raw: Value,
}

/// An answer that holds each number exactly once, with a known class and a quality in range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckedReply {
    /// One for each number, ascending.
    pub answers: Vec<Answer>,
    /// The model's prose; of a close look, what it says it sees.
    pub analysis: Option<String>,
    /// What it says beyond that.
    pub opinion: Option<ModelOpinion>,
}

impl CheckedReply {
    /// How many pictures there are of each class, by the answers.
    pub fn counts(&self) -> ClassCounts {
        self.answers
            .iter()
            .map(|answer| answer.opinion.class)
            .collect()
    }
}

/// The names of the fields in the two forms that are understood.
struct Form {
    list: &'static str,
    number: &'static str,
    class: &'static str,
    quality: &'static str,
    /// Whether 7.0 stands for 7.
    integral_floats: bool,
}

/// The form that is asked for.
const STRICT: Form = Form {
    list: "pictures",
    number: "number",
    class: "class",
    quality: "quality",
    integral_floats: false,
};

/// Where an answer about one picture says what is seen on it.
const SEEN: &str = "seen";

/// The form of the answers that were recorded before.
const RECORDED: Form = Form {
    list: "image_classifications",
    number: "image_number",
    class: "type",
    quality: "quality_score",
    integral_floats: true,
};

/// Checks an answer to a question about `numbers`.
///
/// Of a sheet two forms are understood: the one that is asked for (`pictures`) and the older one of
/// recorded answers (`image_classifications`, `counts`, `recommendations`). Of a close look there is
/// one, an object without a number (`seen`, `class`, `faults`, `quality`), whatever `numbers` says;
/// its answer is for number 1. One code fence round the JSON is taken off.
///
/// # Errors
/// With everything that is wrong, when the answer does not hold each number exactly once, with a
/// known class and a quality from 1 to 10, or does not say what a close look sees.
pub fn check_reply(
    text: &str,
    look: LookKind,
    numbers: &[SheetNumber],
) -> Result<CheckedReply, Vec<Problem>> {
    if look.is_sheet() {
        check_sheet(text, numbers)
    } else {
        check_close(text)
    }
}

fn check_sheet(text: &str, numbers: &[SheetNumber]) -> Result<CheckedReply, Vec<Problem>> {
    let mut object = parse_object(text, Problem::NoPictures).map_err(|problem| vec![problem])?;
    // An evaluation that tdbal wrote has both: `pictures` is then its list of files.
    let form = if object.contains_key(RECORDED.list) || !object.contains_key(STRICT.list) {
        RECORDED
    } else {
        STRICT
    };
    let Some(Value::Array(entries)) = object.remove(form.list) else {
        return Err(vec![refusal(&object).unwrap_or(Problem::NoPictures)]);
    };
    let answers = check_entries(&entries, &form, numbers)?;
    let analysis = object
        .get("analysis")
        .and_then(Value::as_str)
        .map(ToOwned::to_owned);
    Ok(CheckedReply {
        answers,
        analysis,
        opinion: opinion(object, &["analysis"]),
    })
}

fn check_close(text: &str) -> Result<CheckedReply, Vec<Problem>> {
    let object = parse_object(text, Problem::NotAnObject).map_err(|problem| vec![problem])?;
    if !object.contains_key(STRICT.class)
        && let Some(refused) = refusal(&object)
    {
        return Err(vec![refused]);
    }
    let mut problems = Vec::new();
    let seen = object
        .get(SEEN)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|seen| !seen.is_empty())
        .map(ToOwned::to_owned);
    if seen.is_none() {
        problems.push(Problem::NothingSeen);
    }
    let entry = Value::Object(object);
    let judged = check_entry(&entry, &STRICT, None, &mut problems);
    let (Some(judged), true, Value::Object(object)) = (judged, problems.is_empty(), entry) else {
        return Err(problems);
    };
    let asked_for = [SEEN, STRICT.class, "faults", STRICT.quality];
    Ok(CheckedReply {
        answers: vec![Answer {
            number: SheetNumber::from_position(0),
            opinion: judged,
        }],
        analysis: seen,
        opinion: opinion(object, &asked_for),
    })
}

/// Checks every entry, and that they are those that were asked for.
fn check_entries(
    entries: &[Value],
    form: &Form,
    numbers: &[SheetNumber],
) -> Result<Vec<Answer>, Vec<Problem>> {
    let asked: BTreeSet<SheetNumber> = numbers.iter().copied().collect();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let mut answers = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        let Some(given) = entry.get(form.number).filter(|value| !value.is_null()) else {
            problems.push(Problem::NoNumber {
                entry: position + 1,
            });
            continue;
        };
        let number = integer(given, form.integral_floats)
            .and_then(|number| u32::try_from(number).ok())
            .and_then(SheetNumber::new)
            .filter(|number| asked.contains(number));
        match number {
            None => problems.push(Problem::UnknownNumber(shown(given))),
            Some(number) if !seen.insert(number) => {
                let problem = Problem::DuplicateNumber(number);
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            Some(number) => {
                if let Some(opinion) = check_entry(entry, form, Some(number), &mut problems) {
                    answers.insert(number, Answer { number, opinion });
                }
            }
        }
    }
    problems.extend(asked.difference(&seen).copied().map(Problem::MissingNumber));
    if problems.is_empty() {
        Ok(answers.into_values().collect())
    } else {
        Err(problems)
    }
}

/// Reads one entry; tells all that is wrong with it.
fn check_entry(
    entry: &Value,
    form: &Form,
    number: Option<SheetNumber>,
    problems: &mut Vec<Problem>,
) -> Option<Opinion> {
    let null = Value::Null;
    let given = |name| entry.get(name).unwrap_or(&null);
    let class = given(form.class)
        .as_str()
        .and_then(|class| class.parse::<ImageClass>().ok());
    if class.is_none() {
        problems.push(Problem::UnknownClass {
            number,
            class: shown(given(form.class)),
        });
    }
    let quality = integer(given(form.quality), form.integral_floats)
        .and_then(|quality| Quality::new(quality).ok());
    if quality.is_none() {
        problems.push(Problem::QualityOutOfRange {
            number,
            quality: shown(given(form.quality)),
        });
    }
    let faults = match check_faults(given("faults")) {
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

/// Reads a list of faults; where there is none, there are no faults.
fn check_faults(given: &Value) -> Result<Vec<Fault>, Vec<String>> {
    let named = match given {
        Value::Null => return Ok(Vec::new()),
        Value::Array(named) => named,
        other => return Err(vec![shown(other)]),
    };
    let known = |value: &Value| {
        Fault::ALL
            .into_iter()
            .find(|fault| value.as_str() == Some(fault.as_str()))
    };
    let unknown: Vec<String> = named
        .iter()
        .filter(|value| known(value).is_none())
        .map(shown)
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let faults: BTreeSet<Fault> = named.iter().filter_map(known).collect();
    Ok(faults.into_iter().collect())
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        other => body_excerpt(other.to_string().as_bytes(), &[]),
    }
}

/// What the answer says beyond the fields that were asked for, where it says anything.
fn opinion(object: Map<String, Value>, asked_for: &[&str]) -> Option<ModelOpinion> {
    if object.keys().all(|key| asked_for.contains(&key.as_str())) {
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
