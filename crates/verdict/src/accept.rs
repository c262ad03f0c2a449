//! Decides whether a newly generated picture counts.

use crate::judge::{Verdict, judge};
use crate::observations::Observations;
use crate::rule::Rule;
use crate::scoring::Scoring;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{Confidence, ImageClass, Quality};

/// Why a newly generated picture does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rejection {
    /// No look and no label says what the picture shows or how good it is.
    NotLookedAt,
    /// The picture shows another class than the one ordered.
    WrongClass {
        /// The class that was ordered.
        ordered: ImageClass,
        /// The class that all looks agree on, or else the class of the verdict.
        seen: ImageClass,
    },
    /// The class of the picture is unsure.
    Unsure {
        /// All rules of the verdict, including those that [make it unsure](Rule::makes_unsure).
        rules: Vec<Rule>,
    },
    /// The score of the picture is below the minimum.
    BelowFloor {
        /// The score of the picture: its quality less the points for its faults.
        quality: Quality,
        /// The minimum score.
        floor: Quality,
    },
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLookedAt => f.write_str("it has not been looked at"),
            Self::WrongClass { ordered, seen } => {
                write!(f, "it was ordered as {ordered} but looks {seen}")
            }
            Self::Unsure { rules } => {
                f.write_str("its class is uncertain")?;
                for (at, rule) in rules.iter().filter(|rule| rule.makes_unsure()).enumerate() {
                    write!(f, "{} {rule}", if at == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
            Self::BelowFloor { quality, floor } => {
                write!(f, "its quality {quality} is below the minimum of {floor}")
            }
        }
    }
}

/// Decides whether a picture that was ordered as `ordered` counts, and returns the verdict on it.
///
/// The picture is judged like any other, and must be at least [likely](Confidence::Likely) to be of
/// the ordered class. If `floor` is given, its score must reach that minimum.
///
/// # Errors
/// When the picture does not count, with the first reason in the order of [`Rejection`].
pub fn accept(
    ordered: ImageClass,
    observations: &Observations,
    floor: Option<Quality>,
    scoring: &Scoring,
) -> Result<Verdict, Rejection> {
    let verdict = judge(observations, scoring).ok_or(Rejection::NotLookedAt)?;
    let is_labelled = verdict.rules.contains(&Rule::Person);
    let mut looks = observations.looks().map(|look| look.class);
    let seen = match looks.next() {
        // The provenance of a new picture is its order. It can outweigh looks that agree, and would
        // then hide a picture that came out as another class.
        Some(first) if !is_labelled && looks.all(|class| class == first) => first,
        _ => verdict.class,
    };
    if seen != ordered {
        return Err(Rejection::WrongClass { ordered, seen });
    }
    if verdict.confidence == Confidence::Unsure {
        return Err(Rejection::Unsure {
            rules: verdict.rules,
        });
    }
    match floor {
        Some(floor) if verdict.score < floor => Err(Rejection::BelowFloor {
            quality: verdict.score,
            floor,
        }),
        _ => Ok(verdict),
    }
}

#[cfg(test)]
mod tests;
