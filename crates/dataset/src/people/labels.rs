//! What persons say of pictures: what they are, how good, and whether they stay or go.
//!
//! A word is about the bytes of a picture and found by their digest, so that it outlives moves and
//! renames; it is stronger than any model and any evidence, and never expires. Every word that was
//! said is kept with who said it and when; of what was said about one thing the last word counts.

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

/// The document of the data set that holds the words.
const DOCUMENT: Document = Document::pretty("labels.json", 5);

/// Everything that persons said of the pictures of a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// What was said of each picture, in the order in which it was said.
    labels: BTreeMap<Digest, Vec<Statement>>,
}

/// What one person said of one picture at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The actor of which it was a picture then.
    pub actor: ActorId,
    /// Its name then.
    pub file: ImageName,
    /// What it is, if they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ImageClass>,
    /// How good it is, if they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Whether it should stay or go, if they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// When it was said: UTC.
    pub said_at: String,
    /// By whom.
    pub said_by: String,
}

/// What a person wants to become of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// It stays, whatever is decided.
    Keep,
    /// It goes, whatever it is.
    Remove,
}

impl Labels {
    /// Everything that was said of a picture, the first first.
    pub fn said(&self, picture: &Digest) -> &[Statement] {
        self.labels.get(picture).map_or(&[], Vec::as_slice)
    }

    /// What a picture is by a person's word, and how good: of each the last that was said.
    pub fn word(&self, picture: &Digest) -> Option<Label> {
        let said = self.said(picture);
        let label = Label {
            class: said.iter().rev().find_map(|said| said.class),
            quality: said.iter().rev().find_map(|said| said.quality),
        };
        (label != Label::default()).then_some(label)
    }

    /// Whether a picture should stay or go as a picture of this actor. That it should go holds only
    /// for the actor of which it was said: the same bytes may be right where they belong. That it
    /// should stay holds everywhere, unless something else was said of this actor's.
    pub fn wish(&self, actor: &ActorId, picture: &Digest) -> Option<Wish> {
        let last = |own: bool| {
            let said = self.said(picture).iter().rev();
            said.filter(|said| (said.actor == *actor) == own)
                .find_map(|said| said.wish)
        };
        last(true).or_else(|| last(false).filter(|wish| *wish == Wish::Keep))
    }

    /// Every picture of which something was said, with all of it.
    pub fn iter(&self) -> impl Iterator<Item = (&Digest, &[Statement])> {
        let all = self.labels.iter();
        all.map(|(picture, said)| (picture, said.as_slice()))
    }

    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Adds a word. The same word again, as after a write of which the answer was lost, is none.
    pub fn say(&mut self, picture: Digest, statement: Statement) {
        let said = self.labels.entry(picture).or_default();
        if !said.contains(&statement) {
            said.push(statement);
        }
    }

    /// Takes a word back, and says whether it was there: what was said before it counts again.
    pub fn take_back(&mut self, picture: &Digest, statement: &Statement) -> bool {
        let Some(said) = self.labels.get_mut(picture) else {
            return false;
        };
        let before = said.len();
        said.retain(|other| other != statement);
        let is_gone = said.len() < before;
        if said.is_empty() {
            self.labels.remove(picture);
        }
        is_gone
    }

    /// Takes back everything that was said of a picture.
    pub fn forget(&mut self, picture: &Digest) -> Vec<Statement> {
        self.labels.remove(picture).unwrap_or_default()
    }
}

/// Reads what people said of the pictures of a data set.
///
/// # Errors
/// When it is there and cannot be read: it is never taken for nothing.
pub async fn read_labels(data: &DataReader) -> Result<Labels, DataError> {
    let read = DOCUMENT.read(data.journals()).await?;
    Ok(read.map(|(labels, _)| labels).unwrap_or_default())
}

/// Changes what was said. If another process changes it at the same time, `edit` is applied again to
/// what that process wrote.
///
/// # Errors
/// When it cannot be read or written.
pub async fn edit_labels<T>(
    journals: &dyn Journals,
    edit: impl FnMut(&mut Labels) -> T,
) -> Result<T, DataError> {
    Ok(DOCUMENT.edit(journals, edit).await?)
}

/// The digest of a picture as it is now: of its local copy, or of its object where it has none. At
/// most `max_bytes` are read.
///
/// # Errors
/// When it cannot be fetched, or there is nothing to fetch.
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
