//! Journals in a bucket: one object for each record.

use super::error::JournalError;
use super::journals::Journals;
use super::objects::Shelf;
use super::{json_line, layout};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::{ObjectReadExt as _, ObjectStore, PutMode, Version};
use tdbal_types::{ActorId, RunId};

/// How many records of one log are fetched at once.
const READ_AT_ONCE: usize = 16;

/// Journals below a prefix of any store, one create-only object for each record. That a record is
/// created only where none is makes two runs that go on with one log notice each other.
#[derive(Debug)]
pub struct ObjectJournals {
    shelf: Shelf,
    /// How many records the logs have that were appended to, so that only the first append asks.
    held: Mutex<HashMap<(RunId, ActorId), u64>>,
}

impl ObjectJournals {
    /// Journals below `prefix` (`{prefix of the data}/.tdbal`), with or without a slash at its end.
    /// A prefix that cannot stand in a key makes every call fail with [`JournalError::Name`].
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self {
            shelf: Shelf::new(store, prefix),
            held: Mutex::default(),
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<(RunId, ActorId), u64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a log is called in messages.
    fn log_name(&self, run: &RunId, actor: &ActorId) -> String {
        format!("{}/{}", self.shelf, layout::log(run, actor))
    }

    /// Numbers of the records that are there, sorted.
    async fn numbers(&self, run: &RunId, actor: &ActorId) -> Result<Vec<u64>, JournalError> {
        let names = self.shelf.names(&layout::log(run, actor)).await?;
        let mut numbers: Vec<_> = names
            .iter()
            .filter_map(|name| {
                let number = layout::record_number(name);
                if number.is_none() {
                    tracing::warn!(%name, %run, %actor, "no record has this name: left out");
                }
                number
            })
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Makes sure that the record before `number` is there.
    async fn check_before(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
    ) -> Result<(), JournalError> {
        let before = number - 1;
        let known = self.held().get(&(run.clone(), actor.clone())).copied();
        if before == 0 || known.is_some_and(|held| held >= before) {
            return Ok(());
        }
        let key = self.shelf.key(&layout::record(run, actor, before))?;
        if self.shelf.store.exists(&key).await? {
            return Ok(());
        }
        Err(JournalError::Gap {
            log: self.log_name(run, actor),
            number,
            held: first_gap(&self.numbers(run, actor).await?) - 1,
        })
    }

    async fn record(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
    ) -> Result<Bytes, JournalError> {
        let corrupt = || JournalError::Corrupt {
            log: self.log_name(run, actor),
            line: number,
        };
        let key = self.shelf.key(&layout::record(run, actor, number))?;
        let object = self
            .shelf
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

/// The lowest number from 1 that is not among the sorted numbers.
fn first_gap(numbers: &[u64]) -> u64 {
    let whole = (1..)
        .zip(numbers)
        .take_while(|(expected, number)| expected == *number);
    whole.count() as u64 + 1
}

impl fmt::Display for ObjectJournals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shelf.fmt(f)
    }
}

#[async_trait]
impl Journals for ObjectJournals {
    async fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        Ok(layout::known(self.shelf.folders(layout::RUNS).await?))
    }

    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError> {
        Ok(layout::known(self.shelf.folders(&layout::logs(run)).await?))
    }

    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError> {
        let numbers = self.numbers(run, actor).await?;
        let gap = first_gap(&numbers);
        if gap <= numbers.len() as u64 {
            return Err(JournalError::Corrupt {
                log: self.log_name(run, actor),
                line: gap,
            });
        }
        stream::iter(numbers)
            .map(|number| self.record(run, actor, number))
            .buffered(READ_AT_ONCE)
            .try_collect()
            .await
    }

    async fn append(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
        record: Bytes,
    ) -> Result<(), JournalError> {
        let log = self.log_name(run, actor);
        json_line::check(&log, number, &record)?;
        self.check_before(run, actor, number).await?;
        let key = self.shelf.key(&layout::record(run, actor, number))?;
        let store = &self.shelf.store;
        match store.put(&key, record.clone(), PutMode::Create).await {
            Ok(_) => {}
            Err(error) if error.is_conflict() => {
                let limit = JournalError::MAX_RECORD;
                let there = store.get_optional(&key, limit).await?;
                if there.is_none_or(|object| object.bytes != record) {
                    return Err(JournalError::Taken { log, number });
                }
            }
            Err(error) => return Err(error.into()),
        }
        let mut held = self.held();
        let known = held.entry((run.clone(), actor.clone())).or_default();
        *known = number.max(*known);
        Ok(())
    }

    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError> {
        self.shelf.create_document(run, name, bytes).await
    }

    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError> {
        self.shelf.document(run, name).await
    }

    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        self.shelf.documents(run).await
    }

    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.shelf.open(run, actor).await
    }

    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.shelf.close(run, actor).await
    }

    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        self.shelf.open_logs().await
    }

    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        self.shelf.state(name).await
    }

    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError> {
        self.shelf.put_state(name, bytes, over).await
    }
}

#[cfg(test)]
mod tests;
