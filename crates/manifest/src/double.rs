//! Entries of a manifest that say the same twice.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::ImageName;

/// Entries of which all but one are too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoubleEntry {
    /// Entries of a training manifest with one `s3_url`: one picture under several names.
    SameObject {
        /// The URL, as the manifest has it.
        s3_url: String,
        /// The entries, in the order of the document; two or more.
        names: Vec<ImageName>,
        /// Those of them that are too many, where that can be told: all that are not named as the
        /// URL's file, if one of them is. Else none, and a person has to say.
        doubles: Vec<ImageName>,
    },
    /// Entries of an actor manifest's `training_data` with one `filename`.
    SameFile {
        /// The file name, as the manifest has it.
        file_name: String,
        /// Where in `training_data` they are, in ascending order; two or more. The first one counts.
        positions: Vec<usize>,
    },
}

impl DoubleEntry {
    /// By URL.
    pub(crate) fn same_object(images: impl Iterator<Item = (String, ImageName)>) -> Vec<Self> {
        let mut of_url: BTreeMap<String, Vec<ImageName>> = BTreeMap::new();
        for (s3_url, name) in images {
            of_url.entry(s3_url).or_default().push(name);
        }
        of_url
            .into_iter()
            .filter(|(_, names)| names.len() > 1)
            .map(|(s3_url, names)| Self::SameObject {
                doubles: doubles(&s3_url, &names),
                s3_url,
                names,
            })
            .collect()
    }

    /// By file name.
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

/// The positions of entries whose file an earlier entry has already.
pub(crate) fn later_of_one_file(training_data: &[Value]) -> BTreeSet<usize> {
    positions(training_data)
        .into_values()
        .flat_map(|positions| positions.into_iter().skip(1))
        .collect()
}

fn positions(training_data: &[Value]) -> BTreeMap<&str, Vec<usize>> {
    let mut of_file: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, entry) in training_data.iter().enumerate() {
        if let Some(file) = file_name(entry) {
            of_file.entry(file).or_default().push(position);
        }
    }
    of_file
}

/// The file that an entry of `training_data` is for.
pub(crate) fn file_name(entry: &Value) -> Option<&str> {
    entry
        .get("filename")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
}

fn doubles(s3_url: &str, names: &[ImageName]) -> Vec<ImageName> {
    let (named_so, others): (Vec<_>, Vec<_>) = names
        .iter()
        .cloned()
        .partition(|name| is_file_of(s3_url, name.as_str()));
    if named_so.len() == 1 {
        others
    } else {
        Vec::new()
    }
}

/// Whether the last segment of the URL's path is this name. In an `s3://` URL the key stands as it is;
/// in any other it is percent-encoded, and a query may follow.
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
