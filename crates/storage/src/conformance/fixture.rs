//! Functions and settings shared by the tests of the suite.

use crate::{ObjectKey, ObjectStore, PutMode, Version};
use bytes::Bytes;

/// Size limit in bytes that no object of the suite reaches.
pub(super) const LIMIT: u64 = 1 << 20;

pub(super) fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

pub(super) async fn put(store: &dyn ObjectStore, name: &str, text: &str) -> Version {
    store
        .put(&key(name), Bytes::from(text.to_owned()), PutMode::Overwrite)
        .await
        .unwrap()
}

pub(super) async fn text(store: &dyn ObjectStore, name: &str) -> String {
    let object = store.get(&key(name), LIMIT).await.unwrap();
    String::from_utf8(object.bytes.to_vec()).unwrap()
}

pub(super) async fn keys(store: &dyn ObjectStore, prefix: &str) -> Vec<String> {
    store
        .list(prefix)
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.key.to_string())
        .collect()
}
