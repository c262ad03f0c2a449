//! Putting entries back into a list that changed since.

use crate::ManifestError;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::ImageName;

/// An entry with the file name that it is for, where it has one.
pub(crate) type Named<'a> = (Option<&'a str>, &'a Value);

/// What tells an entry from all others of its list: its name, and how many of that name come before.
type Key<'a> = (Option<&'a str>, usize);

/// The list `now` after the entries named in `out` left and those named in `back` came again, each as
/// it is in `before` and right behind the nearest of its predecessors there that is still in the list,
/// or first. A name in both leaves and comes again. What is back already stays where it is.
///
/// # Errors
/// When an entry that is to come back is there with other content.
pub(crate) fn restored<'a>(
    now: Vec<Named<'a>>,
    before: &[Named<'a>],
    back: &BTreeSet<ImageName>,
    out: &BTreeSet<ImageName>,
) -> Result<Vec<Named<'a>>, ManifestError> {
    let out: BTreeSet<&str> = out.iter().map(ImageName::as_str).collect();
    let now: Vec<Named<'a>> = now
        .into_iter()
        .filter(|(name, _)| name.is_none_or(|name| !out.contains(name)))
        .collect();
    let coming = coming(&now, before, back)?;
    let mut list: Vec<(Key<'a>, &'a Value)> = keyed(&now);
    let mut behind = 0;
    for (key, value) in keyed(before) {
        if let Some(at) = list.iter().position(|(other, _)| *other == key) {
            behind = at + 1;
        } else if key.0.is_some_and(|name| coming.contains(name)) {
            list.insert(behind, (key, value));
            behind += 1;
        }
    }
    Ok(list
        .into_iter()
        .map(|((name, _), value)| (name, value))
        .collect())
}

/// The names in `back` whose entries are not back yet.
fn coming<'b>(
    now: &[Named<'_>],
    before: &[Named<'_>],
    back: &'b BTreeSet<ImageName>,
) -> Result<BTreeSet<&'b str>, ManifestError> {
    let mut coming = BTreeSet::new();
    for name in back {
        let there = of_name(now, name);
        if there.is_empty() {
            coming.insert(name.as_str());
        } else if there != of_name(before, name) {
            return Err(ManifestError::Changed { name: name.clone() });
        }
    }
    Ok(coming)
}

fn of_name<'a>(list: &[Named<'a>], wanted: &ImageName) -> Vec<&'a Value> {
    list.iter()
        .filter(|(name, _)| *name == Some(wanted.as_str()))
        .map(|(_, value)| *value)
        .collect()
}

fn keyed<'a>(list: &[Named<'a>]) -> Vec<(Key<'a>, &'a Value)> {
    let mut times: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    list.iter()
        .map(|&(name, value)| {
            let seen = times.entry(name).or_default();
            let key = (name, *seen);
            *seen += 1;
            (key, value)
        })
        .collect()
}

#[cfg(test)]
mod tests;
