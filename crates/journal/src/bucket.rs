//! Journals in a bucket: one object for each record.

use crate::shelf::Shelf;
use crate::{JournalError, Journals, layout, record};
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
        if object.bytes.contains(&b'\n') || !record::is_json(&object.bytes) {
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
        record::check(&log, number, &record)?;
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
mod tests {
    use super::*;
    use crate::conformance;
    use storage::{
        Condition, Counting, Effect, Failing, MemoryStore, ObjectKey, ObjectRead as _, Operation,
        Rule,
    };

    const PREFIX: &str = "system/.tdbal";

    fn names() -> (RunId, ActorId) {
        (RunId::new("run").unwrap(), ActorId::new("0004_a").unwrap())
    }

    async fn append(journals: &ObjectJournals, number: u64) -> Result<(), JournalError> {
        let (run, actor) = names();
        let record = Bytes::from(format!("{{\"n\":{number}}}"));
        journals.append(&run, &actor, number, record).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn keeps_the_contract() {
        for prefix in ["", PREFIX, "system/.tdbal/"] {
            let store: Arc<dyn ObjectStore> = Arc::new(MemoryStore::new("m"));
            let open = || Arc::new(ObjectJournals::new(Arc::clone(&store), prefix));
            conformance::all(open(), open()).await;
        }
        let journals = ObjectJournals::new(Arc::new(MemoryStore::new("m")), PREFIX);
        assert_eq!(journals.to_string(), "memory:m/system/.tdbal");
    }

    #[tokio::test]
    async fn records_are_objects_that_stand_by_number() {
        let store = Arc::new(MemoryStore::new("m"));
        let journals = ObjectJournals::new(store.clone(), PREFIX);
        let (run, actor) = names();
        for number in 1..=11 {
            append(&journals, number).await.unwrap();
        }
        journals.open(&run, &actor).await.unwrap();
        let keys: Vec<_> = store
            .list(PREFIX)
            .await
            .unwrap()
            .into_iter()
            .map(|object| object.key.to_string())
            .collect();
        assert_eq!(keys.len(), 12);
        assert_eq!(keys[0], "system/.tdbal/open/0004_a/run");
        assert_eq!(
            keys[11],
            "system/.tdbal/runs/run/actors/0004_a/00000011.json"
        );
    }

    #[tokio::test]
    async fn a_record_that_lacks_or_is_broken_is_told_with_its_number() {
        let store = Arc::new(MemoryStore::new("m"));
        let journals = ObjectJournals::new(store.clone(), PREFIX);
        let (run, actor) = names();
        for number in 1..=4 {
            append(&journals, number).await.unwrap();
        }
        let key = journals
            .shelf
            .key(&layout::record(&run, &actor, 3))
            .unwrap();
        let broken = Bytes::from_static(b"{\"n\":");
        store.put(&key, broken, PutMode::Overwrite).await.unwrap();
        let error = journals.read(&run, &actor).await.unwrap_err();
        assert!(
            matches!(error, JournalError::Corrupt { line: 3, .. }),
            "{error:?}"
        );
        store.delete(&key, Condition::Always).await.unwrap();
        let error = journals.read(&run, &actor).await.unwrap_err();
        assert!(
            matches!(error, JournalError::Corrupt { line: 3, .. }),
            "{error:?}"
        );
        assert!(
            error
                .to_string()
                .starts_with("memory:m/system/.tdbal/runs/run/actors/0004_a: ")
        );
    }

    #[tokio::test]
    async fn strange_objects_among_the_records_are_left_out() {
        let store = Arc::new(MemoryStore::new("m"));
        let journals = ObjectJournals::new(store.clone(), "");
        let (run, actor) = names();
        append(&journals, 1).await.unwrap();
        for name in ["2.json", "notes.txt", ""] {
            let key = ObjectKey::foreign(format!("runs/run/actors/0004_a/{name}")).unwrap();
            store
                .put(&key, Bytes::new(), PutMode::Create)
                .await
                .unwrap();
        }
        assert_eq!(journals.read(&run, &actor).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_append_whose_answer_was_lost_can_be_repeated() {
        let store = Arc::new(Failing::new(MemoryStore::new("m")));
        let journals = ObjectJournals::new(store.clone(), PREFIX);
        store.inject(Rule::new([Operation::Put], Effect::AnswerLost).times(1));
        let error = append(&journals, 1).await.unwrap_err();
        assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
        append(&journals, 1).await.unwrap();
        append(&journals, 2).await.unwrap();
    }

    #[tokio::test]
    async fn an_append_is_one_write_and_nothing_else() {
        let store = Arc::new(Counting::new(MemoryStore::new("m")));
        let journals = ObjectJournals::new(store.clone(), PREFIX);
        for number in 1..=5 {
            append(&journals, number).await.unwrap();
        }
        assert_eq!(
            store.counts().into_iter().collect::<Vec<_>>(),
            [(Operation::Put, 5)]
        );
        // Who goes on with the log of another process looks once.
        let other = ObjectJournals::new(store.clone(), PREFIX);
        append(&other, 6).await.unwrap();
        append(&other, 7).await.unwrap();
        assert_eq!(store.calls(Operation::Put), 7);
        assert_eq!(store.calls(Operation::Head), 1);
    }
}
