//! The journal of one actor's part of a run: appends records, and always knows where it stands.

use crate::run::record::{Record, Step};
use crate::run::state::ActorState;
use crate::{JournalError, JournalRead, Journals};
use bytes::Bytes;
use std::sync::Arc;
use storage::sha256;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Digest, RunId};
use tokio::sync::Mutex;

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The store of journals said no.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record is none that this version knows.
    #[error(
        "record {number} of {actor} in run {run} cannot be read: it was written by a later tdbal, or \
         was damaged; nothing was touched"
    )]
    Record {
        /// The run.
        run: RunId,
        /// The actor.
        actor: ActorId,
        /// The record's number, from 1.
        number: usize,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A record could not be written as JSON.
    #[error("a record of {actor} cannot be written as JSON")]
    Write {
        /// The actor.
        actor: ActorId,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// A document that the journal names is not there.
    #[error("the document {name} of run {run} is missing: it may have been deleted by hand")]
    NoDocument {
        /// The run.
        run: RunId,
        /// Its name.
        name: String,
    },
}

/// The records of an actor in a run.
///
/// # Errors
/// When they cannot be read: a record that is not understood is never passed over.
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

/// What is begun and not ended: run, actor, and where it stands. Markers that a crash left behind are
/// passed over.
///
/// # Errors
/// When the journals cannot be read.
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

/// What is begun and not ended of one actor.
///
/// # Errors
/// When its journals cannot be read.
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

/// The journal of one actor, opened for writing by the one that has the actor's lock.
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
    /// A record of which it is not known whether it was written.
    pending: Option<(Bytes, Record)>,
    state: ActorState,
}

impl ActorJournal {
    /// Opens a journal behind its last record.
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

    /// Writes a record; it is durable when this returns.
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

    /// Appends a record. Where it is not known whether that was done, it is done again before the
    /// next one.
    async fn append(
        &self,
        inner: &mut Inner,
        line: Bytes,
        record: &Record,
    ) -> Result<(), RecordError> {
        let number = inner.written + 1;
        inner.pending = Some((line.clone(), record.clone()));
        self.journals
            .append(&self.run, &self.actor, number, line)
            .await?;
        inner.pending = None;
        inner.written = number;
        inner.state.apply(record);
        Ok(())
    }

    /// Where the actor's part of the run stands.
    pub async fn state(&self) -> ActorState {
        self.inner.lock().await.state.clone()
    }

    /// Keeps a document with the run, named by its digest.
    pub async fn keep(&self, bytes: Bytes) -> Result<Digest, RecordError> {
        let digest = sha256(&bytes);
        self.journals
            .create_document(&self.run, &name(&digest), bytes)
            .await?;
        Ok(digest)
    }

    /// A document that was kept.
    pub async fn kept(&self, digest: &Digest) -> Result<Bytes, RecordError> {
        kept(self.journals.as_ref(), &self.run, digest).await
    }

    /// Says that the actor's part of the run is begun, for those who look for what is unfinished.
    pub async fn mark_open(&self) -> Result<(), RecordError> {
        Ok(self.journals.open(&self.run, &self.actor).await?)
    }

    /// Says that it is over.
    pub async fn mark_closed(&self) -> Result<(), RecordError> {
        Ok(self.journals.close(&self.run, &self.actor).await?)
    }
}

/// A document that a run keeps, by its digest.
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
