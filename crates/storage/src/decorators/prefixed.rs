//! A sub-folder of a store as a store of its own.

use crate::{
    Condition, Deleted, KeyError, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore,
    PutMode, StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;

/// What stands below a prefix of another store, under keys without that prefix.
///
/// Errors come as the inner store gives them: they name it and the whole key.
#[derive(Debug, Clone)]
pub struct Prefixed<S> {
    inner: S,
    prefix: String,
}

impl<S> Prefixed<S> {
    /// The folder `prefix` of `inner`; the whole of `inner` where it is empty. A slash at its end
    /// changes nothing.
    ///
    /// # Errors
    /// When the prefix could leave the store.
    pub fn new(inner: S, prefix: &str) -> Result<Self, KeyError> {
        let prefix = prefix.trim_end_matches('/');
        if !prefix.is_empty() {
            ObjectKey::new(prefix)?;
        }
        Ok(Self {
            inner,
            prefix: prefix.to_owned(),
        })
    }

    fn whole(&self, key: &ObjectKey) -> ObjectKey {
        key.under(&self.prefix)
    }

    fn whole_prefix(&self, prefix: &str) -> String {
        match (self.prefix.as_str(), prefix) {
            ("", prefix) => prefix.to_owned(),
            (own, "") => own.to_owned(),
            (own, prefix) => format!("{own}/{prefix}"),
        }
    }

    /// The object as this store names it; `None` for one that has no name of its own, such as the
    /// empty object that some tools put where a folder is.
    fn own(&self, mut object: ObjectMeta) -> Option<ObjectMeta> {
        if !self.prefix.is_empty() {
            let key = object
                .key
                .as_str()
                .strip_prefix(&self.prefix)?
                .strip_prefix('/')?;
            object.key = ObjectKey::foreign(key).ok()?;
        }
        Some(object)
    }
}

impl<S: fmt::Display> fmt::Display for Prefixed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)?;
        if self.prefix.is_empty() {
            Ok(())
        } else {
            write!(f, "/{}", self.prefix)
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectRead> ObjectRead for Prefixed<S> {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.inner.get(&self.whole(key), limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        let meta = self.inner.head(&self.whole(key)).await?;
        Ok(ObjectMeta {
            key: key.clone(),
            ..meta
        })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let objects = self.inner.list(&self.whole_prefix(prefix)).await?;
        Ok(objects
            .into_iter()
            .filter_map(|object| self.own(object))
            .collect())
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list_folders(&self.whole_prefix(prefix)).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectStore> ObjectStore for Prefixed<S> {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.inner.put(&self.whole(key), bytes, mode).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.inner.copy(&self.whole(from), &self.whole(to)).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.inner.delete(&self.whole(key), condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.inner.undelete(&self.whole(key), marker).await
    }
}

#[cfg(test)]
mod tests;
