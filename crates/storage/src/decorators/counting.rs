//! A store that counts the calls it receives.

use crate::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore, Operation,
    PutMode, StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Forwards every call to another store and counts the calls by operation, including failed ones.
#[derive(Debug)]
pub struct Counting<S> {
    inner: S,
    counts: Mutex<BTreeMap<Operation, u64>>,
}

impl<S> Counting<S> {
    /// Wraps `inner`, with all counts at zero.
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            counts: Mutex::new(BTreeMap::new()),
        }
    }

    /// Number of calls of `operation`.
    pub fn calls(&self, operation: Operation) -> u64 {
        self.counts().get(&operation).copied().unwrap_or_default()
    }

    /// Number of calls of operations that change the store.
    pub fn writes(&self) -> u64 {
        Operation::WRITES
            .into_iter()
            .map(|operation| self.calls(operation))
            .sum()
    }

    /// The counts of all operations that were called at least once.
    pub fn counts(&self) -> BTreeMap<Operation, u64> {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn count(&self, operation: Operation) -> &S {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(operation).or_default() += 1;
        &self.inner
    }
}

impl<S: fmt::Display> fmt::Display for Counting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectRead> ObjectRead for Counting<S> {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        // Counted when the call starts, so a call that fails or is cancelled counts too.
        self.count(Operation::Get).get(key, limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.count(Operation::Head).head(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.count(Operation::List).list(prefix).await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.count(Operation::ListFolders)
            .list_folders(prefix)
            .await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectStore> ObjectStore for Counting<S> {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.count(Operation::Put).put(key, bytes, mode).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.count(Operation::Copy).copy(from, to).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.count(Operation::Delete).delete(key, condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.count(Operation::Undelete).undelete(key, marker).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    #[tokio::test]
    async fn every_call_is_counted_once_by_operation() {
        let store = Counting::new(MemoryStore::new("m"));
        let [a, b] = ["a", "b"].map(|key| ObjectKey::new(key).unwrap());
        store.put(&a, Bytes::new(), PutMode::Create).await.unwrap();
        assert!(store.put(&a, Bytes::new(), PutMode::Create).await.is_err());
        store.copy(&a, &b).await.unwrap();
        store.delete(&b, Condition::Always).await.unwrap();
        let marker = Marker("m".to_owned());
        assert!(store.undelete(&b, &marker).await.is_err());
        store.get(&a, 1).await.unwrap();
        store.head(&a).await.unwrap();
        store.list("").await.unwrap();
        store.list_folders("").await.unwrap();

        assert_eq!(store.calls(Operation::Put), 2);
        assert_eq!(store.writes(), 5);
        for operation in Operation::ALL
            .into_iter()
            .filter(|one| *one != Operation::Put)
        {
            assert_eq!(store.calls(operation), 1, "{operation:?}");
        }
    }
}
