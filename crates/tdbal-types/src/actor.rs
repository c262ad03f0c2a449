//! Names of actors, and how an operator may ask for one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The whole name of an actor, which is the name of its folder: `0004_european_35_male`.
///
/// Never empty, never `.` or `..`, holds no path separator and no control character, so that it is
/// safe as one segment of a path or of an object key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActorId(String);

/// Why a text is not an actor's name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not an actor's name: it must be one path segment without control characters")]
pub struct ActorIdError(pub String);

/// Whether `text` can stand as one segment of a path on every system and in every object key.
pub(crate) fn is_plain_segment(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text != ".."
        && !text.contains(['/', '\\'])
        && !text.chars().any(char::is_control)
}

impl ActorId {
    /// Takes a folder's name.
    ///
    /// # Errors
    /// When the text is not one plain path segment.
    pub fn new(name: impl Into<String>) -> Result<Self, ActorIdError> {
        let name = name.into();
        if is_plain_segment(&name) {
            Ok(Self(name))
        } else {
            Err(ActorIdError(name))
        }
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id in front of the first underscore (`0004`), or the whole name where there is none.
    /// The actor manifest is named after it.
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

/// What an operator typed after `--actor-id`: an id (`0004`) or a whole name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorQuery(pub String);

/// Why a query names no single actor.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AmbiguousActor {
    /// Nothing answers to the query.
    #[error("no actor is called {query:?}: give an id such as 0004 or a whole folder name")]
    None {
        /// What was asked for.
        query: String,
    },
    /// More than one actor has that id.
    #[error("{query:?} may be any of {}: give the whole name", candidates.iter().map(ActorId::as_str).collect::<Vec<_>>().join(", "))]
    Many {
        /// What was asked for.
        query: String,
        /// All actors that have that id, sorted.
        candidates: Vec<ActorId>,
    },
}

impl ActorQuery {
    /// Finds the one actor among `all` that the query names: the one of exactly that name, else the
    /// only one of that id.
    ///
    /// # Errors
    /// When there is none, or when several have the id.
    pub fn resolve(&self, all: &[ActorId]) -> Result<ActorId, AmbiguousActor> {
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
