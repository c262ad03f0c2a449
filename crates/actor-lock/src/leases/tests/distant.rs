//! A store that others use at the same time, and that may not answer.

use super::*;
use async_trait::async_trait;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use storage::{Condition, Deleted, Marker, Object, ObjectMeta, ObjectRead, StoreError, Version};

/// Answers after some turns of everybody else, so that calls of several come between each other.
#[derive(Debug)]
pub(super) struct Distant {
    inner: MemoryStore,
    calls: AtomicUsize,
    /// It answers nothing.
    pub(super) hangs: AtomicBool,
    /// What somebody writes over an object just before it is deleted.
    pub(super) intrusion: Mutex<Option<Bytes>>,
}

impl Distant {
    pub(super) fn new() -> Self {
        Self {
            inner: MemoryStore::new("m"),
            calls: AtomicUsize::new(0),
            hangs: AtomicBool::new(false),
            intrusion: Mutex::default(),
        }
    }

    async fn answer(&self) -> &MemoryStore {
        for _ in 0..self.calls.fetch_add(1, Ordering::SeqCst) % 4 {
            tokio::task::yield_now().await;
        }
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        &self.inner
    }
}

impl fmt::Display for Distant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
impl ObjectRead for Distant {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.answer().await.get(key, limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.answer().await.head(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.answer().await.list(prefix).await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.answer().await.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for Distant {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.answer().await.put(key, bytes, mode).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.answer().await.copy(from, to).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        let store = self.answer().await;
        let intrusion = self.intrusion.lock().unwrap().take();
        if let Some(bytes) = intrusion {
            store.put(key, bytes, PutMode::Overwrite).await?;
        }
        store.delete(key, condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.answer().await.undelete(key, marker).await
    }
}
