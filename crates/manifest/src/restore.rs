//! Undoing an edit of a list of entries that may have changed since.

use crate::ManifestError;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::ImageName;

/// An entry with its file name, if it has one.
pub(crate) type NamedEntry<'a> = (Option<&'a str>, &'a Value);

/// Identifies an entry in its list: its name, and the number of earlier entries with that name.
type EntryKey<'a> = (Option<&'a str>, usize);

/// Removes the entries named in `out` from `current` and restores those named in `back` from
/// `before`.
///
/// A restored entry is placed after its nearest predecessor in `before` that is still in the list,
/// or first if there is none. A name in both sets is removed, then restored. Entries that are
/// already restored stay where they are.
///
/// # Errors
/// [`ManifestError::Changed`] if an entry to restore exists with different content.
pub(crate) fn restored<'a>(
    current: Vec<NamedEntry<'a>>,
    before: &[NamedEntry<'a>],
    back: &BTreeSet<ImageName>,
    out: &BTreeSet<ImageName>,
) -> Result<Vec<NamedEntry<'a>>, ManifestError> {
    let out: BTreeSet<&str> = out.iter().map(ImageName::as_str).collect();
    let current: Vec<NamedEntry<'a>> = current
        .into_iter()
        .filter(|(name, _)| name.is_none_or(|name| !out.contains(name)))
        .collect();
    let missing = missing_names(&current, before, back)?;
    let mut list: Vec<(EntryKey<'a>, &'a Value)> = with_keys(&current);
    let mut insert_at = 0;
    for (key, value) in with_keys(before) {
        if let Some(index) = list.iter().position(|(other, _)| *other == key) {
            insert_at = index + 1;
        } else if key.0.is_some_and(|name| missing.contains(name)) {
            list.insert(insert_at, (key, value));
            insert_at += 1;
        }
    }
    Ok(list
        .into_iter()
        .map(|((name, _), value)| (name, value))
        .collect())
}

/// The names in `back` that `current` does not contain.
fn missing_names<'b>(
    current: &[NamedEntry<'_>],
    before: &[NamedEntry<'_>],
    back: &'b BTreeSet<ImageName>,
) -> Result<BTreeSet<&'b str>, ManifestError> {
    let mut missing = BTreeSet::new();
    for name in back {
        let existing = entries_named(current, name);
        if existing.is_empty() {
            missing.insert(name.as_str());
        } else if existing != entries_named(before, name) {
            return Err(ManifestError::Changed { name: name.clone() });
        }
    }
    Ok(missing)
}

fn entries_named<'a>(list: &[NamedEntry<'a>], wanted: &ImageName) -> Vec<&'a Value> {
    list.iter()
        .filter(|(name, _)| *name == Some(wanted.as_str()))
        .map(|(_, value)| *value)
        .collect()
}

fn with_keys<'a>(list: &[NamedEntry<'a>]) -> Vec<(EntryKey<'a>, &'a Value)> {
    let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    list.iter()
        .map(|&(name, value)| {
            let count = counts.entry(name).or_default();
            let key = (name, *count);
            *count += 1;
            (key, value)
        })
        .collect()
}

#[cfg(test)]
mod tests;
