//! Which pictures a person means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tdbal_types::{ActorId, ActorQuery, AmbiguousActor, ImageName};

/// The folder of an actor's pictures.
const FOLDER: &str = "training_data";

/// The names of pictures by actor.
pub type Pictures = BTreeMap<ActorId, BTreeSet<ImageName>>;

/// A picture as a person typed it: a path that ends in `ACTOR/training_data/FILE`, or `ACTOR/FILE`,
/// or `FILE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureQuery<'a> {
    text: &'a str,
    actor: Option<&'a str>,
    file: &'a str,
    is_path: bool,
}

/// Error returned when a [`PictureQuery`] cannot be parsed, or does not identify exactly one picture.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureQueryError {
    /// The text names no picture of a training set.
    #[error(
        "{text:?} is not the path of a training picture: use .../ACTOR/{FOLDER}/FILE, ACTOR/FILE, or FILE"
    )]
    NotATrainingPicture {
        /// The query as typed.
        text: String,
    },
    /// The actor is unknown, or several actors have its id.
    #[error("{text:?}: {reason}")]
    Actor {
        /// The query as typed.
        text: String,
        /// Why the actor is not clear.
        reason: AmbiguousActor,
    },
    /// The named actor has no picture of this name.
    #[error("{text:?}: {actor} has no {what} of that name")]
    NotOfActor {
        /// The query as typed.
        text: String,
        /// The actor.
        actor: ActorId,
        /// What was searched, such as "picture".
        what: String,
    },
    /// No actor has a picture of this name.
    #[error("{text:?}: no actor has a {what} of that name")]
    NotFound {
        /// The query as typed.
        text: String,
        /// What was searched, such as "picture".
        what: String,
    },
    /// Several actors have a picture of this name.
    #[error(
        "{text:?}: {} have a {what} of that name; use ACTOR/FILE",
        actors.iter().map(ActorId::as_str).collect::<Vec<_>>().join(", ")
    )]
    Ambiguous {
        /// The query as typed.
        text: String,
        /// The actors, sorted by name.
        actors: Vec<ActorId>,
        /// What was searched, such as "picture".
        what: String,
    },
}

/// Everything that is wrong with a list of queries, one problem per line.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<PictureQueryError>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.0.iter().enumerate() {
            let separator = if position > 0 { "\n  " } else { "" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl<'a> PictureQuery<'a> {
    /// Parses what a person typed.
    ///
    /// # Errors
    /// Returns an error unless the text is a path that ends in `ACTOR/training_data/FILE`, or
    /// `ACTOR/FILE`, or `FILE`.
    pub fn parse(text: &'a str) -> Result<Self, PictureQueryError> {
        let segments: Vec<&str> = text
            .split('/')
            .filter(|segment| !segment.is_empty() && *segment != ".")
            .collect();
        let (actor, file, is_path) = match segments.as_slice() {
            [file] => (None, *file, false),
            [.., actor, folder, file] if *folder == FOLDER => (Some(*actor), *file, true),
            [actor, file] if !text.starts_with('/') => (Some(*actor), *file, false),
            _ => {
                return Err(PictureQueryError::NotATrainingPicture {
                    text: text.to_owned(),
                });
            }
        };
        Ok(Self {
            text,
            actor,
            file,
            is_path,
        })
    }

    /// Parses a whole list.
    ///
    /// # Errors
    /// Returns every problem of the list, not only the first.
    pub fn parse_all(texts: &'a [String]) -> Result<Vec<Self>, Problems> {
        all_or_problems(texts.iter().map(|text| Self::parse(text)))
    }

    /// Returns whether the query is a path, which may lead into another data folder.
    pub const fn is_path(&self) -> bool {
        self.is_path
    }

    /// Returns the text as typed.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the actors that may have the picture: the named one if it is known, or else all.
    pub fn candidates(&self, known: &[ActorId]) -> Vec<ActorId> {
        match self.actor {
            None => known.to_vec(),
            Some(actor) => {
                let actor = ActorQuery(actor.to_owned()).resolve(known);
                actor.into_iter().collect()
            }
        }
    }

    /// Finds the picture among `pictures`; `what` names them in errors, such as "picture".
    ///
    /// # Errors
    /// Returns an error if no picture matches, or if several do.
    pub fn find(
        &self,
        pictures: &Pictures,
        what: &str,
    ) -> Result<(ActorId, ImageName), PictureQueryError> {
        let (text, what) = (self.text.to_owned(), what.to_owned());
        let named = |names: &BTreeSet<ImageName>| {
            let found = names.iter().find(|name| name.as_str() == self.file);
            found.cloned()
        };
        if let Some(actor) = self.actor {
            let actors: Vec<ActorId> = pictures.keys().cloned().collect();
            let actor = match ActorQuery(actor.to_owned()).resolve(&actors) {
                Ok(actor) => actor,
                Err(reason) => return Err(PictureQueryError::Actor { text, reason }),
            };
            return match pictures.get(&actor).and_then(named) {
                Some(name) => Ok((actor, name)),
                None => Err(PictureQueryError::NotOfActor { text, actor, what }),
            };
        }
        let mut found: Vec<(ActorId, ImageName)> = pictures
            .iter()
            .filter_map(|(actor, names)| Some((actor.clone(), named(names)?)))
            .collect();
        if found.len() > 1 {
            let actors = found.into_iter().map(|(actor, _)| actor).collect();
            return Err(PictureQueryError::Ambiguous { text, actors, what });
        }
        found
            .pop()
            .ok_or(PictureQueryError::NotFound { text, what })
    }

    /// Finds every picture of a list, sorted by actor and name and without repetitions.
    ///
    /// # Errors
    /// Returns every problem of the list, not only the first.
    pub fn find_all(
        queries: &[Self],
        pictures: &Pictures,
        what: &str,
    ) -> Result<BTreeSet<(ActorId, ImageName)>, Problems> {
        all_or_problems(queries.iter().map(|query| query.find(pictures, what)))
    }
}

/// Collects all values, or else all problems, so nothing is done with half a list.
fn all_or_problems<T, C: FromIterator<T>>(
    results: impl Iterator<Item = Result<T, PictureQueryError>>,
) -> Result<C, Problems> {
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(values.into_iter().collect())
    } else {
        Err(Problems(problems))
    }
}

#[cfg(test)]
mod tests;
