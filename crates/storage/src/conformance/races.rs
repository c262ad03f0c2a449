//! Concurrent writers.

use super::fixture::{key, put, text};
use crate::{ObjectStore, PutMode, StoreError, Version};
use bytes::Bytes;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Number of writers that race for one object.
const WRITERS: usize = 16;

/// Checks that of many concurrent conditional writes to an object exactly one succeeds. For stores
/// that check a condition and write in one atomic step.
pub async fn races(store: Arc<dyn ObjectStore>) {
    racing_creators(&store).await;
    racing_updaters(&store).await;
    racing_copies(&store).await;
}

/// Runs [`WRITERS`] writers concurrently and returns the content written by the one that succeeded.
async fn race<F>(mut writer: impl FnMut(usize) -> F) -> String
where
    F: Future<Output = (String, Result<Version, StoreError>)> + Send + 'static,
{
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        writers.spawn(writer(number));
    }
    let mut winners = Vec::new();
    for (content, result) in writers.join_all().await {
        match result {
            Ok(version) => winners.push((content, version)),
            Err(error) => assert!(error.is_conflict(), "{error:?}"),
        }
    }
    assert_eq!(
        winners.len(),
        1,
        "exactly one of {WRITERS} writers succeeds: {winners:?}"
    );
    winners.pop().unwrap().0
}

async fn racing_puts(store: &Arc<dyn ObjectStore>, name: &str, mode: &PutMode) {
    let winner = race(|number| {
        let (store, name, mode) = (Arc::clone(store), key(name), mode.clone());
        async move {
            // Unique content: versions may be digests, so earlier content would restore its
            // version.
            let content = format!("writer {number} of {mode:?}");
            let result = store.put(&name, Bytes::from(content.clone()), mode).await;
            (content, result)
        }
    })
    .await;
    assert_eq!(
        text(store.as_ref(), name).await,
        winner,
        "the store holds what the winner wrote"
    );
}

/// Checks that exactly one of many concurrent creates of an object succeeds.
pub async fn racing_creators(store: &Arc<dyn ObjectStore>) {
    racing_puts(store, "races/create", &PutMode::Create).await;
}

/// Checks that exactly one of many concurrent updates of the same version succeeds.
pub async fn racing_updaters(store: &Arc<dyn ObjectStore>) {
    let mut version = put(store.as_ref(), "races/update", "start").await;
    for _ in 0..3 {
        racing_puts(store, "races/update", &PutMode::Update(version)).await;
        version = store
            .head(&key("races/update"))
            .await
            .unwrap()
            .version
            .unwrap();
    }
}

/// Checks that exactly one of many concurrent copies to the same key succeeds.
pub async fn racing_copies(store: &Arc<dyn ObjectStore>) {
    for number in 0..WRITERS {
        put(
            store.as_ref(),
            &format!("races/sources/{number}"),
            &format!("source {number}"),
        )
        .await;
    }
    let winner = race(|number| {
        let store = Arc::clone(store);
        async move {
            let from = key(&format!("races/sources/{number}"));
            (
                format!("source {number}"),
                store.copy(&from, &key("races/copy")).await,
            )
        }
    })
    .await;
    assert_eq!(text(store.as_ref(), "races/copy").await, winner);
}
