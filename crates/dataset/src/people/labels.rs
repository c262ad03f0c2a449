//! Labels: what people say about pictures: their class, their quality, and whether they stay or go.
//!
//! A label applies to the content of a picture and is found by its digest, so it remains valid when
//! the file is moved or renamed. It overrides every model and all evidence, and never expires. All
//! statements are stored with who made them and when; the latest about each property counts.

use crate::error::DataError;
use crate::folder::DataReader;
use crate::set::SetPicture;
use journal::Journals;
use journal::run::Document;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::sha256;
use tdbal_types::{ActorId, Digest, ImageClass, ImageName, Quality};
use verdict::Label;

/// The state document that holds the labels.
const DOCUMENT: Document = Document::pretty("labels.json", 5);

/// All statements of people about the pictures of a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// The statements about each picture, oldest first.
    labels: BTreeMap<Digest, Vec<Statement>>,
}

/// What a person said about a picture at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The actor that the picture belonged to at that time.
    pub actor: ActorId,
    /// The file name of the picture at that time.
    pub file: ImageName,
    /// The class of the picture; absent if the statement is not about the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ImageClass>,
    /// The quality of the picture, 1 to 10; absent if the statement is not about the quality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Whether the picture should stay or go; absent if the statement is not about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// When the statement was made: UTC.
    pub said_at: String,
    /// The name of the person.
    pub said_by: String,
}

/// Whether a person wants a picture to stay or go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// The picture stays, whatever the plan would decide.
    Keep,
    /// The picture is removed, whatever its class and quality.
    Remove,
}

impl Labels {
    /// Returns all statements about a picture, oldest first.
    pub fn said(&self, picture: &Digest) -> &[Statement] {
        self.labels.get(picture).map_or(&[], Vec::as_slice)
    }

    /// Returns the latest class and quality that people gave a picture; `None` if they gave neither.
    pub fn word(&self, picture: &Digest) -> Option<Label> {
        let said = self.said(picture);
        let label = Label {
            class: said.iter().rev().find_map(|said| said.class),
            quality: said.iter().rev().find_map(|said| said.quality),
        };
        (label != Label::default()).then_some(label)
    }

    /// Returns whether people want a picture to stay or go as a picture of this actor. The latest
    /// wish about this actor's picture counts. If there is none, a wish to keep the same content of
    /// another actor counts too; a wish to remove it does not, because the picture may be wrong for
    /// that actor only.
    pub fn wish(&self, actor: &ActorId, picture: &Digest) -> Option<Wish> {
        let last = |own: bool| {
            let said = self.said(picture).iter().rev();
            said.filter(|said| (said.actor == *actor) == own)
                .find_map(|said| said.wish)
        };
        last(true).or_else(|| last(false).filter(|wish| *wish == Wish::Keep))
    }

    /// Iterates over all labelled pictures with their statements, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (&Digest, &[Statement])> {
        let all = self.labels.iter();
        all.map(|(picture, said)| (picture, said.as_slice()))
    }

    /// Whether there are no statements.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Adds a statement. An identical statement is not added again, so a caller can repeat an edit
    /// whose result was lost.
    pub fn say(&mut self, picture: Digest, statement: Statement) {
        let said = self.labels.entry(picture).or_default();
        if !said.contains(&statement) {
            said.push(statement);
        }
    }

    /// Removes a statement and returns whether it existed. Earlier statements count again.
    pub fn take_back(&mut self, picture: &Digest, statement: &Statement) -> bool {
        let Some(said) = self.labels.get_mut(picture) else {
            return false;
        };
        let before = said.len();
        said.retain(|other| other != statement);
        let is_removed = said.len() < before;
        if said.is_empty() {
            self.labels.remove(picture);
        }
        is_removed
    }

    /// Removes all statements about a picture and returns them.
    pub fn forget(&mut self, picture: &Digest) -> Vec<Statement> {
        self.labels.remove(picture).unwrap_or_default()
    }
}

/// Reads the labels of a data set; empty if there are none.
///
/// # Errors
/// When the labels exist and cannot be read: they never count as empty.
pub async fn read_labels(data: &DataReader) -> Result<Labels, DataError> {
    let read = DOCUMENT.read(data.journals()).await?;
    Ok(read.map(|(labels, _)| labels).unwrap_or_default())
}

/// Edits the labels of a data set and returns the result of `edit`. If another process writes the
/// labels at the same time, `edit` is called again with what that process wrote.
///
/// # Errors
/// When the labels cannot be read or written.
pub async fn edit_labels<T>(
    journals: &dyn Journals,
    edit: impl FnMut(&mut Labels) -> T,
) -> Result<T, DataError> {
    Ok(DOCUMENT.edit(journals, edit).await?)
}

/// Returns the digest of a picture's current content: of the local copy, or of the object if there is
/// no local copy.
///
/// # Errors
/// [`DataError::NoSource`] if the picture has neither. [`DataError::Store`] if it cannot be read or
/// is larger than `max_bytes`.
pub async fn picture_digest(
    data: &DataReader,
    picture: &SetPicture,
    max_bytes: u64,
) -> Result<Digest, DataError> {
    let object = match (&picture.local, &picture.s3_url) {
        (Some(local), _) => data.store().get(&local.key, max_bytes).await,
        (None, Some(url)) => {
            let url = data.parse_url(url)?;
            data.bucket(&url).await?.get(&url.key, max_bytes).await
        }
        (None, None) => {
            return Err(DataError::NoSource {
                file: picture.name.clone(),
            });
        }
    };
    Ok(sha256(&object.map_err(DataError::from)?.bytes))
}

#[cfg(test)]
mod tests;
