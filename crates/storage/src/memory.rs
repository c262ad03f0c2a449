//! A store in memory.

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

/// Objects in memory, gone with the store. Takes every key that a bucket takes.
///
/// The version of an object is the SHA-256 of its content; `list` tells it.
#[derive(Debug)]
pub struct MemoryStore {
    name: String,
    objects: Mutex<BTreeMap<ObjectKey, Object>>,
}

impl MemoryStore {
    /// An empty store. The name stands in its messages.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            objects: Mutex::default(),
        }
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Object>> {
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

fn describe(key: &ObjectKey, object: &Object) -> ObjectMeta {
    ObjectMeta {
        key: key.clone(),
        size: object.bytes.len() as u64,
        version: Some(object.version.clone()),
        fingerprint: object.version.0.clone(),
    }
}

/// What stands behind `prefix` and its slash; the whole key where the prefix is empty.
fn below<'a>(key: &'a ObjectKey, prefix: &str) -> Option<&'a str> {
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
        self.find(key).map(|object| describe(key, &object))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let objects = self.objects();
        let within = objects
            .iter()
            .filter(|(key, _)| below(key, prefix).is_some());
        Ok(within.map(|(key, object)| describe(key, object)).collect())
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let objects = self.objects();
        let folders: BTreeSet<&str> = objects
            .keys()
            .filter_map(|key| below(key, prefix)?.split_once('/'))
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
    async fn keeps_the_contract() {
        conformance::all(Arc::new(MemoryStore::new("m"))).await;
        conformance::foreign_keys(Arc::new(MemoryStore::new("m"))).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_writer_wins() {
        conformance::races(Arc::new(MemoryStore::new("m"))).await;
    }
}
