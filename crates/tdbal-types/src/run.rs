//! Run ids.

use crate::actor::is_plain_segment;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Id of a run. A single path segment, because pictures removed by a run move to
/// `trash/{run id}/`.
///
/// tdbal creates ids that sort by start time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// Error returned when a string is not a valid run id. Holds the string.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid run id {0:?}: it must be a single path segment without control characters")]
pub struct RunIdError(pub String);

impl RunId {
    /// Creates a run id.
    ///
    /// # Errors
    /// Returns an error if `name` is not a plain path segment.
    pub fn new(name: impl Into<String>) -> Result<Self, RunIdError> {
        let name = name.into();
        if is_plain_segment(&name) {
            Ok(Self(name))
        } else {
            Err(RunIdError(name))
        }
    }

    /// Returns the id as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = RunIdError;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.0
    }
}
