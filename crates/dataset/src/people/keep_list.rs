//! Pictures that a person marked to be kept, whatever is decided.

use crate::error::DataError;
use crate::folder::DataReader;
use journal::Journals;
use journal::run::Document;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageName};

/// The document of the data set that holds the marks.
const DOCUMENT: Document = Document::pretty("kept.json", 5);

/// The marks of a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepList {
    /// The marked pictures, by actor and name.
    pub kept: Vec<KeepEntry>,
}

/// A picture that is never removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeepEntry {
    /// Its actor.
    pub actor: ActorId,
    /// Its name.
    pub file: ImageName,
    /// When it was marked: UTC.
    pub marked_at: String,
    /// By whom.
    pub marked_by: String,
}

impl KeepList {
    /// The marked pictures of an actor.
    pub fn of(&self, actor: &ActorId) -> BTreeSet<ImageName> {
        let own = self.kept.iter().filter(|mark| mark.actor == *actor);
        own.map(|mark| mark.file.clone()).collect()
    }

    /// KeepList pictures; those that are marked already stay as they are. Says which are new.
    pub fn keep(&mut self, marks: Vec<KeepEntry>) -> Vec<KeepEntry> {
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
    pub fn unkeep(&mut self, pictures: &[(ActorId, ImageName)]) -> Vec<KeepEntry> {
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
pub async fn read_keep_list(data: &DataReader) -> Result<KeepList, DataError> {
    let read = DOCUMENT.read(data.journals()).await?;
    Ok(read.map(|(marks, _)| marks).unwrap_or_default())
}

/// Changes the marks of a data set. If another process changes them at the same time, `edit` is
/// applied again to what that process wrote.
///
/// # Errors
/// When they cannot be read or written.
pub async fn edit_keep_list<T>(
    journals: &dyn Journals,
    edit: impl FnMut(&mut KeepList) -> T,
) -> Result<T, DataError> {
    Ok(DOCUMENT.edit(journals, edit).await?)
}
