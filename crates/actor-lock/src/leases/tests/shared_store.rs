//! A store for concurrent machines that can interleave their calls and stop responding.

use super::*;
use async_trait::async_trait;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use storage::{Condition, Deleted, Marker, Object, ObjectMeta, ObjectRead, StoreError, Version};

/// Yields before each call, which interleaves the calls of concurrent tasks.
#[derive(Debug)]
pub(super) struct SharedStore {
    inner: MemoryStore,
    calls: AtomicUsize,
    /// Whether calls never return.
    pub(super) hangs: AtomicBool,
    /// Content that another machine writes to an object just before it is deleted.
    pub(super) write_before_delete: Mutex<Option<Bytes>>,
}

impl SharedStore {
    pub(super) fn new() -> Self {
        Self {
            inner: MemoryStore::new("m"),
            calls: AtomicUsize::new(0),
            hangs: AtomicBool::new(false),
            write_before_delete: Mutex::default(),
        }
    }

    async fn respond(&self) -> &MemoryStore {
        for _ in 0..self.calls.fetch_add(1, Ordering::SeqCst) % 4 {
            tokio::task::yield_now().await;
        }
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        &self.inner
    }
}

impl fmt::Display for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
impl ObjectRead for SharedStore {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.respond().await.get(key, limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.respond().await.head(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.respond().await.list(prefix).await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.respond().await.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for SharedStore {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.respond().await.put(key, bytes, mode).await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.respond().await.copy(from, to).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        let store = self.respond().await;
        let write_before_delete = self.write_before_delete.lock().unwrap().take();
        if let Some(bytes) = write_before_delete {
            store.put(key, bytes, PutMode::Overwrite).await?;
        }
        store.delete(key, condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.respond().await.undelete(key, marker).await
    }
}
