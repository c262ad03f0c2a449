//! Servers that do not honour conditions are found out.

use crate::fixture::{BUCKET, key, options};
use crate::mock_server::{count, done, refusal, server};
use storage::{Guards, ObjectRead as _, StoreError, probe_guards};
use storage_s3::S3Store;
use test_support::s3_server::{self, moto};
use wiremock::matchers::{any, header_exists, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A server that does whatever it is asked, whatever the condition.
async fn obey(server: &MockServer) {
    for (verb, reply) in [
        ("PUT", done("\"e1\"")),
        ("HEAD", done("\"e1\"").set_body_string("x")),
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
async fn a_server_that_ignores_conditions_guards_nothing() {
    let (server, store) = server().await;
    obey(&server).await;
    let none = Guards {
        create: false,
        update: false,
    };
    assert_eq!(probe(&store).await.unwrap(), none);
    assert_eq!(count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn a_server_that_knows_no_conditions_guards_nothing() {
    let (server, store) = server().await;
    for condition in ["if-none-match", "if-match"] {
        Mock::given(method("PUT"))
            .and(header_exists(condition))
            .respond_with(refusal(501, "NotImplemented"))
            .expect(1)
            .mount(&server)
            .await;
    }
    obey(&server).await;
    let guards = probe(&store).await.unwrap();
    assert!(!guards.create && !guards.update, "{guards:?}");
    assert_eq!(count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn a_server_that_knows_one_condition_guards_that_one() {
    let (server, store) = server().await;
    Mock::given(method("PUT"))
        .and(header_exists("if-none-match"))
        .respond_with(refusal(412, "PreconditionFailed"))
        .mount(&server)
        .await;
    obey(&server).await;
    let guards = probe(&store).await.unwrap();
    assert!(guards.create && !guards.update, "{guards:?}");
}

#[tokio::test]
async fn overload_and_a_lack_of_rights_say_nothing_about_guards() {
    for (status, code) in [(503, "SlowDown"), (403, "AccessDenied")] {
        let (server, store) = server().await;
        let refuse = Mock::given(any()).respond_with(refusal(status, code));
        refuse.mount(&server).await;
        let error = probe(&store).await.unwrap_err();
        assert!(
            error.is_transient() || matches!(error, StoreError::Denied { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn servers_that_honour_conditions_are_known_as_such() {
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
