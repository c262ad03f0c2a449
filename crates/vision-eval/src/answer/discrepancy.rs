//! Where a model's words about the set contradict its own answers picture by picture.

use super::check::{CheckedReply, ModelOpinion};
use super::parse::integer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tdbal_types::{ClassCounts, ImageClass, SheetNumber, Target, Tolerance};

/// How far a percentage may be from the computed one, in points: models round to whole numbers.
const ROUNDING: f64 = 0.5;

/// How many pictures of each class there would be; negative where more are deleted than there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassBalance {
    /// Photorealistic pictures.
    pub photorealistic: i64,
    /// Black-and-white stylised pictures.
    pub bw_stylized: i64,
    /// Colour stylised pictures.
    pub color_stylized: i64,
}

impl fmt::Display for ClassBalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            photorealistic,
            bw_stylized,
            color_stylized,
        } = self;
        write!(f, "{photorealistic}/{bw_stylized}/{color_stylized}")
    }
}

/// One contradiction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Discrepancy {
    /// It counts other pictures of a class than it named.
    Count {
        /// The class.
        class: ImageClass,
        /// Its count.
        claimed: i64,
        /// How many of its answers name the class.
        counted: usize,
    },
    /// Its counts do not add up to the number of its answers.
    Sum {
        /// The sum of its counts.
        claimed: i64,
        /// The number of its answers.
        counted: usize,
    },
    /// Its total is not the number of its answers.
    TotalImages {
        /// Its total.
        claimed: i64,
        /// The number of its answers.
        counted: usize,
    },
    /// A percentage is off by more than half a point.
    Percentage {
        /// The class.
        class: ImageClass,
        /// Its percentage.
        claimed: f64,
        /// The percentage by its answers.
        counted: f64,
    },
    /// It is wrong about whether the set is balanced.
    Balanced {
        /// What it says.
        claimed: bool,
    },
    /// It would delete a picture that is not on the sheet.
    DeletesUnknown {
        /// The class under which it lists the picture.
        listed_as: ImageClass,
        /// What stands for the number.
        number: String,
    },
    /// It would delete a picture as one of another class than it gave it.
    DeletesOtherClass {
        /// The picture.
        number: SheetNumber,
        /// The class under which it lists the picture.
        listed_as: ImageClass,
        /// The class by its answer.
        class: ImageClass,
    },
    /// It would delete a picture more than once.
    DeletesTwice {
        /// The picture.
        number: SheetNumber,
    },
    /// It would delete and generate pictures of one class.
    DeletesAndGenerates {
        /// The class.
        class: ImageClass,
        /// How many it would delete.
        deletes: usize,
        /// How many it would generate.
        generates: i64,
    },
    /// What it recommends does not end at the target.
    EndsAt {
        /// What it ends at.
        ends: ClassBalance,
        /// The target.
        target: ClassCounts,
    },
    /// Something that should be a number, a truth value or a list is none.
    Unreadable {
        /// The field.
        field: String,
        /// What stands there.
        value: Value,
    },
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count {
                class,
                claimed,
                counted,
            } => write!(f, "it counts {claimed} {class}, its answers name {counted}"),
            Self::Sum { claimed, counted } => {
                write!(
                    f,
                    "its counts add up to {claimed}, it answered for {counted} pictures"
                )
            }
            Self::TotalImages { claimed, counted } => {
                write!(
                    f,
                    "it speaks of {claimed} pictures, it answered for {counted}"
                )
            }
            Self::Percentage {
                class,
                claimed,
                counted,
            } => write!(
                f,
                "it says {claimed:.1} % {class}, its answers make {counted:.1} %"
            ),
            Self::Balanced { claimed: true } => {
                f.write_str("it calls the set balanced, by its answers it is not")
            }
            Self::Balanced { claimed: false } => {
                f.write_str("it calls the set not balanced, by its answers it is")
            }
            Self::DeletesUnknown { listed_as, number } => {
                write!(
                    f,
                    "it would delete {listed_as} picture {number}, which does not exist"
                )
            }
            Self::DeletesOtherClass {
                number,
                listed_as,
                class,
            } => write!(
                f,
                "it would delete picture {number} as {listed_as}, having called it {class}"
            ),
            Self::DeletesTwice { number } => {
                write!(f, "it would delete picture {number} more than once")
            }
            Self::DeletesAndGenerates {
                class,
                deletes,
                generates,
            } => write!(
                f,
                "it would delete {deletes} {class} and generate {generates}"
            ),
            Self::EndsAt { ends, target } => {
                write!(
                    f,
                    "what it recommends ends at {ends}, the target is {target}"
                )
            }
            Self::Unreadable { field, value } => {
                write!(f, "its {field} cannot be understood: {value}")
            }
        }
    }
}

/// Where the model's words contradict its answers, the standard target and tolerance being what
/// recorded models were asked to reach.
pub fn discrepancies(checked: &CheckedReply) -> Vec<Discrepancy> {
    discrepancies_against(checked, Target::STANDARD, Tolerance::STANDARD)
}

/// Where the model's words contradict its answers, given what the set should be.
pub fn discrepancies_against(
    checked: &CheckedReply,
    target: Target,
    tolerance: Tolerance,
) -> Vec<Discrepancy> {
    let Some(opinion) = &checked.opinion else {
        return Vec::new();
    };
    let mut audit = Audit {
        opinion,
        counted: checked.counts(),
        classes: checked
            .answers
            .iter()
            .map(|answer| (answer.number, answer.opinion.class))
            .collect(),
        found: Vec::new(),
    };
    audit.counts();
    audit.totals(target, tolerance);
    audit.recommendations(target, tolerance);
    audit.found
}

/// A count as a number that can go below zero.
fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The comparison in progress.
struct Audit<'a> {
    opinion: &'a ModelOpinion,
    counted: ClassCounts,
    classes: BTreeMap<SheetNumber, ImageClass>,
    found: Vec<Discrepancy>,
}

impl<'a> Audit<'a> {
    /// A field beside the list of pictures.
    fn field(&self, name: &str) -> Option<&'a Value> {
        self.opinion.raw.get(name)
    }

    /// A number, or a note that it is none; absent is neither.
    fn number(&mut self, field: &str, value: Option<&Value>) -> Option<i64> {
        let value = value?;
        let number = integer(value, true);
        if number.is_none() {
            self.unreadable(field, value);
        }
        number
    }

    fn unreadable(&mut self, field: &str, value: &Value) {
        self.found.push(Discrepancy::Unreadable {
            field: field.to_owned(),
            value: value.clone(),
        });
    }

    /// Its counts, in `counts` and beside it.
    fn counts(&mut self) {
        let counts = self.opinion.counts.as_ref();
        let mut sum = None;
        for (class, counted) in self.counted.iter() {
            let in_counts = counts.and_then(|counts| counts.get(class.as_str()));
            let first = self.number(&format!("counts.{class}"), in_counts);
            sum = first.map_or(sum, |count| {
                Some(sum.unwrap_or(0_i64).saturating_add(count))
            });
            let name = format!("{class}_count");
            let second = self.number(&name, self.field(&name));
            let claims: BTreeSet<i64> = first.into_iter().chain(second).collect();
            for claimed in claims {
                if usize::try_from(claimed) != Ok(counted) {
                    self.found.push(Discrepancy::Count {
                        class,
                        claimed,
                        counted,
                    });
                }
            }
        }
        let counted = self.counted.total();
        if let Some(claimed) = sum
            && usize::try_from(claimed) != Ok(counted)
        {
            self.found.push(Discrepancy::Sum { claimed, counted });
        }
    }

    /// Its total, its percentages, and whether it finds the set balanced.
    fn totals(&mut self, target: Target, tolerance: Tolerance) {
        let counted = self.counted.total();
        if let Some(claimed) = self.number("total_images", self.field("total_images"))
            && usize::try_from(claimed) != Ok(counted)
        {
            self.found
                .push(Discrepancy::TotalImages { claimed, counted });
        }
        for class in ImageClass::ALL {
            let name = format!("{class}_percentage");
            let counted = self.counted.percentage(class);
            match self.field(&name).map(|value| (value, value.as_f64())) {
                Some((_, Some(claimed))) if (claimed - counted).abs() > ROUNDING => {
                    self.found.push(Discrepancy::Percentage {
                        class,
                        claimed,
                        counted,
                    });
                }
                Some((value, None)) => self.unreadable(&name, value),
                _ => {}
            }
        }
        match self.field("is_balanced") {
            Some(Value::Bool(claimed))
                if *claimed != target.is_met_by(&self.counted, tolerance) =>
            {
                self.found.push(Discrepancy::Balanced { claimed: *claimed });
            }
            Some(Value::Bool(_)) | None => {}
            Some(other) => self.unreadable("is_balanced", other),
        }
    }

    /// Its lists of what to delete and generate, and what they would lead to.
    fn recommendations(&mut self, target: Target, tolerance: Tolerance) {
        let mut ends: BTreeMap<ImageClass, i64> = self
            .counted
            .iter()
            .map(|(class, count)| (class, signed(count)))
            .collect();
        let mut deleted = BTreeSet::new();
        let mut anything = false;
        for class in ImageClass::ALL {
            let deletes = self.deletions(class);
            let generates = self.generations(class);
            anything |= !deletes.is_empty() || generates != 0;
            if !deletes.is_empty() && generates > 0 {
                self.found.push(Discrepancy::DeletesAndGenerates {
                    class,
                    deletes: deletes.len(),
                    generates,
                });
            }
            for given in deletes {
                if let Some((number, actual)) = self.deletion(class, given, &mut deleted) {
                    deleted.insert(number);
                    *ends.entry(actual).or_default() -= 1;
                }
            }
            let end = ends.entry(class).or_default();
            *end = end.saturating_add(generates);
        }
        let advised = self.opinion.recommendations.is_some()
            || self.field("images_to_delete").is_some()
            || self.field("images_to_generate").is_some();
        let content = !anything && target.is_met_by(&self.counted, tolerance);
        let wanted = target.counts();
        let reached = wanted
            .iter()
            .all(|(class, count)| ends.get(&class) == Some(&signed(count)));
        if advised && !content && !reached {
            let end = |class| ends.get(&class).copied().unwrap_or_default();
            self.found.push(Discrepancy::EndsAt {
                ends: ClassBalance {
                    photorealistic: end(ImageClass::Photorealistic),
                    bw_stylized: end(ImageClass::BwStylized),
                    color_stylized: end(ImageClass::ColorStylized),
                },
                target: wanted,
            });
        }
    }

    /// Checks one deletion; gives the picture that it would take away, and its class.
    fn deletion(
        &mut self,
        listed_as: ImageClass,
        given: &Value,
        deleted: &mut BTreeSet<SheetNumber>,
    ) -> Option<(SheetNumber, ImageClass)> {
        let found = integer(given, true)
            .and_then(|number| u32::try_from(number).ok())
            .and_then(SheetNumber::new)
            .and_then(|number| Some((number, *self.classes.get(&number)?)));
        let Some((number, class)) = found else {
            self.found.push(Discrepancy::DeletesUnknown {
                listed_as,
                number: given.to_string(),
            });
            return None;
        };
        if class != listed_as {
            self.found.push(Discrepancy::DeletesOtherClass {
                number,
                listed_as,
                class,
            });
        }
        if deleted.contains(&number) {
            self.found.push(Discrepancy::DeletesTwice { number });
            return None;
        }
        Some((number, class))
    }

    /// The pictures that it would delete as ones of this class: by its recommendations, else by
    /// `images_to_delete`.
    fn deletions(&mut self, class: ImageClass) -> Vec<&'a Value> {
        if let Some(recommendations) = &self.opinion.recommendations {
            let name = format!("delete_{class}");
            return match recommendations.get(&name) {
                Some(Value::Array(numbers)) => numbers.iter().collect(),
                Some(other) => {
                    self.unreadable(&name, other);
                    Vec::new()
                }
                None => Vec::new(),
            };
        }
        self.entries("images_to_delete", class)
            .filter_map(|entry| entry.get("image_number"))
            .collect()
    }

    /// How many pictures of this class it would generate: by its recommendations, else by
    /// `images_to_generate`.
    fn generations(&mut self, class: ImageClass) -> i64 {
        if let Some(recommendations) = &self.opinion.recommendations {
            let name = format!("generate_{class}");
            return self
                .number(&name, recommendations.get(&name))
                .unwrap_or_default();
        }
        self.entries("images_to_generate", class)
            .filter_map(|entry| integer(entry.get("count")?, true))
            .fold(0, i64::saturating_add)
    }

    /// The entries of a list of `{type, ...}` that are of this class.
    fn entries(&self, field: &str, class: ImageClass) -> impl Iterator<Item = &'a Value> + use<'a> {
        let entries = self.field(field).and_then(Value::as_array);
        entries
            .into_iter()
            .flatten()
            .filter(move |entry| entry.get("type").and_then(Value::as_str) == Some(class.as_str()))
    }
}

#[cfg(test)]
mod tests;
