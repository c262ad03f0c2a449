//! What every store has to do, as tests that every implementation runs.
//!
//! Each function works below folders of its own, so that all can run on one store, also at once;
//! the store need not be empty but must not hold what an earlier run left. They panic where the
//! contract is broken.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test suite: it says by panicking what is wrong"
)]

mod races;

pub use races::{races, racing_copies, racing_creators, racing_updaters};

use crate::{
    Condition, Deleted, Marker, ObjectKey, ObjectMeta, ObjectReadExt as _, ObjectStore, PutMode,
    StoreError, Version, sha256,
};
use bytes::Bytes;
use std::sync::Arc;

/// A limit that nothing here reaches.
const LIMIT: u64 = 1 << 20;

/// All of the suite but [`races`] and [`foreign_keys`], which not every store or server can pass.
pub async fn all(store: Arc<dyn ObjectStore>) {
    let store = store.as_ref();
    reading_back(store).await;
    missing_things(store).await;
    limits(store).await;
    creating(store).await;
    updating(store).await;
    deleting(store).await;
    undeleting(store).await;
    copying(store).await;
    listing(store).await;
    listing_folders(store).await;
    unusual_names(store).await;
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

async fn put(store: &dyn ObjectStore, name: &str, text: &str) -> Version {
    store
        .put(&key(name), Bytes::from(text.to_owned()), PutMode::Overwrite)
        .await
        .unwrap()
}

async fn text(store: &dyn ObjectStore, name: &str) -> String {
    let object = store.get(&key(name), LIMIT).await.unwrap();
    String::from_utf8(object.bytes.to_vec()).unwrap()
}

async fn keys(store: &dyn ObjectStore, prefix: &str) -> Vec<String> {
    store
        .list(prefix)
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.key.to_string())
        .collect()
}

/// What was written is read, under the version that writing told.
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
            "get and put tell the same version of {name}"
        );
        let meta = store.head(&key(name)).await.unwrap();
        assert_eq!(meta.key, key(name));
        assert_eq!(meta.size, content.len() as u64);
        assert_eq!(
            meta.version,
            Some(written),
            "head and put tell the same version of {name}"
        );
        assert!(!meta.fingerprint.is_empty());
    }
    let before = store.head(&key("reading/a.png")).await.unwrap();
    let again = store.head(&key("reading/a.png")).await.unwrap();
    assert_eq!(before, again, "nothing changed");
    // The same size, so that only the content tells them apart.
    put(store, "reading/a.png", "more bytes").await;
    let after = store.head(&key("reading/a.png")).await.unwrap();
    assert_ne!(
        before.version, after.version,
        "another content is another version"
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

/// A missing object is an error of its own, a missing folder an empty one.
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
        let left = store.delete(&key(name), Condition::Always).await.unwrap();
        assert_eq!(left, Deleted::default(), "{name}");
    }
    assert!(store.exists(&key("missing/there")).await.unwrap());
    assert!(store.list("nowhere").await.unwrap().is_empty());
    assert!(store.list_folders("nowhere").await.unwrap().is_empty());
    let copy = store
        .copy(&key("missing/nothing"), &key("missing/copy"))
        .await;
    assert!(copy.unwrap_err().is_not_found());
}

/// Nothing larger than the limit is handed out.
pub async fn limits(store: &dyn ObjectStore) {
    put(store, "limits/ten", "0123456789").await;
    let name = key("limits/ten");
    assert_eq!(store.get(&name, 10).await.unwrap().bytes.len(), 10);
    for limit in [9, 0] {
        match store.get(&name, limit).await.unwrap_err() {
            StoreError::TooLarge {
                size, limit: told, ..
            } => {
                assert!(size > limit && told == limit, "{size} {told}");
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

/// Creating never replaces.
pub async fn creating(store: &dyn ObjectStore) {
    let name = key("creating/a");
    let first = store
        .put(&name, Bytes::from_static(b"first"), PutMode::Create)
        .await
        .unwrap();
    // The same content is another writer's all the same.
    for content in ["second", "first"] {
        let error = store
            .put(&name, Bytes::from(content), PutMode::Create)
            .await
            .unwrap_err();
        assert!(
            matches!(error, StoreError::AlreadyExists { .. }),
            "{error:?}"
        );
    }
    assert_eq!(store.get(&name, LIMIT).await.unwrap().version, first);
    assert_eq!(text(store, "creating/a").await, "first");
    store.delete(&name, Condition::Always).await.unwrap();
    store
        .put(&name, Bytes::from_static(b"third"), PutMode::Create)
        .await
        .unwrap();
    assert_eq!(text(store, "creating/a").await, "third");
}

/// Updating replaces exactly the version that was seen.
pub async fn updating(store: &dyn ObjectStore) {
    let name = key("updating/a");
    let update = |content: &'static str, version: &Version| {
        store.put(
            &name,
            Bytes::from_static(content.as_bytes()),
            PutMode::Update(version.clone()),
        )
    };
    let first = put(store, "updating/a", "first").await;
    let second = update("second", &first).await.unwrap();
    assert_ne!(first, second);
    let error = update("third", &first).await.unwrap_err();
    assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
    assert_eq!(text(store, "updating/a").await, "second");
    let third = update("third", &second).await.unwrap();
    assert_eq!(
        store.head(&name).await.unwrap().version,
        Some(third.clone())
    );
    store.delete(&name, Condition::Always).await.unwrap();
    let error = update("fourth", &third).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Changed { .. }),
        "what is gone was changed: {error:?}"
    );
    assert!(!store.exists(&name).await.unwrap());
}

/// Deleting can be repeated, and spares what was changed.
pub async fn deleting(store: &dyn ObjectStore) {
    let name = key("deleting/a");
    let first = put(store, "deleting/a", "first").await;
    let second = put(store, "deleting/a", "second").await;
    let error = store
        .delete(&name, Condition::IfVersion(first))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
    assert_eq!(text(store, "deleting/a").await, "second");
    store
        .delete(&name, Condition::IfVersion(second.clone()))
        .await
        .unwrap();
    assert!(!store.exists(&name).await.unwrap());
    for again in [Condition::IfVersion(second), Condition::Always] {
        let left = store.delete(&name, again).await.unwrap();
        assert_eq!(left, Deleted::default(), "there was nothing to delete");
    }
    assert!(keys(store, "deleting").await.is_empty());
}

/// What a deletion left a marker of comes back; nothing else does, and nothing is lost by trying.
pub async fn undeleting(store: &dyn ObjectStore) {
    let unknown = Marker("ThisIsNoMarkerOfAnything".to_owned());
    let name = key("undeleting/a");
    let error = store.undelete(&name, &unknown).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");

    let version = put(store, name.as_str(), "content").await;
    // It may be told that the object is there.
    let there = store.undelete(&name, &unknown).await;
    assert!(there.is_err() || there.is_ok_and(|there| there == version));
    assert_eq!(text(store, name.as_str()).await, "content");

    let deleted = store
        .delete(&name, Condition::IfVersion(version.clone()))
        .await
        .unwrap();
    let error = store.undelete(&name, &unknown).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    let Some(marker) = deleted.marker else {
        assert!(!store.exists(&name).await.unwrap());
        return;
    };
    for _ in 0..2 {
        assert_eq!(store.undelete(&name, &marker).await.unwrap(), version);
        assert_eq!(text(store, name.as_str()).await, "content");
    }
}

/// Copies are whole and replace nothing.
pub async fn copying(store: &dyn ObjectStore) {
    let (from, to) = (key("copying/from.png"), key("copying/trash/run 1/from.png"));
    put(store, "copying/from.png", "content").await;
    let version = store.copy(&from, &to).await.unwrap();
    let copy = store.get(&to, LIMIT).await.unwrap();
    assert_eq!(
        (copy.bytes.as_ref(), copy.version),
        (b"content".as_slice(), version)
    );
    assert_eq!(text(store, "copying/from.png").await, "content");

    put(store, "copying/from.png", "changed").await;
    let error = store.copy(&from, &to).await.unwrap_err();
    assert!(
        matches!(error, StoreError::AlreadyExists { .. }),
        "{error:?}"
    );
    assert_eq!(text(store, to.as_str()).await, "content");
}

/// Lists are complete, sorted by bytes, and of one folder only.
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
    assert_eq!(keys(store, "listing").await, sorted, "all, sorted by bytes");
    assert_eq!(
        keys(store, "listing/").await,
        sorted,
        "a slash at the end changes nothing"
    );
    assert_eq!(
        keys(store, "listing/a/0004").await,
        [
            "listing/a/0004/Z.png",
            "listing/a/0004/b.png",
            "listing/a/0004/deeper/d.png"
        ],
        "nothing that only begins alike"
    );
    assert!(
        keys(store, "listing/a/000").await.is_empty(),
        "half a name is no folder"
    );
    assert!(
        keys(store, "listing/a.png").await.is_empty(),
        "an object is no folder"
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
        // Without a version the list knows less than `head`; its fingerprint is its own.
        assert!(
            version.is_none() || fingerprint == head.fingerprint,
            "{key}"
        );
    }
}

/// Folders are those directly below, each once.
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

/// Names with every character that URLs treat specially.
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

/// Keys that only buckets can hold. For stores that are no file system.
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
