//! Duplicate entries of a manifest.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::ImageName;

/// A group of entries that refer to the same picture; all but one are redundant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoubleEntry {
    /// Entries of a training manifest with the same `s3_url`: one picture under several names.
    SameObject {
        /// The URL as written in the manifest.
        s3_url: String,
        /// Names of the entries, at least two, in document order.
        names: Vec<ImageName>,
        /// The redundant ones among `names`: if exactly one of them is the file name in the URL,
        /// all others. Otherwise empty, because only a person can decide.
        doubles: Vec<ImageName>,
    },
    /// Entries of an actor manifest's `training_data` with the same `filename`.
    SameFile {
        /// The file name as written in the manifest.
        file_name: String,
        /// Indexes in `training_data`, at least two, ascending. The first entry is the one to keep.
        positions: Vec<usize>,
    },
}

impl DoubleEntry {
    /// Groups pairs of URL and name by URL.
    pub(crate) fn same_object(images: impl Iterator<Item = (String, ImageName)>) -> Vec<Self> {
        let mut by_url: BTreeMap<String, Vec<ImageName>> = BTreeMap::new();
        for (s3_url, name) in images {
            by_url.entry(s3_url).or_default().push(name);
        }
        by_url
            .into_iter()
            .filter(|(_, names)| names.len() > 1)
            .map(|(s3_url, names)| Self::SameObject {
                doubles: redundant_names(&s3_url, &names),
                s3_url,
                names,
            })
            .collect()
    }

    /// Groups the entries of `training_data` by file name.
    pub(crate) fn same_file(training_data: &[Value]) -> Vec<Self> {
        positions(training_data)
            .into_iter()
            .filter(|(_, positions)| positions.len() > 1)
            .map(|(file_name, positions)| Self::SameFile {
                file_name: file_name.to_owned(),
                positions,
            })
            .collect()
    }
}

/// Indexes of entries with the same file name as an earlier entry.
pub(crate) fn repeated_files(training_data: &[Value]) -> BTreeSet<usize> {
    positions(training_data)
        .into_values()
        .flat_map(|positions| positions.into_iter().skip(1))
        .collect()
}

fn positions(training_data: &[Value]) -> BTreeMap<&str, Vec<usize>> {
    let mut by_file: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, entry) in training_data.iter().enumerate() {
        if let Some(file) = file_name(entry) {
            by_file.entry(file).or_default().push(position);
        }
    }
    by_file
}

/// The file name of an entry of `training_data`; `None` if it is absent or empty.
pub(crate) fn file_name(entry: &Value) -> Option<&str> {
    entry
        .get("filename")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
}

fn redundant_names(s3_url: &str, names: &[ImageName]) -> Vec<ImageName> {
    let (matching, others): (Vec<_>, Vec<_>) = names
        .iter()
        .cloned()
        .partition(|name| is_file_of(s3_url, name.as_str()));
    if matching.len() == 1 {
        others
    } else {
        Vec::new()
    }
}

/// Whether the last path segment of the URL is this name. An `s3://` URL contains the key verbatim.
/// In other URLs the key is percent-encoded, and a query or fragment may follow.
fn is_file_of(s3_url: &str, name: &str) -> bool {
    if let Some(path) = s3_url.strip_prefix("s3://") {
        return path.rsplit('/').next() == Some(name);
    }
    let path = s3_url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/')
        .next()
        .is_some_and(|segment| percent_decode_str(segment).eq(name.bytes()))
}

#[cfg(test)]
mod tests;
