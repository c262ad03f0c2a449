//! Tests of reads, of missing objects and of size limits.

use super::fixture::{LIMIT, key, put, text};
use crate::{Condition, Deleted, ObjectReadExt as _, ObjectStore, PutMode, StoreError, sha256};
use bytes::Bytes;

/// Checks that reads return the written content, under the version that the write returned.
pub async fn reading_back(store: &dyn ObjectStore) {
    for (name, content) in [
        ("reading/a.png", "some bytes"),
        ("reading/deeper/empty", ""),
    ] {
        let written = put(store, name, content).await;
        let object = store.get(&key(name), LIMIT).await.unwrap();
        assert_eq!(object.bytes, content, "{name}");
        assert_eq!(
            object.version, written,
            "get and put return the same version of {name}"
        );
        let meta = store.head(&key(name)).await.unwrap();
        assert_eq!(meta.key, key(name));
        assert_eq!(meta.size, content.len() as u64);
        assert_eq!(
            meta.version,
            Some(written),
            "head and put return the same version of {name}"
        );
        assert!(!meta.fingerprint.is_empty());
    }
    let before = store.head(&key("reading/a.png")).await.unwrap();
    let again = store.head(&key("reading/a.png")).await.unwrap();
    assert_eq!(
        before, again,
        "head of an unchanged object returns the same metadata"
    );
    // The same size as before, so a version or fingerprint that depends only on the size fails.
    put(store, "reading/a.png", "more bytes").await;
    let after = store.head(&key("reading/a.png")).await.unwrap();
    assert_ne!(
        before.version, after.version,
        "changed content has a new version"
    );
    assert_ne!(before.fingerprint, after.fingerprint);
    assert_eq!(text(store, "reading/a.png").await, "more bytes");

    let large = (0..300_000_u32).map(|n| (n % 251) as u8).collect::<Bytes>();
    let name = key("reading/large.bin");
    store
        .put(&name, large.clone(), PutMode::Create)
        .await
        .unwrap();
    let object = store.get(&name, LIMIT).await.unwrap();
    assert_eq!(sha256(&object.bytes), sha256(&large));
}

/// Checks that a missing object is [`StoreError::NotFound`], and that a missing folder lists as
/// empty.
pub async fn missing_things(store: &dyn ObjectStore) {
    put(store, "missing/there", "x").await;
    for name in [
        "missing/nothing",
        "missing/there/deeper",
        "missing",
        "nowhere/at/all",
    ] {
        assert!(
            store
                .get(&key(name), LIMIT)
                .await
                .unwrap_err()
                .is_not_found(),
            "{name}"
        );
        assert!(
            store.head(&key(name)).await.unwrap_err().is_not_found(),
            "{name}"
        );
        assert!(!store.exists(&key(name)).await.unwrap(), "{name}");
        assert_eq!(
            store.get_optional(&key(name), LIMIT).await.unwrap(),
            None,
            "{name}"
        );
        let deleted = store.delete(&key(name), Condition::Always).await.unwrap();
        assert_eq!(deleted, Deleted::default(), "{name}");
    }
    assert!(store.exists(&key("missing/there")).await.unwrap());
    assert!(store.list("nowhere").await.unwrap().is_empty());
    assert!(store.list_folders("nowhere").await.unwrap().is_empty());
    let copy = store
        .copy(&key("missing/nothing"), &key("missing/copy"))
        .await;
    assert!(copy.unwrap_err().is_not_found());
}

/// Checks that objects larger than the limit are not returned.
pub async fn limits(store: &dyn ObjectStore) {
    put(store, "limits/ten", "0123456789").await;
    let name = key("limits/ten");
    assert_eq!(store.get(&name, 10).await.unwrap().bytes.len(), 10);
    for limit in [9, 0] {
        match store.get(&name, limit).await.unwrap_err() {
            StoreError::TooLarge {
                size,
                limit: reported,
                ..
            } => {
                assert!(size > limit && reported == limit, "{size} {reported}");
            }
            other => panic!("{other:?}"),
        }
    }
    put(store, "limits/empty", "").await;
    assert_eq!(
        store
            .get(&key("limits/empty"), 0)
            .await
            .unwrap()
            .bytes
            .len(),
        0
    );
}
