use super::*;
use crate::{MemoryStore, conformance};
use std::sync::Arc;

#[tokio::test]
async fn prefixed_store_passes_the_conformance_suite() {
    let inner = Arc::new(MemoryStore::new("m"));
    let store = Prefixed::new(Arc::clone(&inner), "system/actors/").unwrap();
    assert_eq!(store.to_string(), "memory:m/system/actors");
    conformance::all(Arc::new(store)).await;
    conformance::races(Arc::new(
        Prefixed::new(Arc::clone(&inner), "races").unwrap(),
    ))
    .await;
    let outside: Vec<_> = inner.list_folders("").await.unwrap();
    assert_eq!(outside, ["races", "system"]);
}

#[tokio::test]
async fn empty_prefix_is_the_whole_store() {
    let store = Prefixed::new(MemoryStore::new("m"), "").unwrap();
    assert_eq!(store.to_string(), "memory:m");
    conformance::all(Arc::new(store)).await;
}

#[tokio::test]
async fn folder_markers_and_neighbours_are_not_listed() {
    let inner = Arc::new(MemoryStore::new("m"));
    for key in ["p/", "p/a", "pq/b"] {
        let key = ObjectKey::foreign(key).unwrap();
        inner
            .put(&key, Bytes::new(), PutMode::Create)
            .await
            .unwrap();
    }
    let store = Prefixed::new(inner, "p").unwrap();
    let keys: Vec<_> = store
        .list("")
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.key.to_string())
        .collect();
    assert_eq!(keys, ["a"]);
}

#[test]
fn prefixes_that_leave_the_store_are_rejected() {
    for bad in ["..", "a/../b", "/a", "a//b"] {
        assert!(Prefixed::new(MemoryStore::new("m"), bad).is_err(), "{bad}");
    }
}
