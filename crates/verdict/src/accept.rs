//! Whether a new picture counts.

use crate::judge::{Verdict, judge};
use crate::observations::Observations;
use crate::rule::Rule;
use crate::scoring::Scoring;
use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{Confidence, ImageClass, Quality};

/// Why a new picture does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rejection {
    /// Nobody looked at it.
    NotLookedAt,
    /// It was seen as another class than the one that was ordered.
    WrongClass {
        /// What was ordered.
        ordered: ImageClass,
        /// What the looks say.
        seen: ImageClass,
    },
    /// Too much speaks against it.
    Unsure {
        /// Why.
        rules: Vec<Rule>,
    },
    /// It is not good enough.
    BelowFloor {
        /// How good it is.
        quality: Quality,
        /// How good it should be at least.
        floor: Quality,
    },
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLookedAt => f.write_str("nobody looked at it"),
            Self::WrongClass { ordered, seen } => {
                write!(f, "it was ordered as {ordered} and looks {seen}")
            }
            Self::Unsure { rules } => {
                f.write_str("what it is is unsure")?;
                for (at, rule) in rules.iter().filter(|rule| rule.makes_unsure()).enumerate() {
                    write!(f, "{} {rule}", if at == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
            Self::BelowFloor { quality, floor } => {
                write!(f, "its quality is {quality}, at least {floor} is wanted")
            }
        }
    }
}

/// Whether a picture that was ordered as a class counts as one, and as good enough. Judged like the
/// rest; what is unsure does not count.
///
/// # Errors
/// When it does not count, with the reason.
pub fn accept(
    ordered: ImageClass,
    testimony: &Observations,
    floor: Option<Quality>,
    scoring: &Scoring,
) -> Result<Verdict, Rejection> {
    let verdict = judge(testimony, scoring).ok_or(Rejection::NotLookedAt)?;
    let is_settled = verdict.rules.contains(&Rule::Person);
    let mut looks = testimony.looks().map(|look| look.class);
    let seen = match looks.next() {
        // Looks that agree with each other; provenance must not hide what they say.
        Some(first) if !is_settled && looks.all(|class| class == first) => first,
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
