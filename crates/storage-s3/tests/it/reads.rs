//! Reads of objects that arrive incompletely, too late or not at all.

use crate::fixture::{BUCKET, chain, key, options};
use crate::scripted::{Script, ScriptedServer, object};
use std::time::Duration;
use storage::{ObjectRead as _, StoreError};
use storage_s3::{S3Options, S3Store};
use test_support::s3_server::client;

fn store(server: &ScriptedServer) -> S3Store {
    S3Store::new(client(&server.endpoint), BUCKET, options())
}

#[tokio::test]
async fn truncated_body_is_requested_again() {
    let server = ScriptedServer::start(vec![object(10, "01234"), object(10, "0123456789")]).await;
    let object = store(&server).get(&key("a"), 10).await.unwrap();
    assert_eq!(
        (object.bytes.as_ref(), object.version.0.as_str()),
        (&b"0123456789"[..], "\"e1\"")
    );
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn always_truncated_body_is_a_transient_error() {
    let server = ScriptedServer::start(vec![object(10, "01234")]).await;
    let error = store(&server).get(&key("a"), 10).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(server.connections(), options().attempts);
}

#[tokio::test]
async fn announced_size_over_the_limit_is_not_read() {
    // The body never arrives: a client that waits for it would fail with another error.
    let server = ScriptedServer::start(vec![object(11, "")]).await;
    match store(&server).get(&key("a"), 10).await.unwrap_err() {
        StoreError::TooLarge {
            size: 11,
            limit: 10,
            ..
        } => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn unannounced_body_is_cut_off_at_the_limit() {
    let body = "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nTransfer-Encoding: chunked\r\n\r\n\
                8\r\n01234567\r\n8\r\n01234567\r\n";
    let server = ScriptedServer::start(vec![Script::Send(body.into())]).await;
    match store(&server).get(&key("a"), 10).await.unwrap_err() {
        StoreError::TooLarge {
            size, limit: 10, ..
        } => assert!(size > 10),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn silent_server_times_out() {
    let server = ScriptedServer::start(vec![Script::Silence]).await;
    let options = S3Options {
        read_timeout: Duration::from_millis(30),
        attempts: 2,
        ..options()
    };
    let store = S3Store::new(client(&server.endpoint), BUCKET, options);
    let error = store.get(&key("a"), 10).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(
        chain(&error),
        "s3://story-boards: cannot read a: the object did not arrive within 30ms"
    );
}

#[tokio::test]
async fn stalled_body_times_out() {
    // The connection stays open after the first half of the body.
    let server = ScriptedServer::start(vec![Script::Stall(
        b"HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 10\r\n\r\n01234".to_vec(),
    )])
    .await;
    let options = S3Options {
        read_timeout: Duration::from_millis(30),
        attempts: 1,
        ..options()
    };
    let store = S3Store::new(client(&server.endpoint), BUCKET, options);
    assert!(store.get(&key("a"), 10).await.unwrap_err().is_transient());
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn response_without_an_etag_is_an_error() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx".to_vec();
    let server = ScriptedServer::start(vec![Script::Send(bytes)]).await;
    let error = store(&server).get(&key("a"), 10).await.unwrap_err();
    assert!(chain(&error).contains("no ETag"), "{}", chain(&error));
}

#[tokio::test]
async fn refused_connection_is_transient_and_says_so() {
    let server = ScriptedServer::start(vec![Script::Silence]).await;
    let endpoint = server.endpoint.clone();
    drop(server);
    // The listener is closed when its task ends, for which this task has to yield.
    tokio::task::yield_now().await;
    let store = S3Store::new(client(&endpoint), BUCKET, options());
    let error = store.head(&key("a")).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(
        chain(&error).to_lowercase().contains("connect"),
        "{}",
        chain(&error)
    );
}
