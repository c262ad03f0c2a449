//! A store behind an [`Arc`] is a store.

use crate::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore, PutMode,
    StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectRead + ?Sized> ObjectRead for Arc<S> {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        // Calls through `S`, because `self.get` would resolve to this implementation again.
        S::get(self, key, limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        S::head(self, key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        S::list(self, prefix).await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        S::list_folders(self, prefix).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectStore + ?Sized> ObjectStore for Arc<S> {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        S::put(self, key, bytes, mode).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        S::copy(self, from, to).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        S::delete(self, key, condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        S::undelete(self, key, marker).await
    }
}
