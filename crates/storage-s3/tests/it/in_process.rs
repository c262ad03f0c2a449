//! Tests on an s3s server in this process, over real HTTP. `test-support` adds atomic conditions to
//! it; versioning is tested elsewhere.

use crate::fixture::{BUCKET, chain, key, options};
use bytes::Bytes;
use std::sync::Arc;
use storage::{ObjectRead as _, ObjectStore as _, PutMode, StoreError, conformance};
use storage_s3::{S3Options, S3Store, bucket_region};
use test_support::s3_server::{self, S3Server};

async fn server() -> (S3Server, S3Store) {
    let server = s3_server::start().await;
    server.create_bucket(BUCKET);
    let store = S3Store::new(server.client(), BUCKET, options());
    (server, store)
}

#[tokio::test]
async fn s3s_store_passes_the_conformance_suite() {
    let (_server, store) = server().await;
    conformance::all(Arc::new(store)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_have_one_winner() {
    let (_server, store) = server().await;
    conformance::races(Arc::new(store)).await;
}

#[tokio::test]
async fn bucket_folder_passes_the_conformance_suite() {
    let (_server, store) = server().await;
    let store = storage::Prefixed::new(store, "data/actors").unwrap();
    assert_eq!(store.to_string(), format!("s3://{BUCKET}/data/actors"));
    conformance::all(Arc::new(store)).await;
}

#[tokio::test]
async fn listings_combine_pages_of_any_size() {
    let (server, store) = server().await;
    for number in 0..7 {
        let key = key(&format!("many/{number}/{number}.png"));
        store
            .put(&key, Bytes::new(), PutMode::Create)
            .await
            .unwrap();
    }
    let default = S3Store::new(server.client(), BUCKET, S3Options::default());
    for store in [store, default] {
        assert_eq!(store.list("many").await.unwrap().len(), 7);
        assert_eq!(store.list_folders("many").await.unwrap().len(), 7);
    }
}

#[tokio::test]
async fn objects_have_the_media_type_of_their_name() {
    let (server, store) = server().await;
    for (name, expected) in [
        ("a.png", "image/png"),
        ("manifest.json", "application/json"),
    ] {
        store
            .put(&key(name), Bytes::from_static(b"x"), PutMode::Create)
            .await
            .unwrap();
        store
            .copy(&key(name), &key(&format!("trash/{name}")))
            .await
            .unwrap();
        for key in [name, &format!("trash/{name}")] {
            let head = server
                .client()
                .head_object()
                .bucket(BUCKET)
                .key(key)
                .send()
                .await
                .unwrap();
            assert_eq!(head.content_type(), Some(expected), "{key}");
        }
    }
}

#[tokio::test]
async fn missing_bucket_is_an_error_that_names_it() {
    let (server, _) = server().await;
    let store = S3Store::new(server.client(), "no-such-bucket", options());
    let errors = [
        store.list("a").await.unwrap_err(),
        store.list_folders("").await.unwrap_err(),
        store.get(&key("a"), 9).await.unwrap_err(),
        store
            .put(&key("a"), Bytes::new(), PutMode::Overwrite)
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(
                error,
                StoreError::Failed {
                    transient: false,
                    ..
                }
            ),
            "{error:?}"
        );
        let text = chain(&error);
        assert!(
            text.contains("s3://no-such-bucket") && text.contains("NoSuchBucket"),
            "{text}"
        );
    }
    assert!(
        bucket_region(&server.client(), "no-such-bucket")
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn server_without_regions_returns_none() {
    let (server, _) = server().await;
    assert_eq!(bucket_region(&server.client(), BUCKET).await.unwrap(), None);
}
