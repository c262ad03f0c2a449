//! The journal of one actor's part of a run: reads and appends records, and keeps the state that they
//! add up to.

use crate::run::record::{Record, Step};
use crate::run::state::ActorState;
use crate::{JournalError, JournalRead, Journals};
use bytes::Bytes;
use std::sync::Arc;
use storage::sha256;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Digest, RunId};
use tokio::sync::Mutex;

/// Why the journal of an actor could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The store of the journals failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record is damaged, or has a form that this version does not know.
    #[error(
        "cannot read record {number} of {actor} in run {run}: it is damaged or was written by a newer \
         tdbal; nothing was changed"
    )]
    Record {
        /// The run that wrote the record.
        run: RunId,
        /// The actor that the journal belongs to.
        actor: ActorId,
        /// The number of the record, from 1.
        number: usize,
        /// The parser's error.
        #[source]
        source: serde_json::Error,
    },
    /// A record could not be written as JSON.
    #[error("cannot write a record of {actor} as JSON")]
    Write {
        /// The actor that the journal belongs to.
        actor: ActorId,
        /// The serialiser's error.
        #[source]
        source: serde_json::Error,
    },
    /// A document that the journal names does not exist.
    #[error(
        "document {name} of run {run} is missing: it may have been deleted by hand; restore it"
    )]
    NoDocument {
        /// The run that the document belongs to.
        run: RunId,
        /// The name of the document.
        name: String,
    },
}

/// Reads all records of an actor's part of a run, oldest first; empty if there is no journal.
///
/// # Errors
/// [`RecordError::Record`] for the first record that cannot be parsed: it is never skipped, because
/// it may announce an effect. [`RecordError::Journal`] if the store fails.
pub async fn read_records(
    journals: &dyn JournalRead,
    run: &RunId,
    actor: &ActorId,
) -> Result<Vec<Record>, RecordError> {
    let lines = journals.read(run, actor).await?;
    lines
        .iter()
        .enumerate()
        .map(|(position, line)| {
            serde_json::from_slice(line).map_err(|source| RecordError::Record {
                run: run.clone(),
                actor: actor.clone(),
                number: position + 1,
                source,
            })
        })
        .collect()
}

/// Finds the parts of runs that have begun and are not complete, sorted by run, then by actor.
/// Markers that a crash left behind after the last record are skipped.
///
/// # Errors
/// When one of the journals cannot be read.
pub async fn unfinished(
    journals: &dyn JournalRead,
) -> Result<Vec<(RunId, ActorId, ActorState)>, RecordError> {
    let mut open = Vec::new();
    for (run, actor) in journals.open_logs().await? {
        let state = ActorState::of(&read_records(journals, &run, &actor).await?);
        if state.is_open() {
            open.push((run, actor, state));
        }
    }
    Ok(open)
}

/// Finds the runs that have begun work on this actor and have not completed it, sorted by run.
///
/// # Errors
/// When one of the actor's journals cannot be read.
pub async fn unfinished_of(
    journals: &dyn JournalRead,
    actor: &ActorId,
) -> Result<Vec<(RunId, ActorState)>, RecordError> {
    let mut open = Vec::new();
    let logs = journals.open_logs().await?;
    for (run, _) in logs.into_iter().filter(|(_, of)| of == actor) {
        let state = ActorState::of(&read_records(journals, &run, actor).await?);
        if state.is_open() {
            open.push((run, state));
        }
    }
    Ok(open)
}

/// The journal of one actor in one run, opened for writing. Only the process that holds the actor's
/// lock may open it.
#[derive(Debug)]
pub struct ActorJournal {
    journals: Arc<dyn Journals>,
    run: RunId,
    actor: ActorId,
    clock: Clock,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    written: u64,
    /// The record whose append failed, if it is unknown whether it was written all the same.
    pending: Option<(Bytes, Record)>,
    state: ActorState,
}

impl ActorJournal {
    /// Reads the journal and continues it after its last record.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub async fn open(
        journals: Arc<dyn Journals>,
        run: &RunId,
        actor: &ActorId,
        clock: &Clock,
    ) -> Result<Self, RecordError> {
        let records = read_records(journals.as_ref(), run, actor).await?;
        let inner = Inner {
            written: records.len() as u64,
            pending: None,
            state: ActorState::of(&records),
        };
        Ok(Self {
            journals,
            run: run.clone(),
            actor: actor.clone(),
            clock: clock.clone(),
            inner: Mutex::new(inner),
        })
    }

    /// Appends a record with the current time; it is durable when this returns `Ok`.
    ///
    /// # Errors
    /// When the record cannot be written. It may have been written all the same; the next call
    /// repeats it first, with the same bytes and number.
    pub async fn write(&self, step: Step) -> Result<(), RecordError> {
        let mut inner = self.inner.lock().await;
        let record = Record {
            time: self.clock.stamp(),
            step,
        };
        let line = serde_json::to_vec(&record).map_err(|source| RecordError::Write {
            actor: self.actor.clone(),
            source,
        })?;
        if let Some((bytes, earlier)) = inner.pending.clone() {
            self.append(&mut inner, bytes, &earlier).await?;
        }
        self.append(&mut inner, line.into(), &record).await
    }

    async fn append(
        &self,
        inner: &mut Inner,
        line: Bytes,
        record: &Record,
    ) -> Result<(), RecordError> {
        let number = inner.written + 1;
        // Noted before the append: if it fails, the record may exist all the same, and the next
        // record must not take its number.
        inner.pending = Some((line.clone(), record.clone()));
        self.journals
            .append(&self.run, &self.actor, number, line)
            .await?;
        inner.pending = None;
        inner.written = number;
        inner.state.apply(record);
        Ok(())
    }

    /// Returns the state that all records so far add up to.
    pub async fn state(&self) -> ActorState {
        self.inner.lock().await.state.clone()
    }

    /// Whether the last append failed in a way that leaves open whether the record was written.
    pub async fn has_pending_record(&self) -> bool {
        self.inner.lock().await.pending.is_some()
    }

    /// Stores a document with the run under the name `{digest}.json` and returns the digest. Does
    /// nothing if the run has that document already.
    ///
    /// # Errors
    /// When the document cannot be stored.
    pub async fn keep(&self, bytes: Bytes) -> Result<Digest, RecordError> {
        let digest = sha256(&bytes);
        self.journals
            .create_document(&self.run, &name(&digest), bytes)
            .await?;
        Ok(digest)
    }

    /// Reads a document that [`keep`](Self::keep) stored.
    ///
    /// # Errors
    /// [`RecordError::NoDocument`] if it does not exist.
    pub async fn kept(&self, digest: &Digest) -> Result<Bytes, RecordError> {
        kept(self.journals.as_ref(), &self.run, digest).await
    }

    /// Sets the marker by which [`unfinished`] finds the actor's part of the run. Call it before the
    /// first record: a marker without records is skipped, records without a marker are not found.
    ///
    /// # Errors
    /// When the marker cannot be written.
    pub async fn mark_open(&self) -> Result<(), RecordError> {
        Ok(self.journals.open(&self.run, &self.actor).await?)
    }

    /// Removes the marker of [`mark_open`](Self::mark_open). Call it after the last record.
    ///
    /// # Errors
    /// When the marker cannot be removed.
    pub async fn mark_closed(&self) -> Result<(), RecordError> {
        Ok(self.journals.close(&self.run, &self.actor).await?)
    }
}

/// Reads a document that [`ActorJournal::keep`] stored with a run.
///
/// # Errors
/// [`RecordError::NoDocument`] if it does not exist.
pub async fn kept(
    journals: &dyn JournalRead,
    run: &RunId,
    digest: &Digest,
) -> Result<Bytes, RecordError> {
    let name = name(digest);
    let document = journals.document(run, &name).await?;
    document.ok_or_else(|| RecordError::NoDocument {
        run: run.clone(),
        name,
    })
}

fn name(digest: &Digest) -> String {
    format!("{digest}.json")
}

#[cfg(test)]
mod tests;
