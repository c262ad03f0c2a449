//! The traits.

use crate::store::S3Store;
use async_trait::async_trait;
use bytes::Bytes;
use storage::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore, PutMode,
    StoreError, Version,
};

#[async_trait]
impl ObjectRead for S3Store {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.read(key, limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.look(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.objects_below(prefix).await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.folders_below(prefix).await
    }
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.write(key, bytes, mode).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.duplicate(from, to).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.remove(key, &condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.take_away(key, marker).await
    }
}
