//! Keys of objects.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The key of an object inside its store: segments joined by `/`, such as
/// `actors/0004_european_35_male/training_data/manifest.json`.
///
/// For stores in a folder a key is safe to join to the folder: it is never empty or absolute, has
/// no empty, `.` or `..` segment, no backslash and no control character. Objects that others put
/// into a bucket can have stranger keys; [`ObjectKey::foreign`] takes those, and only stores that
/// are no file system accept them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(String);

/// Why a text is not a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not an object key: segments joined by single slashes, none of them . or ..")]
pub struct KeyError(pub String);

impl ObjectKey {
    /// Takes a key that is safe in every store.
    ///
    /// # Errors
    /// When it could leave a folder, or names no object.
    pub fn new(key: impl Into<String>) -> Result<Self, KeyError> {
        let key = Self(key.into());
        if key.is_plain() {
            Ok(key)
        } else {
            Err(KeyError(key.0))
        }
    }

    /// Takes any key that a bucket can hold: not empty, at most 1024 bytes (the limit of S3).
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn foreign(key: impl Into<String>) -> Result<Self, KeyError> {
        let key = key.into();
        if key.is_empty() || key.len() > 1024 {
            Err(KeyError(key))
        } else {
            Ok(Self(key))
        }
    }

    /// What stands for all objects below `prefix` where an error has to name a key: the prefix and
    /// a slash. It names no object.
    #[must_use]
    pub fn of_prefix(prefix: &str) -> Self {
        Self(format!("{}/", prefix.trim_end_matches('/')))
    }

    /// Whether the key is safe to join to a folder.
    pub fn is_plain(&self) -> bool {
        !self.0.is_empty()
            && self.0.len() <= 1024
            && !self.0.contains('\\')
            && !self.0.chars().any(char::is_control)
            && self
                .0
                .split('/')
                .all(|part| !matches!(part, "" | "." | ".."))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the last slash.
    pub fn file_name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(_, name)| name)
    }

    /// `prefix` and the key, joined by a slash; the key itself where the prefix is empty.
    #[must_use]
    pub fn under(&self, prefix: &str) -> Self {
        let prefix = prefix.trim_end_matches('/');
        if prefix.is_empty() {
            self.clone()
        } else {
            Self(format!("{prefix}/{}", self.0))
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = KeyError;
    fn try_from(key: String) -> Result<Self, Self::Error> {
        Self::foreign(key)
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_leave_their_folder_are_refused() {
        for bad in [
            "", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a\\b", "a\nb",
        ] {
            assert!(ObjectKey::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            ObjectKey::new("a/b c/ü+&.png").unwrap().file_name(),
            "ü+&.png"
        );
    }

    #[test]
    fn a_prefix_goes_in_front() {
        let key = ObjectKey::new("a/b").unwrap();
        assert_eq!(key.under("trash/1").as_str(), "trash/1/a/b");
        assert_eq!(key.under("").as_str(), "a/b");
    }
}
