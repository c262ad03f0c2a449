//! A store that ignores conditional writes, as some S3 servers do.

use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use storage::{
    Condition, Deleted, Marker, MemoryStore, Object, ObjectKey, ObjectMeta, ObjectRead,
    ObjectStore, PutMode, StoreError, Version,
};

/// A store that ignores conditions: it overwrites and deletes whatever is there.
#[derive(Debug)]
pub(crate) struct UnconditionalStore(pub(crate) MemoryStore);

impl fmt::Display for UnconditionalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl ObjectRead for UnconditionalStore {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.0.get(key, limit).await
    }
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.0.head(key).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.0.list(prefix).await
    }
    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.0.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for UnconditionalStore {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, _: PutMode) -> Result<Version, StoreError> {
        self.0.put(key, bytes, PutMode::Overwrite).await
    }
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.0.copy(from, to).await
    }
    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.0.delete(key, condition).await
    }
    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.0.undelete(key, marker).await
    }
}
