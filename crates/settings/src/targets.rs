//! The target of each actor.

use crate::error::SettingsError;
use glob::Pattern;
use std::cmp::Reverse;
use tdbal_types::{ActorId, Target};

/// The default target, and the targets of actors that match a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    default: Target,
    /// Sorted from the most to the least specific pattern.
    by_pattern: Vec<(Pattern, Target)>,
}

impl Targets {
    /// Combines the default target with pairs of a pattern and a target. A pattern is an actor's name
    /// or ID, or contains the wildcards `*`, `?` or `[...]`.
    ///
    /// # Errors
    /// If a pattern or a target is invalid.
    pub fn new<'a>(
        default: Target,
        patterns: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<Self, SettingsError> {
        let mut by_pattern = Vec::new();
        for (pattern, target) in patterns {
            let key = || format!("targets.{pattern:?}");
            let parsed = Pattern::new(pattern).map_err(SettingsError::parse(key()))?;
            let target = target.parse().map_err(SettingsError::parse(key()))?;
            by_pattern.push((parsed, target));
        }
        by_pattern.sort_by(|(a, _), (b, _)| {
            rank(a)
                .cmp(&rank(b))
                .then_with(|| a.as_str().cmp(b.as_str()))
        });
        Ok(Self {
            default,
            by_pattern,
        })
    }

    /// Returns the target for the actor's exact name or ID, or else for the longest pattern that
    /// matches its name, or else the default.
    pub fn of(&self, actor: &ActorId) -> Target {
        self.by_pattern
            .iter()
            .find(|(pattern, _)| {
                pattern.matches(actor.as_str()) || pattern.as_str() == actor.short_id()
            })
            .map_or(self.default, |(_, target)| *target)
    }

    /// Returns all targets as one text, which differs whenever any target differs.
    pub fn describe(&self) -> String {
        let patterns: Vec<String> = self
            .by_pattern
            .iter()
            .map(|(pattern, target)| format!("{pattern}: {target}"))
            .collect();
        format!("{}; {}", self.default, patterns.join("; "))
    }
}

/// Sorts exact names before patterns, and long patterns before short ones.
fn rank(pattern: &Pattern) -> (bool, Reverse<usize>) {
    let text = pattern.as_str();
    (text.contains(['*', '?', '[']), Reverse(text.len()))
}
