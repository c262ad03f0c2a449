//! The store traits for [`LocalStore`]: file operations on blocking threads.

use super::root::LocalStore;
use crate::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore, Operation,
    PutMode, StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;

#[async_trait]
impl ObjectRead for LocalStore {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        let read = move |store: &Self, key: &ObjectKey| store.read_object(key, limit);
        self.blocking(key.clone(), Operation::Get, read).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.blocking(key.clone(), Operation::Head, Self::read_meta)
            .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let owned = prefix.to_owned();
        let list = move |store: &Self, _: &ObjectKey| store.list_files(&owned);
        self.blocking(ObjectKey::of_prefix(prefix), Operation::List, list)
            .await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let owned = prefix.to_owned();
        let list = move |store: &Self, _: &ObjectKey| store.list_subfolders(&owned);
        self.blocking(ObjectKey::of_prefix(prefix), Operation::ListFolders, list)
            .await
    }
}

#[async_trait]
impl ObjectStore for LocalStore {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        let write = move |store: &Self, key: &ObjectKey| store.write_object(key, &bytes, &mode);
        self.blocking(key.clone(), Operation::Put, write).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        let to_owned = to.clone();
        let copy = move |store: &Self, from: &ObjectKey| store.copy_object(from, &to_owned);
        self.blocking(from.clone(), Operation::Copy, copy).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        let delete = move |store: &Self, key: &ObjectKey| store.delete_object(key, &condition);
        self.blocking(key.clone(), Operation::Delete, delete)
            .await?;
        Ok(Deleted::default())
    }

    async fn undelete(&self, key: &ObjectKey, _marker: &Marker) -> Result<Version, StoreError> {
        Err(StoreError::not_found(self, key))
    }
}
