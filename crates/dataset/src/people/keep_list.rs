//! The keep list: pictures that are never removed, because a person said so.

use crate::error::DataError;
use crate::folder::DataReader;
use journal::Journals;
use journal::run::Document;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageName};

/// The state document that holds the keep list.
const DOCUMENT: Document = Document::pretty("kept.json", 5);

/// The keep list of a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepList {
    /// The pictures on the list, sorted by actor and name.
    pub kept: Vec<KeepEntry>,
}

/// A picture on the keep list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeepEntry {
    /// The actor whose set the picture belongs to.
    pub actor: ActorId,
    /// The file name of the picture.
    pub file: ImageName,
    /// When the picture was added to the list: UTC without a zone, `2026-11-22T11:06:50.123456`.
    pub marked_at: String,
    /// The name of the person who added the picture.
    pub marked_by: String,
}

impl KeepList {
    /// Returns the names of the listed pictures of an actor.
    pub fn of(&self, actor: &ActorId) -> BTreeSet<ImageName> {
        let own = self.kept.iter().filter(|entry| entry.actor == *actor);
        own.map(|entry| entry.file.clone()).collect()
    }

    /// Adds pictures to the list and returns the entries that are new. A picture that is listed
    /// already keeps its entry.
    pub fn keep(&mut self, entries: Vec<KeepEntry>) -> Vec<KeepEntry> {
        let mut new = Vec::new();
        for entry in entries {
            if !self.is_kept(&entry.actor, &entry.file) {
                self.kept.push(entry.clone());
                new.push(entry);
            }
        }
        self.kept.sort();
        new
    }

    /// Removes pictures from the list and returns the removed entries. Pictures that are not listed
    /// are ignored.
    pub fn unkeep(&mut self, pictures: &[(ActorId, ImageName)]) -> Vec<KeepEntry> {
        let (removed, rest) = std::mem::take(&mut self.kept)
            .into_iter()
            .partition(|entry| {
                pictures
                    .iter()
                    .any(|(actor, file)| entry.actor == *actor && entry.file == *file)
            });
        self.kept = rest;
        removed
    }

    fn is_kept(&self, actor: &ActorId, file: &ImageName) -> bool {
        self.kept
            .iter()
            .any(|entry| entry.actor == *actor && entry.file == *file)
    }
}

/// Reads the keep list of a data set; empty if there is none.
///
/// # Errors
/// When the list exists and cannot be read: it never counts as empty.
pub async fn read_keep_list(data: &DataReader) -> Result<KeepList, DataError> {
    let read = DOCUMENT.read(data.journals()).await?;
    Ok(read.map(|(list, _)| list).unwrap_or_default())
}

/// Edits the keep list of a data set and returns the result of `edit`. If another process writes the
/// list at the same time, `edit` is called again with what that process wrote.
///
/// # Errors
/// When the list cannot be read or written.
pub async fn edit_keep_list<T>(
    journals: &dyn Journals,
    edit: impl FnMut(&mut KeepList) -> T,
) -> Result<T, DataError> {
    Ok(DOCUMENT.edit(journals, edit).await?)
}

#[cfg(test)]
mod tests;
