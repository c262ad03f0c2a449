//! Error responses of a server.

use crate::fixture::{BUCKET, chain, key, options};
use crate::mock_server::error_response;
use bytes::Bytes;
use storage::{Condition, ObjectRead as _, ObjectStore as _, PutMode, StoreError};
use storage_s3::{S3Store, bucket_region};
use test_support::s3_server::client;
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn server_responding(response: ResponseTemplate) -> (MockServer, S3Store) {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(response)
        .mount(&server)
        .await;
    let store = S3Store::new(client(&server.uri()), BUCKET, options());
    (server, store)
}

/// The error of each operation.
async fn errors(store: &S3Store) -> Vec<StoreError> {
    let key = key("a.png");
    let version = storage::Version("\"e1\"".to_owned());
    vec![
        store.get(&key, 9).await.unwrap_err(),
        store.head(&key).await.unwrap_err(),
        store.list("p").await.unwrap_err(),
        store.list_folders("p").await.unwrap_err(),
        store
            .put(&key, Bytes::new(), PutMode::Overwrite)
            .await
            .unwrap_err(),
        store
            .put(&key, Bytes::new(), PutMode::Create)
            .await
            .unwrap_err(),
        store
            .put(&key, Bytes::new(), PutMode::Update(version.clone()))
            .await
            .unwrap_err(),
        store
            .copy(&key, &crate::fixture::key("b"))
            .await
            .unwrap_err(),
        store.delete(&key, Condition::Always).await.unwrap_err(),
        store
            .delete(&key, Condition::IfVersion(version))
            .await
            .unwrap_err(),
    ]
}

#[tokio::test]
async fn missing_permissions_deny_all_calls_without_a_retry() {
    for (status, code) in [(403, "AccessDenied"), (401, "Unauthorized")] {
        let (server, store) = server_responding(error_response(status, code)).await;
        let errors = errors(&store).await;
        for error in &errors {
            assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
        }
        assert_eq!(
            server.received_requests().await.unwrap().len(),
            errors.len()
        );
    }
}

#[tokio::test]
async fn expired_credentials_are_denied_despite_status_400() {
    let (_server, store) = server_responding(error_response(400, "ExpiredToken")).await;
    let error = store.get(&key("a.png"), 9).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    assert_eq!(
        chain(&error),
        "s3://story-boards: not allowed to read a.png: check the credentials and their \
         permissions: S3 returned 400 ExpiredToken: About ExpiredToken. (request R1)"
    );
}

#[tokio::test]
async fn wrong_region_is_named_by_every_operation() {
    for status in [301, 400] {
        let response = error_response(status, "PermanentRedirect")
            .insert_header("x-amz-bucket-region", "eu-central-1");
        let (server, store) = server_responding(response).await;
        let errors = errors(&store).await;
        for error in &errors {
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
            let text = chain(error);
            assert!(
                text.contains("in region eu-central-1") && text.contains("set to us-west-1"),
                "{text}"
            );
        }
        assert_eq!(
            server.received_requests().await.unwrap().len(),
            errors.len()
        );
    }
}

#[tokio::test]
async fn denial_in_the_right_region_is_not_a_wrong_region() {
    let response =
        error_response(403, "AccessDenied").insert_header("x-amz-bucket-region", "us-west-1");
    let (_server, store) = server_responding(response).await;
    let error = store.get(&key("a"), 9).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
}

#[tokio::test]
async fn bucket_region_is_read_from_error_responses_too() {
    for status in [200, 301, 400, 403] {
        let response =
            ResponseTemplate::new(status).insert_header("x-amz-bucket-region", "eu-central-1");
        let (server, _) = server_responding(response).await;
        let region = bucket_region(&client(&server.uri()), BUCKET).await.unwrap();
        assert_eq!(region.as_deref(), Some("eu-central-1"), "{status}");
    }
    let (server, _) = server_responding(ResponseTemplate::new(403)).await;
    let error = bucket_region(&client(&server.uri()), BUCKET)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
}

#[tokio::test]
async fn read_is_retried_after_brief_overload() {
    let server = MockServer::start().await;
    let overload = error_response(503, "SlowDown");
    Mock::given(method("GET"))
        .respond_with(overload)
        .up_to_n_times(2)
        .mount(&server)
        .await;
    let object = ResponseTemplate::new(200)
        .insert_header("ETag", "\"e1\"")
        .set_body_string("x");
    Mock::given(method("GET"))
        .respond_with(object)
        .mount(&server)
        .await;
    let store = S3Store::new(client(&server.uri()), BUCKET, options());
    assert_eq!(store.get(&key("a"), 9).await.unwrap().bytes, "x");
}

#[tokio::test]
async fn lasting_overload_is_transient_for_every_operation() {
    let (_server, store) = server_responding(error_response(503, "SlowDown")).await;
    for error in errors(&store).await {
        assert!(error.is_transient(), "{error:?}");
        assert!(chain(&error).contains("503"), "{}", chain(&error));
    }
}

#[tokio::test]
async fn proxy_error_page_is_an_error_with_its_status() {
    let page = ResponseTemplate::new(502).set_body_raw("<html>Bad gateway</html>", "text/html");
    let (_server, store) = server_responding(page).await;
    let error = store.list("p").await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(chain(&error).contains("502"), "{}", chain(&error));
}

#[tokio::test]
async fn missing_credentials_are_denied_with_their_cause() {
    let server = MockServer::start().await;
    let client = {
        #[derive(Debug)]
        struct NoCredentials;
        impl aws_sdk_s3::config::ProvideCredentials for NoCredentials {
            fn provide_credentials<'a>(
                &'a self,
            ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                use aws_credential_types::provider::error::CredentialsError;
                use aws_credential_types::provider::future::ProvideCredentials;
                ProvideCredentials::ready(Err(CredentialsError::not_loaded("no keys are set")))
            }
        }
        let config = client(&server.uri())
            .config()
            .to_builder()
            .credentials_provider(NoCredentials);
        aws_sdk_s3::Client::from_conf(config.build())
    };
    let store = S3Store::new(client, BUCKET, options());
    for error in [
        store.get(&key("a"), 9).await.unwrap_err(),
        store
            .put(&key("a"), Bytes::new(), PutMode::Create)
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
        assert!(
            chain(&error).contains("no keys are set"),
            "{}",
            chain(&error)
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
