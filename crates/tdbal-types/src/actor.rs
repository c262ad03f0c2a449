//! Actor names and how a user refers to an actor.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Full name of an actor, which is also the name of its folder: `0004_european_35_male`.
///
/// Safe to use as a single segment of a file path or an object key: not empty, not `.` or `..`, and
/// without path separators or control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActorId(String);

/// Error returned when a string is not a valid actor name. Holds the string.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid actor name {0:?}: it must be a single path segment without control characters")]
pub struct ActorIdError(pub String);

/// Returns true if `text` is a valid single path segment on every platform and in object keys.
pub(crate) fn is_plain_segment(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text != ".."
        // Both separators on every platform: a data folder may move between systems.
        && !text.contains(['/', '\\'])
        && !text.chars().any(char::is_control)
}

impl ActorId {
    /// Creates an actor name from the name of the actor's folder.
    ///
    /// # Errors
    /// Returns an error if `name` is not a plain path segment.
    pub fn new(name: impl Into<String>) -> Result<Self, ActorIdError> {
        let name = name.into();
        if is_plain_segment(&name) {
            Ok(Self(name))
        } else {
            Err(ActorIdError(name))
        }
    }

    /// Returns the full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id before the first underscore (`0004`), or the full name if it contains no
    /// underscore. The file name of the actor manifest starts with this id.
    pub fn short_id(&self) -> &str {
        self.0.split_once('_').map_or(self.0.as_str(), |(id, _)| id)
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ActorId {
    type Error = ActorIdError;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<ActorId> for String {
    fn from(id: ActorId) -> Self {
        id.0
    }
}

/// Argument of `--actor-id` as typed: an id (`0004`) or a full name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorQuery(pub String);

/// Error returned when an [`ActorQuery`] does not identify exactly one actor.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AmbiguousActor {
    /// No actor has this id or name.
    #[error("no actor is called {query:?}: use an id such as 0004 or a full folder name")]
    None {
        /// The query as typed.
        query: String,
    },
    /// More than one actor has this id.
    #[error("{query:?} matches more than one actor: {}; use the full name", candidates.iter().map(ActorId::as_str).collect::<Vec<_>>().join(", "))]
    Many {
        /// The query as typed.
        query: String,
        /// All actors with this id, sorted by name.
        candidates: Vec<ActorId>,
    },
}

impl ActorQuery {
    /// Returns the actor in `all` whose full name equals the query, or else the only actor whose id
    /// equals it.
    ///
    /// # Errors
    /// Returns an error if no actor matches, or if several actors share the id.
    pub fn resolve(&self, all: &[ActorId]) -> Result<ActorId, AmbiguousActor> {
        // Full names first: an actor may be named like another one's id.
        if let Some(exact) = all.iter().find(|actor| actor.as_str() == self.0) {
            return Ok(exact.clone());
        }
        let mut candidates: Vec<ActorId> = all
            .iter()
            .filter(|actor| actor.short_id() == self.0)
            .cloned()
            .collect();
        candidates.sort();
        match candidates.as_slice() {
            [] => Err(AmbiguousActor::None {
                query: self.0.clone(),
            }),
            [one] => Ok(one.clone()),
            _ => Err(AmbiguousActor::Many {
                query: self.0.clone(),
                candidates,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
