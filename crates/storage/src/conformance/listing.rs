//! Tests of listings and of unusual keys.

use super::fixture::{LIMIT, key, keys, put, text};
use crate::{Condition, ObjectKey, ObjectMeta, ObjectStore, PutMode};
use bytes::Bytes;
use std::sync::Arc;

/// Checks that a listing is complete, sorted in byte order, and limited to one folder.
pub async fn listing(store: &dyn ObjectStore) {
    let names = [
        "listing/a/0004/b.png",
        "listing/a/0004/Z.png",
        "listing/a/0004-x",
        "listing/a/0004.json",
        "listing/a/00040/c.png",
        "listing/a/0004/deeper/d.png",
        "listing/ab/e.png",
        "listing/a.png",
        "listing/a/ü.png",
        "listing/a/z.png",
    ];
    for name in names {
        put(store, name, name).await;
    }
    let mut sorted = names.map(str::to_owned);
    sorted.sort();
    assert_eq!(
        keys(store, "listing").await,
        sorted,
        "all objects, sorted in byte order"
    );
    assert_eq!(
        keys(store, "listing/").await,
        sorted,
        "a trailing slash is ignored"
    );
    assert_eq!(
        keys(store, "listing/a/0004").await,
        [
            "listing/a/0004/Z.png",
            "listing/a/0004/b.png",
            "listing/a/0004/deeper/d.png"
        ],
        "no object that merely shares the prefix as text"
    );
    assert!(
        keys(store, "listing/a/000").await.is_empty(),
        "part of a folder name is not a folder"
    );
    assert!(
        keys(store, "listing/a.png").await.is_empty(),
        "an object is not a folder"
    );
    let everything = keys(store, "").await;
    assert!(sorted.iter().all(|name| everything.contains(name)));
    assert!(everything.is_sorted());

    for ObjectMeta {
        key,
        size,
        version,
        fingerprint,
    } in store.list("listing").await.unwrap()
    {
        assert_eq!(size, key.as_str().len() as u64);
        let head = store.head(&key).await.unwrap();
        assert!(version.is_none() || version == head.version, "{key}");
        // A list without versions knows less than `head`, so its fingerprints may differ.
        assert!(
            version.is_none() || fingerprint == head.fingerprint,
            "{key}"
        );
    }
}

/// Checks that `list_folders` returns only the folders directly below the prefix, each once.
pub async fn listing_folders(store: &dyn ObjectStore) {
    for name in [
        "b/x/1", "b/x/2", "b/y/z/3", "a-b/4", "a/5", "Z/6", "7", "ü ö/8",
    ] {
        put(store, &format!("folders/{name}"), "").await;
    }
    let folders = async |prefix: &str| store.list_folders(prefix).await.unwrap();
    assert_eq!(folders("folders").await, ["Z", "a", "a-b", "b", "ü ö"]);
    assert_eq!(folders("folders/").await, ["Z", "a", "a-b", "b", "ü ö"]);
    assert_eq!(folders("folders/b").await, ["x", "y"]);
    assert!(folders("folders/a").await.is_empty());
    assert!(folders("folders/7").await.is_empty());
    assert!(folders("").await.contains(&"folders".to_owned()));
}

/// Checks that keys may contain every character with a special meaning in URLs.
pub async fn unusual_names(store: &dyn ObjectStore) {
    let names = [
        "a b.png",
        "a+b.png",
        "a%20b.png",
        "a&b=c.png",
        "a?b#c.png",
        "ü/日本.png",
        "'\"<>;,~!@$^*()[]{}|`.png",
        "...",
        ".hidden",
    ];
    for name in names {
        let name = format!("names/{name}");
        let content = format!("content of {name}");
        put(store, &name, &content).await;
        assert_eq!(text(store, &name).await, content);
        let copy = key(&format!("names of copies/{name}"));
        store.copy(&key(&name), &copy).await.unwrap();
        assert_eq!(text(store, copy.as_str()).await, content);
    }
    let mut sorted = names.map(|name| format!("names/{name}"));
    sorted.sort();
    assert_eq!(keys(store, "names").await, sorted);
    for name in &sorted {
        store.delete(&key(name), Condition::Always).await.unwrap();
    }
    assert!(keys(store, "names").await.is_empty());
}

/// Checks keys that only a bucket can hold. For stores that are not backed by a file system.
pub async fn foreign_keys(store: Arc<dyn ObjectStore>) {
    let mut names = [
        "foreign/a//b",
        "foreign/a/",
        "foreign/a/../b",
        "foreign/back\\slash",
    ];
    for name in names {
        let key = ObjectKey::foreign(name).unwrap();
        store
            .put(&key, Bytes::from(name), PutMode::Create)
            .await
            .unwrap();
        assert_eq!(store.get(&key, LIMIT).await.unwrap().bytes, name);
    }
    names.sort_unstable();
    assert_eq!(keys(store.as_ref(), "foreign").await, names);
    assert_eq!(store.list_folders("foreign").await.unwrap(), ["a"]);
}
