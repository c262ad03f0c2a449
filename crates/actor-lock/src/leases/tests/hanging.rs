//! A store that does not answer.

use super::*;
use std::sync::atomic::AtomicBool;
use storage::{Condition, Deleted, Marker, ObjectMeta, ObjectRead};

/// Answers nothing while it hangs.
#[derive(Debug)]
struct Hanging {
    inner: MemoryStore,
    hangs: AtomicBool,
}

impl fmt::Display for Hanging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

impl Hanging {
    async fn answer(&self) -> &MemoryStore {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        &self.inner
    }
}

#[async_trait]
impl ObjectRead for Hanging {
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
impl ObjectStore for Hanging {
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
        self.answer().await.delete(key, condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.answer().await.undelete(key, marker).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_does_not_keep_a_holder_from_stopping_in_time() {
    let world = World::new();
    let store = Arc::new(Hanging {
        inner: MemoryStore::new("m"),
        hangs: AtomicBool::new(false),
    });
    let offset = Arc::default();
    let locks = world.locks(store.clone(), settings(), &offset);
    let holder = world.machine(1).holder;
    let lock = locks.acquire(&actor(), &holder).await.unwrap();
    store.hangs.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    // It asks again and again; what it is told was so when it was told.
    let lost = loop {
        match lock.check().await {
            Ok(()) => assert!(begun.elapsed() <= ttl() * 3 / 4, "{:?}", begun.elapsed()),
            Err(error) => break error,
        }
    };
    assert!(lost.is_lost());
    assert!(lost.to_string().contains("does not answer"), "{lost}");
    assert!(begun.elapsed() <= ttl(), "{:?}", begun.elapsed());
}
