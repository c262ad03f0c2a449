use super::*;
use crate::{MemoryStore, conformance};
use std::sync::Arc;

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

async fn put(store: &Failing<MemoryStore>, name: &str) -> Result<Version, StoreError> {
    store
        .put(&key(name), Bytes::from_static(b"x"), PutMode::Overwrite)
        .await
}

#[tokio::test]
async fn store_without_rules_passes_the_conformance_suite() {
    conformance::all(Arc::new(Failing::new(MemoryStore::new("m")))).await;
}

#[tokio::test]
async fn rule_fails_only_the_nth_matching_call() {
    let store = Failing::new(MemoryStore::new("m"));
    store.inject(
        Rule::new([Operation::Put], Effect::Transient)
            .on(|key| key.starts_with('a'))
            .only(2),
    );
    for (name, fails) in [("a1", false), ("b", false), ("a2", true), ("a3", false)] {
        assert_eq!(put(&store, name).await.is_err(), fails, "{name}");
    }
    assert!(store.get(&key("a2"), 9).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn writes_fail_from_the_nth_call_until_healed() {
    let store = Failing::new(MemoryStore::new("m"));
    store.inject(Rule::new(Operation::WRITES, Effect::Permanent).from(2));
    put(&store, "a").await.unwrap();
    assert!(store.copy(&key("a"), &key("b")).await.is_err());
    assert!(store.delete(&key("a"), Condition::Always).await.is_err());
    let undeleted = store.undelete(&key("a"), &Marker("m".to_owned())).await;
    assert!(
        matches!(undeleted, Err(StoreError::Failed { .. })),
        "{undeleted:?}"
    );
    assert_eq!(store.list("").await.unwrap().len(), 1);
    store.heal();
    put(&store, "c").await.unwrap();
}

#[tokio::test]
async fn lost_response_is_an_error_but_the_write_is_done() {
    let store = Failing::new(MemoryStore::new("m"));
    store.inject(Rule::new([Operation::Put], Effect::AnswerLost).times(1));
    assert!(put(&store, "a").await.unwrap_err().is_transient());
    assert_eq!(store.get(&key("a"), 9).await.unwrap().bytes, "x");
}

#[tokio::test]
async fn every_effect_yields_the_error_it_names() {
    let store = Failing::new(MemoryStore::new("m"));
    let mut seen = Vec::new();
    for effect in [
        Effect::Transient,
        Effect::Permanent,
        Effect::Denied,
        Effect::NotFound,
        Effect::Changed,
    ] {
        store.inject(Rule::new([Operation::List], effect).times(1));
        seen.push(match store.list("p").await.unwrap_err() {
            StoreError::Failed {
                transient: true, ..
            } => Effect::Transient,
            StoreError::Failed { .. } => Effect::Permanent,
            StoreError::Denied { .. } => Effect::Denied,
            StoreError::NotFound { .. } => Effect::NotFound,
            StoreError::Changed { .. } => Effect::Changed,
            other => panic!("{other:?}"),
        });
        assert_eq!(seen.last(), Some(&effect));
    }
    assert_eq!(seen.len(), 5);
}
