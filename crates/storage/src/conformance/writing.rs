//! Tests of conditional writes, deletes, undeletes and copies.

use super::fixture::{LIMIT, key, keys, put, text};
use crate::{
    Condition, Deleted, Marker, ObjectReadExt as _, ObjectStore, PutMode, StoreError, Version,
};
use bytes::Bytes;

/// Checks that [`PutMode::Create`] never replaces an object.
pub async fn creating(store: &dyn ObjectStore) {
    let name = key("creating/a");
    let first = store
        .put(&name, Bytes::from_static(b"first"), PutMode::Create)
        .await
        .unwrap();
    // Equal content is refused too: another writer may have stored it.
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

/// Checks that [`PutMode::Update`] replaces only the expected version.
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
    // An update of a deleted object must not create it again.
    let error = update("fourth", &third).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Changed { .. }),
        "a deleted object counts as changed: {error:?}"
    );
    assert!(!store.exists(&name).await.unwrap());
}

/// Checks that a delete can be repeated, and that a conditional delete spares a changed object.
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
        let deleted = store.delete(&name, again).await.unwrap();
        assert_eq!(deleted, Deleted::default(), "there was nothing to delete");
    }
    assert!(keys(store, "deleting").await.is_empty());
}

/// Checks that `undelete` restores an object by its delete marker, and that any other marker
/// changes nothing.
pub async fn undeleting(store: &dyn ObjectStore) {
    let unknown = Marker("ThisIsNoMarkerOfAnything".to_owned());
    let name = key("undeleting/a");
    let error = store.undelete(&name, &unknown).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");

    let version = put(store, name.as_str(), "content").await;
    // A store may return the version of the visible object or refuse the unknown marker.
    let undeleted = store.undelete(&name, &unknown).await;
    assert!(undeleted.is_err() || undeleted.is_ok_and(|undeleted| undeleted == version));
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

/// Checks that a copy is complete and never replaces an object.
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

    // With changed content, a copy that replaced the target would be noticed.
    put(store, "copying/from.png", "changed").await;
    let error = store.copy(&from, &to).await.unwrap_err();
    assert!(
        matches!(error, StoreError::AlreadyExists { .. }),
        "{error:?}"
    );
    assert_eq!(text(store, to.as_str()).await, "content");
}
