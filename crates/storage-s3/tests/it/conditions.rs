//! Conditional writes and copies with an unclear outcome.

use crate::fixture::{BUCKET, chain, key, options};
use crate::mock_server::{error_response, ok_with_etag, request_count, respond, server};
use bytes::Bytes;
use storage::{ObjectStore as _, PutMode, StoreError, Version};
use storage_s3::S3Store;
use wiremock::matchers::{header, header_exists, headers, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate, Times};

const OURS: Bytes = Bytes::from_static(b"{\"ours\":1}");

fn update(etag: &str) -> PutMode {
    PutMode::Update(Version(etag.to_owned()))
}

#[tokio::test]
async fn conditions_are_sent_as_headers() {
    let (server, store) = server().await;
    let once: fn() -> Times = || Times::from(1);
    let put = || Mock::given(method("PUT")).and(path(format!("/{BUCKET}/m.json")));
    let created = put()
        .and(header("if-none-match", "*"))
        .respond_with(ok_with_etag("\"e1\""));
    created.expect(once()).mount(&server).await;
    let updated = put()
        .and(header("if-match", "\"e1\""))
        .respond_with(ok_with_etag("\"e2\""));
    updated.expect(once()).mount(&server).await;

    let key = key("m.json");
    let version = store.put(&key, OURS, PutMode::Create).await.unwrap();
    assert_eq!(
        version,
        Version("\"e1\"".to_owned()),
        "the version is the ETag verbatim, with its quotes"
    );
    let version = store
        .put(&key, OURS, PutMode::Update(version))
        .await
        .unwrap();
    assert_eq!(version, Version("\"e2\"".to_owned()));
}

#[tokio::test]
async fn failed_condition_is_a_conflict_without_a_retry() {
    for (reply, mode) in [
        (error_response(412, "PreconditionFailed"), PutMode::Create),
        (error_response(412, "PreconditionFailed"), update("\"e1\"")),
        (error_response(404, "NoSuchKey"), update("\"e1\"")),
        (ResponseTemplate::new(304), PutMode::Create),
    ] {
        let (server, store) = server().await;
        respond(&server, "PUT", reply, u64::MAX).await;
        let error = store.put(&key("m"), OURS, mode.clone()).await.unwrap_err();
        assert_eq!(
            matches!(error, StoreError::AlreadyExists { .. }),
            mode == PutMode::Create
        );
        assert!(error.is_conflict(), "{error:?}");
        assert_eq!(
            server.received_requests().await.unwrap().len(),
            1,
            "neither a read nor a second write"
        );
    }
}

#[tokio::test]
async fn write_that_was_applied_unnoticed_succeeds() {
    for mode in [PutMode::Create, update("\"e1\"")] {
        let (server, store) = server().await;
        respond(&server, "PUT", error_response(500, "InternalError"), 1).await;
        respond(&server, "PUT", error_response(412, "PreconditionFailed"), 1).await;
        respond(
            &server,
            "GET",
            ok_with_etag("\"e9\"").set_body_bytes(OURS),
            1,
        )
        .await;
        let version = store.put(&key("m"), OURS, mode).await.unwrap();
        assert_eq!(version, Version("\"e9\"".to_owned()));
    }
}

#[tokio::test]
async fn write_overtaken_after_a_lost_response_is_a_conflict() {
    for theirs in ["theirs", "theirs, and longer than ours is"] {
        let (server, store) = server().await;
        respond(&server, "PUT", error_response(500, "InternalError"), 1).await;
        respond(&server, "PUT", error_response(412, "PreconditionFailed"), 1).await;
        respond(
            &server,
            "GET",
            ok_with_etag("\"e9\"").set_body_string(theirs),
            1,
        )
        .await;
        let error = store
            .put(&key("m"), OURS, update("\"e1\""))
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn write_is_retried_while_another_is_in_progress() {
    let (server, store) = server().await;
    respond(
        &server,
        "PUT",
        error_response(409, "ConditionalRequestConflict"),
        2,
    )
    .await;
    respond(&server, "PUT", ok_with_etag("\"e2\""), 1).await;
    let version = store.put(&key("m"), OURS, update("\"e1\"")).await.unwrap();
    assert_eq!(version, Version("\"e2\"".to_owned()));
    assert_eq!(request_count(&server, "PUT").await, 3);
}

#[tokio::test]
async fn stored_version_decides_an_endless_conflict() {
    // The object still has the expected version: a retry may succeed. It has another: a conflict.
    for (etag, is_conflict) in [("\"e1\"", false), ("\"e7\"", true)] {
        let (server, store) = server().await;
        respond(
            &server,
            "PUT",
            error_response(409, "ConditionalRequestConflict"),
            u64::MAX,
        )
        .await;
        let head = ok_with_etag(etag).set_body_string("x");
        respond(&server, "HEAD", head, u64::MAX).await;
        let error = store
            .put(&key("m"), OURS, update("\"e1\""))
            .await
            .unwrap_err();
        assert_eq!(error.is_conflict(), is_conflict, "{error:?}");
        assert_eq!(error.is_transient(), !is_conflict, "{error:?}");
        assert_eq!(request_count(&server, "PUT").await, options().attempts);
    }
}

#[tokio::test]
async fn stored_content_decides_after_the_last_lost_response() {
    let (server, store) = server().await;
    respond(
        &server,
        "PUT",
        error_response(500, "InternalError"),
        u64::MAX,
    )
    .await;
    respond(
        &server,
        "GET",
        ok_with_etag("\"e9\"").set_body_bytes(OURS),
        u64::MAX,
    )
    .await;
    let version = store.put(&key("m"), OURS, PutMode::Create).await.unwrap();
    assert_eq!(version, Version("\"e9\"".to_owned()));

    let (server, store) = self::server().await;
    respond(
        &server,
        "PUT",
        error_response(500, "InternalError"),
        u64::MAX,
    )
    .await;
    respond(&server, "GET", error_response(404, "NoSuchKey"), u64::MAX).await;
    respond(&server, "HEAD", ResponseTemplate::new(404), u64::MAX).await;
    let error = store
        .put(&key("m"), OURS, PutMode::Create)
        .await
        .unwrap_err();
    assert!(
        error.is_transient() && chain(&error).contains("500"),
        "{error:?}"
    );
}

#[tokio::test]
async fn failed_read_leaves_the_outcome_transient() {
    let (server, store) = server().await;
    respond(&server, "PUT", error_response(500, "InternalError"), 1).await;
    respond(&server, "PUT", error_response(412, "PreconditionFailed"), 1).await;
    respond(&server, "GET", error_response(503, "SlowDown"), u64::MAX).await;
    let error = store
        .put(&key("m"), OURS, PutMode::Create)
        .await
        .unwrap_err();
    assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
}

/// Responds to HEAD requests for the source of a copy (10 bytes) and, from the second request on,
/// for the copy (`copy_size` bytes).
async fn copy_heads(server: &MockServer, copy_size: usize) {
    let source = format!("/{BUCKET}/a b+%C3%BC.png");
    let head = |size: usize| ok_with_etag("\"e1\"").set_body_bytes(vec![0; size]);
    Mock::given(method("HEAD"))
        .and(path(source.replace(' ', "%20").replace('+', "%2B")))
        .respond_with(head(10))
        .mount(server)
        .await;
    let to = || Mock::given(method("HEAD")).and(path(format!("/{BUCKET}/trash/a")));
    to().respond_with(ResponseTemplate::new(404))
        .up_to_n_times(1)
        .mount(server)
        .await;
    to().respond_with(head(copy_size)).mount(server).await;
}

fn copied() -> ResponseTemplate {
    let body = "<CopyObjectResult><ETag>\"e1\"</ETag></CopyObjectResult>";
    ResponseTemplate::new(200).set_body_raw(body, "application/xml")
}

async fn copy(store: &S3Store) -> Result<Version, StoreError> {
    store.copy(&key("a b+ü.png"), &key("trash/a")).await
}

#[tokio::test]
async fn copy_request_names_its_source_and_conditions() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    Mock::given(method("PUT"))
        .and(path(format!("/{BUCKET}/trash/a")))
        .and(header(
            "x-amz-copy-source",
            format!("{BUCKET}/a%20b%2B%C3%BC.png").as_str(),
        ))
        .and(headers("x-amz-copy-source-if-match", vec!["\"e1\""]))
        .and(header("if-none-match", "*"))
        .respond_with(copied())
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(copy(&store).await.unwrap(), Version("\"e1\"".to_owned()));
}

#[tokio::test]
async fn copy_with_another_size_is_an_error() {
    let (server, store) = server().await;
    copy_heads(&server, 9).await;
    respond(&server, "PUT", copied(), 1).await;
    let error = copy(&store).await.unwrap_err();
    assert!(
        chain(&error).ends_with("the copy has 9 bytes, but its source has 10"),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn copy_with_status_200_and_an_error_body_is_retried() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    let error = "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
    let reply = ResponseTemplate::new(200).set_body_raw(error, "application/xml");
    respond(&server, "PUT", reply, 1).await;
    respond(&server, "PUT", copied(), 1).await;
    copy(&store).await.unwrap();
    assert_eq!(request_count(&server, "PUT").await, 2);
}

#[tokio::test]
async fn copy_that_was_applied_unnoticed_succeeds() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    respond(&server, "PUT", error_response(500, "InternalError"), 1).await;
    respond(&server, "PUT", error_response(412, "PreconditionFailed"), 1).await;
    respond(
        &server,
        "GET",
        ok_with_etag("\"e1\"").set_body_bytes(vec![0; 10]),
        2,
    )
    .await;
    copy(&store).await.unwrap();
}

#[tokio::test]
async fn copy_overtaken_by_another_write_is_a_conflict() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    respond(&server, "PUT", error_response(412, "PreconditionFailed"), 1).await;
    let error = copy(&store).await.unwrap_err();
    assert!(
        matches!(error, StoreError::AlreadyExists { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn unsupported_conditional_copy_falls_back_to_plain() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    Mock::given(method("PUT"))
        .and(header_exists("if-none-match"))
        .respond_with(error_response(501, "NotImplemented"))
        .mount(&server)
        .await;
    respond(&server, "PUT", copied(), 1).await;
    copy(&store).await.unwrap();
}

#[tokio::test]
async fn copy_is_retried_after_brief_trouble() {
    for trouble in [
        error_response(503, "SlowDown"),
        error_response(409, "ConditionalRequestConflict"),
    ] {
        let (server, store) = server().await;
        copy_heads(&server, 10).await;
        respond(&server, "PUT", trouble, 2).await;
        respond(&server, "PUT", copied(), 1).await;
        copy(&store).await.unwrap();
        assert_eq!(request_count(&server, "PUT").await, 3);
    }
}

#[tokio::test]
async fn copy_in_lasting_trouble_is_a_transient_error() {
    for (trouble, status) in [
        (error_response(503, "SlowDown"), "503"),
        (error_response(409, "ConditionalRequestConflict"), "409"),
    ] {
        let (server, store) = server().await;
        copy_heads(&server, 10).await;
        respond(&server, "PUT", trouble, u64::MAX).await;
        let error = copy(&store).await.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        assert!(chain(&error).contains(status), "{}", chain(&error));
        assert_eq!(request_count(&server, "PUT").await, options().attempts);
    }
}

#[tokio::test]
async fn write_is_retried_after_brief_overload() {
    for mode in [PutMode::Create, update("\"e1\"")] {
        let (server, store) = server().await;
        respond(&server, "PUT", error_response(503, "SlowDown"), 2).await;
        respond(&server, "PUT", ok_with_etag("\"e2\""), 1).await;
        let version = store.put(&key("m"), OURS, mode).await.unwrap();
        assert_eq!(version, Version("\"e2\"".to_owned()));
        assert_eq!(request_count(&server, "PUT").await, 3);
    }
}
