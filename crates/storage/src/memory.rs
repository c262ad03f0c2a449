//! An in-memory store.

use crate::digest::version_of;
use crate::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore, PutMode,
    StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An in-memory store that loses its objects when it is dropped. It accepts every key that a bucket
/// accepts.
///
/// The version of an object is the SHA-256 of its content; `list` returns it too.
#[derive(Debug)]
pub struct MemoryStore {
    name: String,
    objects: Mutex<BTreeMap<ObjectKey, Object>>,
}

impl MemoryStore {
    /// Creates an empty store, which messages call `memory:{name}`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            objects: Mutex::default(),
        }
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Object>> {
        // A panic under the lock cannot leave a half-done change: every change is one map
        // operation.
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: &ObjectKey) -> Result<Object, StoreError> {
        self.objects()
            .get(key)
            .cloned()
            .ok_or_else(|| StoreError::not_found(self, key))
    }
}

impl fmt::Display for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory:{}", self.name)
    }
}

fn metadata(key: &ObjectKey, object: &Object) -> ObjectMeta {
    ObjectMeta {
        key: key.clone(),
        size: object.bytes.len() as u64,
        version: Some(object.version.clone()),
        fingerprint: object.version.0.clone(),
    }
}

/// The rest of `key` after `prefix` and a slash; the whole key if `prefix` is empty.
fn relative_to<'a>(key: &'a ObjectKey, prefix: &str) -> Option<&'a str> {
    let prefix = prefix.trim_end_matches('/');
    if prefix.is_empty() {
        Some(key.as_str())
    } else {
        key.as_str().strip_prefix(prefix)?.strip_prefix('/')
    }
}

#[async_trait]
impl ObjectRead for MemoryStore {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        let object = self.find(key)?;
        let size = object.bytes.len() as u64;
        if size > limit {
            return Err(StoreError::too_large(self, key, size, limit));
        }
        Ok(object)
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.find(key).map(|object| metadata(key, &object))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let objects = self.objects();
        let matching = objects
            .iter()
            .filter(|(key, _)| relative_to(key, prefix).is_some());
        Ok(matching
            .map(|(key, object)| metadata(key, object))
            .collect())
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let objects = self.objects();
        let folders: BTreeSet<&str> = objects
            .keys()
            .filter_map(|key| relative_to(key, prefix)?.split_once('/'))
            .map(|(folder, _)| folder)
            .filter(|folder| !folder.is_empty())
            .collect();
        Ok(folders.into_iter().map(str::to_owned).collect())
    }
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        let version = version_of(&bytes);
        // One lock covers check and insert: a condition and its write have to be a single step.
        let mut objects = self.objects();
        let current = objects.get(key).map(|object| &object.version);
        match mode {
            PutMode::Create if current.is_some() => {
                return Err(StoreError::already_exists(self, key));
            }
            PutMode::Update(expected) if current != Some(&expected) => {
                return Err(StoreError::changed(self, key));
            }
            PutMode::Overwrite | PutMode::Create | PutMode::Update(_) => {}
        }
        objects.insert(
            key.clone(),
            Object {
                bytes,
                version: version.clone(),
            },
        );
        Ok(version)
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        let mut objects = self.objects();
        let object = objects
            .get(from)
            .cloned()
            .ok_or_else(|| StoreError::not_found(self, from))?;
        if objects.contains_key(to) {
            return Err(StoreError::already_exists(self, to));
        }
        let version = object.version.clone();
        objects.insert(to.clone(), object);
        Ok(version)
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        let mut objects = self.objects();
        if let (Condition::IfVersion(expected), Some(object)) = (condition, objects.get(key))
            && object.version != expected
        {
            return Err(StoreError::changed(self, key));
        }
        objects.remove(key);
        Ok(Deleted::default())
    }

    async fn undelete(&self, key: &ObjectKey, _marker: &Marker) -> Result<Version, StoreError> {
        Err(StoreError::not_found(self, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance;
    use std::sync::Arc;

    #[tokio::test]
    async fn memory_store_passes_the_conformance_suite() {
        conformance::all(Arc::new(MemoryStore::new("m"))).await;
        conformance::foreign_keys(Arc::new(MemoryStore::new("m"))).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn racing_writers_have_one_winner() {
        conformance::races(Arc::new(MemoryStore::new("m"))).await;
    }
}
