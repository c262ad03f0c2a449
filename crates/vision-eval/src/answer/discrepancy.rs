//! Finds where a model's statements about the set contradict its own answers about single pictures.

use super::check::{CheckedReply, ModelOpinion};
use super::parse::as_integer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tdbal_types::{ClassCounts, ImageClass, SheetNumber, Target, Tolerance};

/// Tolerated difference between a claimed and a computed percentage, in percentage points. Models
/// round to whole percent.
const ROUNDING: f64 = 0.5;

/// Number of pictures per class that a model's recommendations lead to. A number is negative if
/// more pictures are deleted than there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassBalance {
    /// Number of photorealistic pictures.
    pub photorealistic: i64,
    /// Number of black-and-white stylised pictures.
    pub bw_stylized: i64,
    /// Number of colour stylised pictures.
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

/// One contradiction between a model's statements about the set and its answers about the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Discrepancy {
    /// The claimed count of a class differs from the number of answers with that class.
    Count {
        /// The class that is counted.
        class: ImageClass,
        /// The count that the model claims.
        claimed: i64,
        /// Number of answers with this class.
        counted: usize,
    },
    /// The claimed counts do not add up to the number of answers.
    Sum {
        /// The sum of the counts that the model claims.
        claimed: i64,
        /// Number of answers.
        counted: usize,
    },
    /// The claimed total is not the number of answers.
    TotalImages {
        /// The total that the model claims.
        claimed: i64,
        /// Number of answers.
        counted: usize,
    },
    /// A claimed percentage is off by more than half a percentage point.
    Percentage {
        /// The class that the percentage is about.
        class: ImageClass,
        /// The percentage that the model claims, 0 to 100.
        claimed: f64,
        /// The percentage computed from the answers, 0 to 100.
        counted: f64,
    },
    /// The model is wrong about whether the set is balanced.
    Balanced {
        /// Whether the model calls the set balanced.
        claimed: bool,
    },
    /// The model recommends deleting a picture that is not on the sheet.
    DeletesUnknown {
        /// The class that the model lists the picture under.
        listed_as: ImageClass,
        /// The value given as the picture's number.
        number: String,
    },
    /// The model recommends deleting a picture under another class than it answered for it.
    DeletesOtherClass {
        /// The picture's number.
        number: SheetNumber,
        /// The class that the model lists the picture under.
        listed_as: ImageClass,
        /// The class in the model's answer.
        class: ImageClass,
    },
    /// The model recommends deleting a picture more than once.
    DeletesTwice {
        /// The picture's number.
        number: SheetNumber,
    },
    /// The model recommends both deleting and generating pictures of one class.
    DeletesAndGenerates {
        /// The class of the pictures.
        class: ImageClass,
        /// Number of pictures to delete.
        deletes: usize,
        /// Number of pictures to generate.
        generates: i64,
    },
    /// The model's recommendations do not lead to the target.
    EndsAt {
        /// The counts that the recommendations lead to.
        ends: ClassBalance,
        /// The target counts.
        target: ClassCounts,
    },
    /// A field has the wrong type: it should be a number, a boolean or a list.
    Unreadable {
        /// The name of the field.
        field: String,
        /// The value of the field.
        value: Value,
    },
}

/// The noun for a count of pictures.
fn pictures(count: impl TryInto<i64>) -> &'static str {
    if matches!(count.try_into(), Ok(1)) {
        "picture"
    } else {
        "pictures"
    }
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count {
                class,
                claimed,
                counted,
            } => write!(
                f,
                "it counts {claimed} {class}, but its answers name {counted}"
            ),
            Self::Sum { claimed, counted } => write!(
                f,
                "its counts add up to {claimed}, but it answered for {counted} {}",
                pictures(*counted)
            ),
            Self::TotalImages { claimed, counted } => write!(
                f,
                "it reports {claimed} {}, but it answered for {counted}",
                pictures(*claimed)
            ),
            Self::Percentage {
                class,
                claimed,
                counted,
            } => write!(
                f,
                "it reports {claimed:.1} % {class}, but its answers make {counted:.1} %"
            ),
            Self::Balanced { claimed: true } => {
                f.write_str("it calls the set balanced, but by its answers it is not")
            }
            Self::Balanced { claimed: false } => {
                f.write_str("it calls the set unbalanced, but by its answers it is balanced")
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
                "it would delete picture {number} as {listed_as}, but it answered {class} for it"
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
                "it would both delete {deletes} {class} and generate {generates}"
            ),
            Self::EndsAt { ends, target } => {
                write!(
                    f,
                    "its recommendations lead to {ends}; the target is {target}"
                )
            }
            Self::Unreadable { field, value } => {
                write!(f, "its {field} has an unexpected value: {value}")
            }
        }
    }
}

/// Lists where the model's statements about the set contradict its answers. Measures them against
/// the standard target and tolerance, which the models behind the older recordings were asked to
/// reach.
pub fn discrepancies(checked: &CheckedReply) -> Vec<Discrepancy> {
    discrepancies_against(checked, Target::STANDARD, Tolerance::STANDARD)
}

/// Lists where the model's statements about the set contradict its answers, measured against the
/// given target and tolerance.
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

/// Converts a count for arithmetic that can go below zero.
fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Collects the discrepancies of one answer.
struct Audit<'a> {
    opinion: &'a ModelOpinion,
    /// Number of answers per class.
    counted: ClassCounts,
    /// The class in the answer for each number.
    classes: BTreeMap<SheetNumber, ImageClass>,
    found: Vec<Discrepancy>,
}

impl<'a> Audit<'a> {
    /// A top-level field of the answer other than the list of pictures.
    fn field(&self, name: &str) -> Option<&'a Value> {
        self.opinion.raw.get(name)
    }

    /// Reads a number. A value of another type is reported; a missing one is not.
    fn number(&mut self, field: &str, value: Option<&Value>) -> Option<i64> {
        let value = value?;
        let number = as_integer(value, true);
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

    /// Checks the claimed counts, which stand in `counts`, in top-level fields, or in both.
    fn counts(&mut self) {
        let counts = self.opinion.counts.as_ref();
        let mut sum = None;
        for (class, counted) in self.counted.iter() {
            let in_counts = counts.and_then(|counts| counts.get(class.as_str()));
            let nested = self.number(&format!("counts.{class}"), in_counts);
            sum = nested.map_or(sum, |count| {
                Some(sum.unwrap_or(0_i64).saturating_add(count))
            });
            let name = format!("{class}_count");
            let top_level = self.number(&name, self.field(&name));
            // A set, to report a wrong count once when both places agree on it.
            let claims: BTreeSet<i64> = nested.into_iter().chain(top_level).collect();
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

    /// Checks the claimed total, the percentages and the claim that the set is balanced.
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

    /// Checks the lists of what to delete and generate, and the counts that they lead to.
    fn recommendations(&mut self, target: Target, tolerance: Tolerance) {
        let mut ends: BTreeMap<ImageClass, i64> = self
            .counted
            .iter()
            .map(|(class, count)| (class, signed(count)))
            .collect();
        let mut deleted = BTreeSet::new();
        let mut changes_anything = false;
        for class in ImageClass::ALL {
            let deletes = self.deletions(class);
            let generates = self.generations(class);
            changes_anything |= !deletes.is_empty() || generates != 0;
            if !deletes.is_empty() && generates > 0 {
                self.found.push(Discrepancy::DeletesAndGenerates {
                    class,
                    deletes: deletes.len(),
                    generates,
                });
            }
            for number in deletes {
                if let Some((number, class)) = self.deletion(class, number, &deleted) {
                    deleted.insert(number);
                    // The class of the answer counts, whichever class the picture is listed under.
                    *ends.entry(class).or_default() -= 1;
                }
            }
            let end = ends.entry(class).or_default();
            // The number comes from the model and can be absurdly large.
            *end = end.saturating_add(generates);
        }
        let recommends = self.opinion.recommendations.is_some()
            || self.field("images_to_delete").is_some()
            || self.field("images_to_generate").is_some();
        // No changes are the right advice for a set within tolerance of the target.
        let needs_nothing = !changes_anything && target.is_met_by(&self.counted, tolerance);
        let target = target.counts();
        let reached = target
            .iter()
            .all(|(class, count)| ends.get(&class) == Some(&signed(count)));
        if recommends && !needs_nothing && !reached {
            let end = |class| ends.get(&class).copied().unwrap_or_default();
            self.found.push(Discrepancy::EndsAt {
                ends: ClassBalance {
                    photorealistic: end(ImageClass::Photorealistic),
                    bw_stylized: end(ImageClass::BwStylized),
                    color_stylized: end(ImageClass::ColorStylized),
                },
                target,
            });
        }
    }

    /// Checks one deletion. Returns the number and the class of the picture that it removes, if
    /// any.
    fn deletion(
        &mut self,
        listed_as: ImageClass,
        number: &Value,
        deleted: &BTreeSet<SheetNumber>,
    ) -> Option<(SheetNumber, ImageClass)> {
        let found = as_integer(number, true)
            .and_then(|number| u32::try_from(number).ok())
            .and_then(SheetNumber::new)
            .and_then(|number| Some((number, *self.classes.get(&number)?)));
        let Some((number, class)) = found else {
            self.found.push(Discrepancy::DeletesUnknown {
                listed_as,
                number: number.to_string(),
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
            // The picture is gone already: deleting it again does not change the counts.
            self.found.push(Discrepancy::DeletesTwice { number });
            return None;
        }
        Some((number, class))
    }

    /// The numbers listed for deletion under this class, from `recommendations` or, without it,
    /// from `images_to_delete`.
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

    /// Number of pictures of this class to generate, from `recommendations` or, without it, from
    /// `images_to_generate`.
    fn generations(&mut self, class: ImageClass) -> i64 {
        if let Some(recommendations) = &self.opinion.recommendations {
            let name = format!("generate_{class}");
            return self
                .number(&name, recommendations.get(&name))
                .unwrap_or_default();
        }
        self.entries("images_to_generate", class)
            .filter_map(|entry| as_integer(entry.get("count")?, true))
            .fold(0, i64::saturating_add)
    }

    /// The entries of a list of `{"type": ..., ...}` objects that have this class.
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
