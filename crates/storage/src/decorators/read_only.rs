//! A store that refuses writes.

use crate::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectReaders,
    ObjectStore, ObjectStores, Operation, PutMode, StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// Forwards reads to another store and refuses every write with [`StoreError::ReadOnly`].
#[derive(Debug, Clone)]
pub struct ReadOnly<S> {
    inner: S,
}

impl<S: ObjectRead> ReadOnly<S> {
    /// Wraps `inner` for reading only.
    pub const fn new(inner: S) -> Self {
        Self { inner }
    }

    fn refuse<T>(&self, key: &ObjectKey, operation: Operation) -> Result<T, StoreError> {
        Err(StoreError::ReadOnly {
            store: self.inner.to_string(),
            key: key.clone(),
            operation: operation.verb(),
        })
    }
}

impl<S: ObjectRead> fmt::Display for ReadOnly<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectRead> ObjectRead for ReadOnly<S> {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.inner.get(key, limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.inner.head(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.inner.list(prefix).await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list_folders(prefix).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectRead> ObjectStore for ReadOnly<S> {
    async fn put(
        &self,
        key: &ObjectKey,
        _bytes: Bytes,
        _mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.refuse(key, Operation::Put)
    }

    async fn copy(&self, _from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.refuse(to, Operation::Copy)
    }

    async fn delete(&self, key: &ObjectKey, _condition: Condition) -> Result<Deleted, StoreError> {
        self.refuse(key, Operation::Delete)
    }

    async fn undelete(&self, key: &ObjectKey, _marker: &Marker) -> Result<Version, StoreError> {
        self.refuse(key, Operation::Undelete)
    }
}

/// Opens the buckets of other [`ObjectStores`] for reading only.
#[derive(Debug, Clone)]
pub struct ReadOnlyStores(Arc<dyn ObjectStores>);

impl ReadOnlyStores {
    /// Opens the same buckets as `stores`, without access to their write methods.
    pub const fn new(stores: Arc<dyn ObjectStores>) -> Self {
        Self(stores)
    }
}

#[async_trait]
impl ObjectReaders for ReadOnlyStores {
    async fn bucket(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Arc<dyn ObjectRead>, StoreError> {
        let store: Arc<dyn ObjectRead> = self.0.bucket(name, region).await?;
        Ok(store)
    }
}

#[cfg(test)]
mod tests;
