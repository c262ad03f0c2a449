//! Journals in a bucket: one object per record.

use super::error::JournalError;
use super::journals::{JournalRead, Journals};
use super::objects::JournalObjects;
use super::{json_line, layout};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::{ObjectReadExt as _, ObjectStore, PutMode, Version};
use tdbal_types::{ActorId, RunId};

/// Maximum number of records of a log that are fetched concurrently.
const CONCURRENT_READS: usize = 16;

/// Journals below a prefix of an object store, with one object per record.
///
/// Records are written with a create-only condition, so two runs that write to the same log notice
/// each other.
#[derive(Debug)]
pub struct ObjectJournals {
    objects: JournalObjects,
    /// Known minimum length of each log, which saves a request per append.
    lengths: Mutex<HashMap<(RunId, ActorId), u64>>,
}

impl ObjectJournals {
    /// Opens the journals below `prefix` (`{prefix of the data}/.tdbal`); a trailing slash is
    /// ignored. If the prefix cannot be part of a key, every call fails with
    /// [`JournalError::Name`].
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self {
            objects: JournalObjects::new(store, prefix),
            lengths: Mutex::default(),
        }
    }

    fn lengths(&self) -> MutexGuard<'_, HashMap<(RunId, ActorId), u64>> {
        self.lengths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of a log in error messages.
    fn log_name(&self, run: &RunId, actor: &ActorId) -> String {
        format!("{}/{}", self.objects, layout::log(run, actor))
    }

    /// Numbers of the records that exist, sorted.
    async fn record_numbers(&self, run: &RunId, actor: &ActorId) -> Result<Vec<u64>, JournalError> {
        let names = self.objects.names(&layout::log(run, actor)).await?;
        let mut numbers: Vec<_> = names
            .iter()
            .filter_map(|name| {
                let number = layout::record_number(name);
                if number.is_none() {
                    tracing::warn!(%name, %run, %actor, "skipping an object that is not a record");
                }
                number
            })
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Returns [`JournalError::Gap`] unless record `number - 1` exists.
    async fn require_previous(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
    ) -> Result<(), JournalError> {
        let previous = number - 1;
        let known = self.lengths().get(&(run.clone(), actor.clone())).copied();
        // Unlike a file, a bucket accepts any key, so contiguous numbering has to be checked here.
        if previous == 0 || known.is_some_and(|length| length >= previous) {
            return Ok(());
        }
        let key = self.objects.key(&layout::record(run, actor, previous))?;
        if self.objects.store.exists(&key).await? {
            return Ok(());
        }
        Err(JournalError::Gap {
            log: self.log_name(run, actor),
            number,
            held: first_missing(&self.record_numbers(run, actor).await?) - 1,
        })
    }

    async fn read_record(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
    ) -> Result<Bytes, JournalError> {
        let corrupt = || JournalError::Corrupt {
            log: self.log_name(run, actor),
            line: number,
        };
        let key = self.objects.key(&layout::record(run, actor, number))?;
        let object = self
            .objects
            .store
            .get_optional(&key, JournalError::MAX_RECORD)
            .await?
            .ok_or_else(corrupt)?;
        if object.bytes.contains(&b'\n') || !json_line::is_json(&object.bytes) {
            return Err(corrupt());
        }
        Ok(object.bytes)
    }
}

/// The lowest number from 1 that the sorted `numbers` do not contain.
fn first_missing(numbers: &[u64]) -> u64 {
    let contiguous = (1..)
        .zip(numbers)
        .take_while(|(expected, number)| expected == *number);
    contiguous.count() as u64 + 1
}

impl fmt::Display for ObjectJournals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.objects.fmt(f)
    }
}

#[async_trait]
impl JournalRead for ObjectJournals {
    async fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        Ok(layout::parse_names(
            self.objects.folders(layout::RUNS).await?,
        ))
    }

    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError> {
        Ok(layout::parse_names(
            self.objects.folders(&layout::logs(run)).await?,
        ))
    }

    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError> {
        let numbers = self.record_numbers(run, actor).await?;
        let missing = first_missing(&numbers);
        if missing <= numbers.len() as u64 {
            return Err(JournalError::Corrupt {
                log: self.log_name(run, actor),
                line: missing,
            });
        }
        stream::iter(numbers)
            .map(|number| self.read_record(run, actor, number))
            .buffered(CONCURRENT_READS)
            .try_collect()
            .await
    }

    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError> {
        self.objects.document(run, name).await
    }

    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        self.objects.documents(run).await
    }

    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        self.objects.open_logs().await
    }

    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        self.objects.state(name).await
    }
}

#[async_trait]
impl Journals for ObjectJournals {
    async fn append(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
        record: Bytes,
    ) -> Result<(), JournalError> {
        let log = self.log_name(run, actor);
        json_line::check(&log, number, &record)?;
        self.require_previous(run, actor, number).await?;
        let key = self.objects.key(&layout::record(run, actor, number))?;
        let store = &self.objects.store;
        match store.put(&key, record.clone(), PutMode::Create).await {
            Ok(_) => {}
            Err(error) if error.is_conflict() => {
                // Equal bytes mean that an earlier attempt of ours succeeded and its response was
                // lost; only different bytes mean that another run writes to this log.
                let limit = JournalError::MAX_RECORD;
                let existing = store.get_optional(&key, limit).await?;
                if existing.is_none_or(|object| object.bytes != record) {
                    return Err(JournalError::Taken { log, number });
                }
            }
            Err(error) => return Err(error.into()),
        }
        // Another process may have appended more since, so the length only grows.
        let mut lengths = self.lengths();
        let length = lengths.entry((run.clone(), actor.clone())).or_default();
        *length = number.max(*length);
        Ok(())
    }

    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError> {
        self.objects.create_document(run, name, bytes).await
    }

    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.objects.open(run, actor).await
    }

    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.objects.close(run, actor).await
    }

    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError> {
        self.objects.put_state(name, bytes, over).await
    }
}

#[cfg(test)]
mod tests;
