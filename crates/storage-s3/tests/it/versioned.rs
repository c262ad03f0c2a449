//! Buckets with versioning on moto, and lookups of the versioning state.

use crate::fixture::{BUCKET, chain, key, options};
use crate::mock_server::{error_response, server};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use bytes::Bytes;
use std::sync::Arc;
use storage::{
    Condition, Deleted, Marker, ObjectRead as _, ObjectStore as _, PutMode, StoreError, Version,
    conformance,
};
use storage_s3::{S3Store, Versioning, bucket_versioning};
use test_support::s3_server::moto::{self, Moto};
use test_support::s3_server::{self, client};
use wiremock::matchers::{any, method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

async fn versioned() -> Option<(Moto, S3Store)> {
    let moto = moto::start().await?;
    moto.create_bucket(BUCKET).await;
    let enabled = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    let request = moto.client().put_bucket_versioning().bucket(BUCKET);
    let set = request.versioning_configuration(enabled).send().await;
    set.unwrap();
    let store = S3Store::new(moto.client(), BUCKET, options());
    Some((moto, store))
}

async fn put(store: &S3Store, name: &str, content: &'static str) -> Version {
    let bytes = Bytes::from_static(content.as_bytes());
    let put = store.put(&key(name), bytes, PutMode::Overwrite).await;
    put.unwrap()
}

async fn delete(store: &S3Store, name: &str) -> Marker {
    let deleted = store.delete(&key(name), Condition::Always).await.unwrap();
    deleted.marker.expect("a delete marker")
}

/// The number of versions with content and of delete markers in the bucket.
async fn version_counts(moto: &Moto) -> (usize, usize) {
    let request = moto.client().list_object_versions().bucket(BUCKET);
    let answer = request.send().await.unwrap();
    (answer.versions().len(), answer.delete_markers().len())
}

#[tokio::test]
async fn versioned_store_passes_the_conformance_suite() {
    let Some((_moto, store)) = versioned().await else {
        return;
    };
    conformance::all(Arc::new(store.clone())).await;
    let folder = storage::Prefixed::new(store, "data").unwrap();
    conformance::all(Arc::new(folder)).await;
}

#[tokio::test]
async fn undelete_restores_every_byte() {
    let Some((moto, store)) = versioned().await else {
        return;
    };
    let name = "a b+ü.png";
    put(&store, name, "old").await;
    let version = put(&store, name, "content").await;
    let marker = delete(&store, name).await;
    assert!(store.head(&key(name)).await.unwrap_err().is_not_found());
    assert_eq!(version_counts(&moto).await, (2, 1));

    // The second time, the marker no longer exists and the object is visible.
    for _ in 0..2 {
        let back = store.undelete(&key(name), &marker).await.unwrap();
        assert_eq!(back, version);
        let object = store.get(&key(name), 99).await.unwrap();
        assert_eq!(
            (object.bytes.as_ref(), object.version),
            (&b"content"[..], back)
        );
        assert_eq!(version_counts(&moto).await, (2, 0));
    }
}

#[tokio::test]
async fn repeated_delete_leaves_no_second_marker() {
    let Some((moto, store)) = versioned().await else {
        return;
    };
    put(&store, "a", "content").await;
    delete(&store, "a").await;
    for name in ["a", "never there"] {
        let again = store.delete(&key(name), Condition::Always).await.unwrap();
        assert_eq!(again, Deleted::default(), "{name}");
    }
    assert_eq!(version_counts(&moto).await, (1, 1));
}

#[tokio::test]
async fn undelete_never_removes_a_version_with_content() {
    let Some((moto, store)) = versioned().await else {
        return;
    };
    put(&store, "a", "old").await;
    put(&store, "a", "content").await;
    let request = moto.client().list_object_versions().bucket(BUCKET);
    let listed = request.send().await.unwrap();
    let ids: Vec<_> = listed
        .versions()
        .iter()
        .map(|one| Marker(one.version_id().unwrap().to_owned()))
        .collect();
    assert_eq!(ids.len(), 2);
    for id in &ids {
        let error = store.undelete(&key("a"), id).await.unwrap_err();
        assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
        assert!(
            chain(&error).contains("not a delete marker"),
            "{}",
            chain(&error)
        );
    }
    // The same holds while the object is deleted.
    delete(&store, "a").await;
    for id in &ids {
        assert!(store.undelete(&key("a"), id).await.is_err());
    }
    assert_eq!(version_counts(&moto).await, (2, 1));
}

#[tokio::test]
async fn marker_of_another_object_restores_nothing() {
    let Some((moto, store)) = versioned().await else {
        return;
    };
    put(&store, "a", "content of a").await;
    put(&store, "b", "content of b").await;
    let marker = delete(&store, "a").await;
    delete(&store, "b").await;
    let error = store.undelete(&key("b"), &marker).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(version_counts(&moto).await, (2, 2));
}

#[tokio::test]
async fn removing_an_older_marker_keeps_the_visible_object() {
    let Some((moto, store)) = versioned().await else {
        return;
    };
    put(&store, "a", "first").await;
    let first = delete(&store, "a").await;
    let second_version = put(&store, "a", "second").await;
    let back = store.undelete(&key("a"), &first).await.unwrap();
    assert_eq!(back, second_version);
    assert_eq!(version_counts(&moto).await, (2, 0));
}

#[tokio::test]
async fn unversioned_bucket_leaves_no_marker() {
    let Some(moto) = moto::start().await else {
        return;
    };
    moto.create_bucket(BUCKET).await;
    let store = S3Store::new(moto.client(), BUCKET, options());
    put(&store, "a", "content").await;
    let deleted = store.delete(&key("a"), Condition::Always).await.unwrap();
    assert_eq!(deleted, Deleted::default());
    let marker = Marker("m1".to_owned());
    let error = store.undelete(&key("a"), &marker).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}

#[tokio::test]
async fn versioning_state_is_what_the_server_reports() {
    let state = |status: &str| {
        let body = format!("<VersioningConfiguration>{status}</VersioningConfiguration>");
        ResponseTemplate::new(200).set_body_raw(body, "application/xml")
    };
    let odd = "<GetBucketVersioningResponse><Status>Enabled</Status></GetBucketVersioningResponse>";
    for (reply, expected) in [
        (state("<Status>Enabled</Status>"), Versioning::Enabled),
        (state("<Status>Suspended</Status>"), Versioning::Suspended),
        (state(""), Versioning::Off),
        (state("<Status>Perhaps</Status>"), Versioning::Unknown),
        (
            ResponseTemplate::new(200).set_body_raw(odd, "application/xml"),
            Versioning::Unknown,
        ),
        (error_response(501, "NotImplemented"), Versioning::Unknown),
    ] {
        let (server, _) = server().await;
        Mock::given(method("GET"))
            .and(path(format!("/{BUCKET}/")))
            .and(query_param("versioning", ""))
            .respond_with(reply)
            .expect(1)
            .mount(&server)
            .await;
        let state = bucket_versioning(&client(&server.uri()), BUCKET).await;
        assert_eq!(state.unwrap(), expected);
    }
}

#[tokio::test]
async fn refused_versioning_lookup_is_an_error() {
    for (status, code) in [
        (403, "AccessDenied"),
        (404, "NoSuchBucket"),
        (503, "SlowDown"),
    ] {
        let (server, _) = server().await;
        let refuse = Mock::given(any()).respond_with(error_response(status, code));
        refuse.mount(&server).await;
        let error = bucket_versioning(&client(&server.uri()), BUCKET)
            .await
            .unwrap_err();
        assert!(chain(&error).contains(code), "{}", chain(&error));
        assert!(error.to_string().contains("s3://story-boards"), "{error}");
    }
}

#[tokio::test]
async fn servers_that_do_not_report_versioning_are_unknown() {
    let server = s3_server::start().await;
    server.create_bucket(BUCKET);
    let state = bucket_versioning(&server.client(), BUCKET).await.unwrap();
    assert_eq!(state, Versioning::Unknown);
    let Some((moto, _)) = versioned().await else {
        return;
    };
    let state = bucket_versioning(&moto.client(), BUCKET).await.unwrap();
    assert!(
        matches!(state, Versioning::Unknown | Versioning::Enabled),
        "{state:?}"
    );
}
