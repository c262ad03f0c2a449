//! A subfolder of a store, as a store of its own.

use crate::{
    Condition, Deleted, KeyError, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore,
    PutMode, StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;

/// The objects below a prefix of another store, under keys relative to that prefix.
///
/// Errors of the inner store are passed on unchanged: they name the inner store and the full key.
#[derive(Debug, Clone)]
pub struct Prefixed<S> {
    inner: S,
    prefix: String,
}

impl<S> Prefixed<S> {
    /// Opens the folder `prefix` of `inner`, or all of `inner` if `prefix` is empty. A trailing
    /// slash is ignored.
    ///
    /// # Errors
    /// [`KeyError`] if `prefix` is not a safe key: [`ObjectKey::new`] rejects it.
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

    fn full_key(&self, key: &ObjectKey) -> ObjectKey {
        key.under(&self.prefix)
    }

    fn full_prefix(&self, prefix: &str) -> String {
        match (self.prefix.as_str(), prefix) {
            ("", prefix) => prefix.to_owned(),
            (outer, "") => outer.to_owned(),
            (outer, prefix) => format!("{outer}/{prefix}"),
        }
    }

    /// The object under its key relative to the prefix. `None` if no relative key is left, as for
    /// the empty object that some tools store under `{prefix}/` to mark a folder.
    fn relative(&self, mut object: ObjectMeta) -> Option<ObjectMeta> {
        if !self.prefix.is_empty() {
            let key = object
                .key
                .as_str()
                .strip_prefix(&self.prefix)?
                // The prefix has to end at a segment border: `p` is not a folder of `pq/b`.
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
        self.inner.get(&self.full_key(key), limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        let meta = self.inner.head(&self.full_key(key)).await?;
        Ok(ObjectMeta {
            key: key.clone(),
            ..meta
        })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let objects = self.inner.list(&self.full_prefix(prefix)).await?;
        Ok(objects
            .into_iter()
            .filter_map(|object| self.relative(object))
            .collect())
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list_folders(&self.full_prefix(prefix)).await
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
        self.inner.put(&self.full_key(key), bytes, mode).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.inner
            .copy(&self.full_key(from), &self.full_key(to))
            .await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.inner.delete(&self.full_key(key), condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.inner.undelete(&self.full_key(key), marker).await
    }
}

#[cfg(test)]
mod tests;
