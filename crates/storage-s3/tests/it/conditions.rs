//! Conditional writes whose outcome is not plain.

use crate::fixture::{BUCKET, chain, key, options};
use crate::mock_server::{answer, count, done, refusal, server};
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
async fn conditions_go_out_as_headers() {
    let (server, store) = server().await;
    let once: fn() -> Times = || Times::from(1);
    let put = || Mock::given(method("PUT")).and(path(format!("/{BUCKET}/m.json")));
    let created = put()
        .and(header("if-none-match", "*"))
        .respond_with(done("\"e1\""));
    created.expect(once()).mount(&server).await;
    let updated = put()
        .and(header("if-match", "\"e1\""))
        .respond_with(done("\"e2\""));
    updated.expect(once()).mount(&server).await;

    let key = key("m.json");
    let version = store.put(&key, OURS, PutMode::Create).await.unwrap();
    assert_eq!(
        version,
        Version("\"e1\"".to_owned()),
        "the ETag verbatim, with its quotes"
    );
    let version = store
        .put(&key, OURS, PutMode::Update(version))
        .await
        .unwrap();
    assert_eq!(version, Version("\"e2\"".to_owned()));
}

#[tokio::test]
async fn a_failed_condition_is_a_conflict_at_once() {
    for (reply, mode) in [
        (refusal(412, "PreconditionFailed"), PutMode::Create),
        (refusal(412, "PreconditionFailed"), update("\"e1\"")),
        (refusal(404, "NoSuchKey"), update("\"e1\"")),
        (ResponseTemplate::new(304), PutMode::Create),
    ] {
        let (server, store) = server().await;
        answer(&server, "PUT", reply, u64::MAX).await;
        let error = store.put(&key("m"), OURS, mode.clone()).await.unwrap_err();
        assert_eq!(
            matches!(error, StoreError::AlreadyExists { .. }),
            mode == PutMode::Create
        );
        assert!(error.is_conflict(), "{error:?}");
        assert_eq!(
            server.received_requests().await.unwrap().len(),
            1,
            "no read, no second write"
        );
    }
}

#[tokio::test]
async fn a_write_that_was_done_and_not_heard_of_is_a_success() {
    for mode in [PutMode::Create, update("\"e1\"")] {
        let (server, store) = server().await;
        answer(&server, "PUT", refusal(500, "InternalError"), 1).await;
        answer(&server, "PUT", refusal(412, "PreconditionFailed"), 1).await;
        answer(&server, "GET", done("\"e9\"").set_body_bytes(OURS), 1).await;
        let version = store.put(&key("m"), OURS, mode).await.unwrap();
        assert_eq!(version, Version("\"e9\"".to_owned()));
    }
}

#[tokio::test]
async fn a_write_that_another_beat_while_it_was_not_heard_of_is_a_conflict() {
    for theirs in ["theirs", "theirs, and longer than ours is"] {
        let (server, store) = server().await;
        answer(&server, "PUT", refusal(500, "InternalError"), 1).await;
        answer(&server, "PUT", refusal(412, "PreconditionFailed"), 1).await;
        answer(&server, "GET", done("\"e9\"").set_body_string(theirs), 1).await;
        let error = store
            .put(&key("m"), OURS, update("\"e1\""))
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_conflict_with_another_write_in_progress_is_sent_again() {
    let (server, store) = server().await;
    answer(
        &server,
        "PUT",
        refusal(409, "ConditionalRequestConflict"),
        2,
    )
    .await;
    answer(&server, "PUT", done("\"e2\""), 1).await;
    let version = store.put(&key("m"), OURS, update("\"e1\"")).await.unwrap();
    assert_eq!(version, Version("\"e2\"".to_owned()));
    assert_eq!(count(&server, "PUT").await, 3);
}

#[tokio::test]
async fn endless_conflict_ends_by_what_is_there() {
    // The object is still in the version that was seen: try later. It is in another: it was lost.
    for (there, lost) in [("\"e1\"", false), ("\"e7\"", true)] {
        let (server, store) = server().await;
        answer(
            &server,
            "PUT",
            refusal(409, "ConditionalRequestConflict"),
            u64::MAX,
        )
        .await;
        let head = done(there).set_body_string("x");
        answer(&server, "HEAD", head, u64::MAX).await;
        let error = store
            .put(&key("m"), OURS, update("\"e1\""))
            .await
            .unwrap_err();
        assert_eq!(error.is_conflict(), lost, "{error:?}");
        assert_eq!(error.is_transient(), !lost, "{error:?}");
        assert_eq!(count(&server, "PUT").await, options().attempts);
    }
}

#[tokio::test]
async fn after_the_last_lost_answer_what_is_there_decides() {
    let (server, store) = server().await;
    answer(&server, "PUT", refusal(500, "InternalError"), u64::MAX).await;
    answer(
        &server,
        "GET",
        done("\"e9\"").set_body_bytes(OURS),
        u64::MAX,
    )
    .await;
    let version = store.put(&key("m"), OURS, PutMode::Create).await.unwrap();
    assert_eq!(version, Version("\"e9\"".to_owned()));

    let (server, store) = self::server().await;
    answer(&server, "PUT", refusal(500, "InternalError"), u64::MAX).await;
    answer(&server, "GET", refusal(404, "NoSuchKey"), u64::MAX).await;
    answer(&server, "HEAD", ResponseTemplate::new(404), u64::MAX).await;
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
async fn a_read_that_fails_leaves_the_outcome_open() {
    let (server, store) = server().await;
    answer(&server, "PUT", refusal(500, "InternalError"), 1).await;
    answer(&server, "PUT", refusal(412, "PreconditionFailed"), 1).await;
    answer(&server, "GET", refusal(503, "SlowDown"), u64::MAX).await;
    let error = store
        .put(&key("m"), OURS, PutMode::Create)
        .await
        .unwrap_err();
    assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
}

/// A source and, after the copy, the copy.
async fn copy_heads(server: &MockServer, copy_size: usize) {
    let source = format!("/{BUCKET}/a b+%C3%BC.png");
    let head = |size: usize| done("\"e1\"").set_body_bytes(vec![0; size]);
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
async fn a_copy_names_its_source_and_its_conditions() {
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
async fn a_copy_of_another_size_is_an_error() {
    let (server, store) = server().await;
    copy_heads(&server, 9).await;
    answer(&server, "PUT", copied(), 1).await;
    let error = copy(&store).await.unwrap_err();
    assert!(
        chain(&error).ends_with("the copy has 9 bytes, its source 10"),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn a_copy_that_says_200_and_failed_is_sent_again() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    let error = "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
    let reply = ResponseTemplate::new(200).set_body_raw(error, "application/xml");
    answer(&server, "PUT", reply, 1).await;
    answer(&server, "PUT", copied(), 1).await;
    copy(&store).await.unwrap();
    assert_eq!(count(&server, "PUT").await, 2);
}

#[tokio::test]
async fn a_copy_that_was_done_and_not_heard_of_is_a_success() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    answer(&server, "PUT", refusal(500, "InternalError"), 1).await;
    answer(&server, "PUT", refusal(412, "PreconditionFailed"), 1).await;
    answer(
        &server,
        "GET",
        done("\"e1\"").set_body_bytes(vec![0; 10]),
        2,
    )
    .await;
    copy(&store).await.unwrap();
}

#[tokio::test]
async fn a_copy_that_another_beat_is_a_conflict() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    answer(&server, "PUT", refusal(412, "PreconditionFailed"), 1).await;
    let error = copy(&store).await.unwrap_err();
    assert!(
        matches!(error, StoreError::AlreadyExists { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_without_conditional_copies_is_asked_for_a_plain_one() {
    let (server, store) = server().await;
    copy_heads(&server, 10).await;
    Mock::given(method("PUT"))
        .and(header_exists("if-none-match"))
        .respond_with(refusal(501, "NotImplemented"))
        .mount(&server)
        .await;
    answer(&server, "PUT", copied(), 1).await;
    copy(&store).await.unwrap();
}

#[tokio::test]
async fn a_copy_in_a_moments_trouble_is_sent_again() {
    for trouble in [
        refusal(503, "SlowDown"),
        refusal(409, "ConditionalRequestConflict"),
    ] {
        let (server, store) = server().await;
        copy_heads(&server, 10).await;
        answer(&server, "PUT", trouble, 2).await;
        answer(&server, "PUT", copied(), 1).await;
        copy(&store).await.unwrap();
        assert_eq!(count(&server, "PUT").await, 3);
    }
}

#[tokio::test]
async fn a_copy_in_lasting_trouble_is_worth_another_try_later() {
    for (trouble, status) in [
        (refusal(503, "SlowDown"), "503"),
        (refusal(409, "ConditionalRequestConflict"), "409"),
    ] {
        let (server, store) = server().await;
        copy_heads(&server, 10).await;
        answer(&server, "PUT", trouble, u64::MAX).await;
        let error = copy(&store).await.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        assert!(chain(&error).contains(status), "{}", chain(&error));
        assert_eq!(count(&server, "PUT").await, options().attempts);
    }
}

#[tokio::test]
async fn a_write_in_a_moments_overload_is_sent_again() {
    for mode in [PutMode::Create, update("\"e1\"")] {
        let (server, store) = server().await;
        answer(&server, "PUT", refusal(503, "SlowDown"), 2).await;
        answer(&server, "PUT", done("\"e2\""), 1).await;
        let version = store.put(&key("m"), OURS, mode).await.unwrap();
        assert_eq!(version, Version("\"e2\"".to_owned()));
        assert_eq!(count(&server, "PUT").await, 3);
    }
}
