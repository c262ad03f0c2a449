//! Object keys.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The key of an object within its store: segments separated by `/`, for example
/// `actors/0004_european_35_male/training_data/manifest.json`.
///
/// A key from [`ObjectKey::new`] can safely be joined to a folder path: it is not empty or
/// absolute, has no empty, `.` or `..` segment, no backslash and no control character. Other
/// programs may store objects under stranger keys in a bucket. [`ObjectKey::foreign`] and
/// deserialization accept those as well; stores backed by a file system reject them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(String);

/// Text that is not a valid object key; the field holds the text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid object key {0:?}: use at most 1024 bytes, single slashes, and no segment . or ..")]
pub struct KeyError(pub String);

impl ObjectKey {
    /// Creates a key that is safe in every store.
    ///
    /// # Errors
    /// [`KeyError`] if the key is empty, longer than 1024 bytes, or not safe to join to a folder
    /// path.
    pub fn new(key: impl Into<String>) -> Result<Self, KeyError> {
        let key = Self(key.into());
        if key.is_plain() {
            Ok(key)
        } else {
            Err(KeyError(key.0))
        }
    }

    /// Creates a key that is valid in a bucket, though perhaps not in a folder: any text of 1 to
    /// 1024 bytes (the limit of S3).
    ///
    /// # Errors
    /// [`KeyError`] if the key is empty or too long.
    pub fn foreign(key: impl Into<String>) -> Result<Self, KeyError> {
        let key = key.into();
        if key.is_empty() || key.len() > 1024 {
            Err(KeyError(key))
        } else {
            Ok(Self(key))
        }
    }

    /// The pseudo-key `{prefix}/`, for errors that concern all objects below `prefix` but have to
    /// name a key. It does not name an object.
    #[must_use]
    pub fn of_prefix(prefix: &str) -> Self {
        Self(format!("{}/", prefix.trim_end_matches('/')))
    }

    /// Whether the key can be joined to a folder path without leaving that folder.
    pub fn is_plain(&self) -> bool {
        !self.0.is_empty()
            && self.0.len() <= 1024
            // Windows treats a backslash as a separator, and a key with control characters could
            // forge lines of a log.
            && !self.0.contains('\\')
            && !self.0.chars().any(char::is_control)
            && self
                .0
                .split('/')
                .all(|part| !matches!(part, "" | "." | ".."))
    }

    /// The key as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last slash; the whole key if it has no slash.
    pub fn file_name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The key below `prefix`, joined by one slash; the key itself if `prefix` is empty.
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
    fn unsafe_keys_are_rejected() {
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
    fn under_puts_the_prefix_in_front() {
        let key = ObjectKey::new("a/b").unwrap();
        assert_eq!(key.under("trash/1").as_str(), "trash/1/a/b");
        assert_eq!(key.under("").as_str(), "a/b");
    }
}
