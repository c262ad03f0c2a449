//! Pictures that a person marked to be kept, whatever is decided.

use crate::data::DataReader;
use crate::error::DataError;
use journal::Journals;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use storage::Version;
use tdbal_types::{ActorId, ImageName};

/// The document of the data set that holds the marks.
const DOCUMENT: &str = "kept.json";
/// How often a write is tried again after somebody else wrote.
const TRIES: usize = 5;

/// The marks of a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The marked pictures, by actor and name.
    pub kept: Vec<Mark>,
}

/// A picture that is never removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// Its actor.
    pub actor: ActorId,
    /// Its name.
    pub file: ImageName,
    /// When it was marked: UTC.
    pub marked_at: String,
    /// By whom.
    pub marked_by: String,
}

impl Marks {
    /// The marked pictures of an actor.
    pub fn of(&self, actor: &ActorId) -> BTreeSet<ImageName> {
        let own = self.kept.iter().filter(|mark| mark.actor == *actor);
        own.map(|mark| mark.file.clone()).collect()
    }

    /// Marks pictures; those that are marked already stay as they are. Says which are new.
    pub fn keep(&mut self, marks: Vec<Mark>) -> Vec<Mark> {
        let mut new = Vec::new();
        for mark in marks {
            if !self.is_kept(&mark.actor, &mark.file) {
                self.kept.push(mark.clone());
                new.push(mark);
            }
        }
        self.kept.sort();
        new
    }

    /// Takes marks away. Says which there were.
    pub fn unkeep(&mut self, pictures: &[(ActorId, ImageName)]) -> Vec<Mark> {
        let (gone, stay) = std::mem::take(&mut self.kept)
            .into_iter()
            .partition(|mark| {
                pictures
                    .iter()
                    .any(|(actor, file)| mark.actor == *actor && mark.file == *file)
            });
        self.kept = stay;
        gone
    }

    fn is_kept(&self, actor: &ActorId, file: &ImageName) -> bool {
        self.kept
            .iter()
            .any(|mark| mark.actor == *actor && mark.file == *file)
    }
}

/// Reads the marks of a data set.
///
/// # Errors
/// When they are there and cannot be read: they are never taken for none.
pub async fn read_marks(data: &DataReader) -> Result<Marks, DataError> {
    Ok(read(data.journals()).await?.0)
}

async fn read(journals: &dyn Journals) -> Result<(Marks, Option<Version>), DataError> {
    let Some((bytes, version)) = journals.state(DOCUMENT).await? else {
        return Ok((Marks::default(), None));
    };
    let marks = serde_json::from_slice(&bytes).map_err(|source| DataError::State {
        name: DOCUMENT,
        place: journals.to_string(),
        source,
    })?;
    Ok((marks, Some(version)))
}

/// Changes the marks of a data set; where somebody else does so at the same time, on top of theirs.
///
/// # Errors
/// When they cannot be read or written.
pub async fn edit_marks<T>(
    journals: &dyn Journals,
    mut edit: impl FnMut(&mut Marks) -> T,
) -> Result<T, DataError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let (mut marks, version) = read(journals).await?;
        let before = marks.clone();
        let told = edit(&mut marks);
        if marks == before {
            return Ok(told);
        }
        let bytes = serde_json::to_vec_pretty(&marks).map_err(|source| DataError::State {
            name: DOCUMENT,
            place: journals.to_string(),
            source,
        })?;
        match journals.put_state(DOCUMENT, bytes.into(), version).await {
            Ok(_) => return Ok(told),
            Err(journal::JournalError::Changed { .. }) if tries < TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}
