//! State documents: JSON that belongs to the data set and is edited by several processes.

use crate::{JournalError, JournalRead, Journals};
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::Version;

/// The name and form of a state document. The document itself is read and written through the
/// journals that are passed to each method.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    name: &'static str,
    form: Form,
    attempts: usize,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Pretty,
    Compact,
}

/// Why a state document could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The store of the documents failed, or every attempt met a newer version.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The document exists and is not valid.
    #[error(
        "{place}: {name} is damaged: restore it from a backup, or move it away to start without it"
    )]
    Damaged {
        /// Name of the document.
        name: &'static str,
        /// Where the journals are stored.
        place: String,
        /// The parser's error.
        #[source]
        source: serde_json::Error,
    },
}

impl Document {
    /// A document that is written with indentation, for people to read. [`edit`](Self::edit) retries
    /// until the write succeeds, at most `attempts` times.
    pub const fn pretty(name: &'static str, attempts: usize) -> Self {
        Self {
            name,
            form: Form::Pretty,
            attempts,
        }
    }

    /// A document that is written on one line; see [`pretty`](Self::pretty).
    pub const fn compact(name: &'static str, attempts: usize) -> Self {
        Self {
            name,
            form: Form::Compact,
            attempts,
        }
    }

    /// Reads the document with its version; `None` if it does not exist.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] if it exists and cannot be parsed: it never counts as empty.
    pub async fn read<T: DeserializeOwned>(
        &self,
        journals: &dyn JournalRead,
    ) -> Result<Option<(T, Version)>, DocumentError> {
        let Some((bytes, version)) = journals.state(self.name).await? else {
            return Ok(None);
        };
        let parsed = serde_json::from_slice(&bytes);
        let parsed = parsed.map_err(|source| self.damaged(journals, source))?;
        Ok(Some((parsed, version)))
    }

    /// Reads the document, applies `edit` and writes the result, unless nothing changed. A missing
    /// document is edited as its default value. If another process wrote the document between the
    /// read and the write, `edit` is called again with what that process wrote.
    ///
    /// # Errors
    /// When the document cannot be read or written. [`JournalError::Changed`] if another process
    /// wrote the document during every attempt.
    pub async fn edit<T, R>(
        &self,
        journals: &dyn Journals,
        mut edit: impl FnMut(&mut T) -> R,
    ) -> Result<R, DocumentError>
    where
        T: Serialize + DeserializeOwned + Default + Clone + PartialEq,
    {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (before, version) = match self.read::<T>(journals).await? {
                Some((value, version)) => (value, Some(version)),
                None => (T::default(), None),
            };
            let mut after = before.clone();
            let result = edit(&mut after);
            if after == before {
                return Ok(result);
            }
            match self.put(journals, &after, version).await {
                Ok(()) => return Ok(result),
                Err(DocumentError::Journal(JournalError::Changed { .. }))
                    if attempt < self.attempts => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Replaces version `over` of the document, or creates it if `over` is `None`.
    ///
    /// # Errors
    /// [`JournalError::Changed`] if the document has another version.
    pub async fn put<T: Serialize>(
        &self,
        journals: &dyn Journals,
        value: &T,
        over: Option<Version>,
    ) -> Result<(), DocumentError> {
        let bytes = match self.form {
            Form::Pretty => serde_json::to_vec_pretty(value),
            Form::Compact => serde_json::to_vec(value),
        };
        let bytes = bytes.map_err(|source| self.damaged(journals, source))?;
        journals.put_state(self.name, bytes.into(), over).await?;
        Ok(())
    }

    fn damaged(
        &self,
        journals: &(impl std::fmt::Display + ?Sized),
        source: serde_json::Error,
    ) -> DocumentError {
        DocumentError::Damaged {
            name: self.name,
            place: journals.to_string(),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
