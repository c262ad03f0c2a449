//! The probe for conditional writes, on servers that honour them and on servers that do not.

use crate::fixture::{BUCKET, key, options};
use crate::mock_server::{error_response, ok_with_etag, request_count, server};
use storage::{Guards, ObjectRead as _, StoreError, probe_guards};
use storage_s3::S3Store;
use test_support::s3_server::{self, moto};
use wiremock::matchers::{any, header_exists, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Makes a server that ignores all conditions.
async fn ignore_conditions(server: &MockServer) {
    for (verb, reply) in [
        ("PUT", ok_with_etag("\"e1\"")),
        ("HEAD", ok_with_etag("\"e1\"").set_body_string("x")),
        ("DELETE", ResponseTemplate::new(204)),
    ] {
        let mock = Mock::given(method(verb)).respond_with(reply);
        mock.mount(server).await;
    }
}

async fn probe(store: &S3Store) -> Result<Guards, StoreError> {
    probe_guards(store, &key("scratch/probe")).await
}

#[tokio::test]
async fn server_that_ignores_conditions_guards_nothing() {
    let (server, store) = server().await;
    ignore_conditions(&server).await;
    let none = Guards {
        create: false,
        update: false,
    };
    assert_eq!(probe(&store).await.unwrap(), none);
    assert_eq!(request_count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn server_without_conditions_guards_nothing() {
    let (server, store) = server().await;
    for condition in ["if-none-match", "if-match"] {
        Mock::given(method("PUT"))
            .and(header_exists(condition))
            .respond_with(error_response(501, "NotImplemented"))
            .expect(1)
            .mount(&server)
            .await;
    }
    ignore_conditions(&server).await;
    let guards = probe(&store).await.unwrap();
    assert!(!guards.create && !guards.update, "{guards:?}");
    assert_eq!(request_count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn server_with_one_condition_guards_that_one() {
    let (server, store) = server().await;
    Mock::given(method("PUT"))
        .and(header_exists("if-none-match"))
        .respond_with(error_response(412, "PreconditionFailed"))
        .mount(&server)
        .await;
    ignore_conditions(&server).await;
    let guards = probe(&store).await.unwrap();
    assert!(guards.create && !guards.update, "{guards:?}");
}

#[tokio::test]
async fn overload_and_missing_permissions_fail_the_probe() {
    for (status, code) in [(503, "SlowDown"), (403, "AccessDenied")] {
        let (server, store) = server().await;
        let refuse = Mock::given(any()).respond_with(error_response(status, code));
        refuse.mount(&server).await;
        let error = probe(&store).await.unwrap_err();
        assert!(
            error.is_transient() || matches!(error, StoreError::Denied { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn real_servers_honour_all_conditions() {
    let server = s3_server::start().await;
    server.create_bucket(BUCKET);
    let mut stores = vec![S3Store::new(server.client(), BUCKET, options())];
    let moto = moto::start().await;
    if let Some(moto) = &moto {
        moto.create_bucket(BUCKET).await;
        stores.push(S3Store::new(moto.client(), BUCKET, options()));
    }
    for store in stores {
        assert!(probe(&store).await.unwrap().all());
        assert!(store.list("").await.unwrap().is_empty());
    }
}
