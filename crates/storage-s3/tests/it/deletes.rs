//! Deletes and undeletes, above all with an unclear outcome.

use crate::fixture::{BUCKET, chain, key, options};
use crate::mock_server::{error_response, ok_with_etag, request_count, respond, server};
use storage::{Condition, Deleted, Marker, ObjectStore as _, StoreError, Version};
use storage_s3::S3Store;
use wiremock::matchers::{header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn head_ok(etag: &str) -> ResponseTemplate {
    ok_with_etag(etag).set_body_string("x")
}

async fn delete(store: &S3Store) -> Result<Deleted, StoreError> {
    store
        .delete(
            &key("a"),
            Condition::IfVersion(Version("\"e1\"".to_owned())),
        )
        .await
}

#[tokio::test]
async fn conditional_delete_checks_and_sends_its_condition() {
    let (server, store) = server().await;
    respond(&server, "HEAD", head_ok("\"e1\""), 1).await;
    Mock::given(method("DELETE"))
        .and(header("if-match", "\"e1\""))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    delete(&store).await.unwrap();

    let (server, store) = self::server().await;
    respond(&server, "HEAD", head_ok("\"e2\""), 1).await;
    assert!(matches!(
        delete(&store).await.unwrap_err(),
        StoreError::Changed { .. }
    ));
    assert_eq!(request_count(&server, "DELETE").await, 0);
}

#[tokio::test]
async fn delete_overtaken_by_another_writer_checks_again() {
    // The object is missing: the delete succeeds. It has another version: a conflict.
    for (second_look, deleted) in [
        (ResponseTemplate::new(404), true),
        (head_ok("\"e2\""), false),
    ] {
        let (server, store) = server().await;
        respond(&server, "HEAD", head_ok("\"e1\""), 1).await;
        respond(&server, "HEAD", second_look, 1).await;
        respond(
            &server,
            "DELETE",
            error_response(412, "PreconditionFailed"),
            1,
        )
        .await;
        match delete(&store).await {
            Ok(result) => assert!(deleted && result == Deleted::default()),
            Err(error) => assert!(!deleted && error.is_conflict(), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn unsupported_conditional_delete_falls_back_to_plain() {
    let (server, store) = server().await;
    respond(&server, "HEAD", head_ok("\"e1\""), 1).await;
    Mock::given(method("DELETE"))
        .and(header_exists("if-match"))
        .respond_with(error_response(501, "NotImplemented"))
        .mount(&server)
        .await;
    respond(&server, "DELETE", ResponseTemplate::new(204), 1).await;
    delete(&store).await.unwrap();
    assert_eq!(request_count(&server, "DELETE").await, 2);
}

/// A response to a DELETE or HEAD request that names the delete marker.
fn marker_response(status: u16, marker: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .insert_header("x-amz-delete-marker", "true")
        .insert_header("x-amz-version-id", marker)
}

fn with_marker(marker: &str) -> Deleted {
    Deleted {
        marker: Some(Marker(marker.to_owned())),
    }
}

#[tokio::test]
async fn delete_returns_the_marker_it_creates() {
    for condition in [
        Condition::Always,
        Condition::IfVersion(Version("\"e1\"".to_owned())),
    ] {
        let (server, store) = server().await;
        respond(&server, "HEAD", head_ok("\"e1\""), 1).await;
        respond(&server, "DELETE", marker_response(204, "m1"), 1).await;
        let deleted = store.delete(&key("a"), condition).await.unwrap();
        assert_eq!(deleted, with_marker("m1"));
    }
}

#[tokio::test]
async fn response_without_its_own_marker_returns_none() {
    let version = ResponseTemplate::new(204).insert_header("x-amz-version-id", "v1");
    // "null" does not identify one marker for good.
    for reply in [
        ResponseTemplate::new(204),
        version,
        marker_response(204, "null"),
    ] {
        let (server, store) = server().await;
        respond(&server, "HEAD", head_ok("\"e1\""), 1).await;
        respond(&server, "DELETE", reply, 1).await;
        assert_eq!(delete(&store).await.unwrap(), Deleted::default());
    }
}

#[tokio::test]
async fn missing_object_is_not_deleted_again() {
    for missing in [ResponseTemplate::new(404), marker_response(404, "m1")] {
        let (server, store) = server().await;
        respond(&server, "HEAD", missing, u64::MAX).await;
        assert_eq!(delete(&store).await.unwrap(), Deleted::default());
        let deleted = store.delete(&key("a"), Condition::Always).await.unwrap();
        assert_eq!(deleted, Deleted::default());
        assert_eq!(
            request_count(&server, "DELETE").await,
            0,
            "no second delete marker"
        );
    }
}

#[tokio::test]
async fn delete_applied_unnoticed_returns_its_only_marker() {
    let (server, store) = server().await;
    respond(&server, "HEAD", head_ok("\"e1\""), 1).await;
    respond(&server, "HEAD", marker_response(404, "m1"), 1).await;
    respond(&server, "DELETE", error_response(500, "InternalError"), 1).await;
    assert_eq!(delete(&store).await.unwrap(), with_marker("m1"));
    assert_eq!(request_count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn delete_is_retried_after_brief_trouble() {
    for trouble in [
        error_response(503, "SlowDown"),
        error_response(409, "ConditionalRequestConflict"),
        error_response(412, "PreconditionFailed"),
    ] {
        let (server, store) = server().await;
        respond(&server, "HEAD", head_ok("\"e1\""), u64::MAX).await;
        respond(&server, "DELETE", trouble, 2).await;
        respond(&server, "DELETE", ResponseTemplate::new(204), 1).await;
        delete(&store).await.unwrap();
        assert_eq!(request_count(&server, "DELETE").await, 3);
    }
}

#[tokio::test]
async fn delete_in_lasting_trouble_is_a_transient_error() {
    for (trouble, status) in [
        (error_response(503, "SlowDown"), "503"),
        (error_response(409, "ConditionalRequestConflict"), "409"),
    ] {
        for condition in [
            Condition::Always,
            Condition::IfVersion(Version("\"e1\"".to_owned())),
        ] {
            let (server, store) = server().await;
            respond(&server, "HEAD", head_ok("\"e1\""), u64::MAX).await;
            respond(&server, "DELETE", trouble.clone(), u64::MAX).await;
            let error = store.delete(&key("a"), condition).await.unwrap_err();
            assert!(error.is_transient(), "{error:?}");
            assert!(chain(&error).contains(status), "{}", chain(&error));
            assert_eq!(request_count(&server, "DELETE").await, options().attempts);
        }
    }
}

async fn undelete(store: &S3Store) -> Result<Version, StoreError> {
    store.undelete(&key("a"), &Marker("m1".to_owned())).await
}

/// Responds to HEAD requests for the version `m1` with `version`, for the object with `object`.
async fn heads(server: &MockServer, version: ResponseTemplate, object: ResponseTemplate) {
    Mock::given(method("HEAD"))
        .and(query_param("versionId", "m1"))
        .respond_with(version)
        .mount(server)
        .await;
    Mock::given(method("HEAD"))
        .and(path(format!("/{BUCKET}/a")))
        .respond_with(object)
        .mount(server)
        .await;
}

#[tokio::test]
async fn undelete_removes_only_the_marker_itself() {
    let (server, store) = server().await;
    heads(&server, marker_response(405, "m1"), head_ok("\"e1\"")).await;
    Mock::given(method("DELETE"))
        .and(query_param("versionId", "m1"))
        .respond_with(marker_response(204, "m1"))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        undelete(&store).await.unwrap(),
        Version("\"e1\"".to_owned())
    );
    assert_eq!(request_count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn undelete_refuses_versions_that_may_hold_content() {
    let content = |id: &str| head_ok("\"e1\"").insert_header("x-amz-version-id", id);
    for (version, said) in [
        (content("m1"), "version m1 is not a delete marker"),
        (content("another"), "does not confirm that version m1 is"),
        (
            ResponseTemplate::new(405),
            "does not confirm that version m1 is",
        ),
    ] {
        let (server, store) = server().await;
        heads(&server, version, head_ok("\"e1\"")).await;
        let error = undelete(&store).await.unwrap_err();
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
        assert!(chain(&error).contains(said), "{}", chain(&error));
        assert_eq!(request_count(&server, "DELETE").await, 0);
    }

    let (server, store) = server().await;
    let null = Marker("null".to_owned());
    let error = store.undelete(&key("a"), &null).await.unwrap_err();
    assert!(chain(&error).contains("suspended"), "{}", chain(&error));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn visible_object_decides_if_the_marker_is_missing() {
    // 200 without a version ID: a server that does not keep versions returns the object.
    for version in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(400),
        ResponseTemplate::new(501),
        head_ok("\"e1\""),
    ] {
        let (server, store) = server().await;
        heads(&server, version.clone(), head_ok("\"e1\"")).await;
        assert_eq!(
            undelete(&store).await.unwrap(),
            Version("\"e1\"".to_owned())
        );
        assert_eq!(request_count(&server, "DELETE").await, 0);

        let (server, store) = self::server().await;
        heads(&server, version, marker_response(404, "m2")).await;
        let error = undelete(&store).await.unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(request_count(&server, "DELETE").await, 0);
    }
}

#[tokio::test]
async fn failed_removal_of_a_marker_is_an_error() {
    let (server, store) = server().await;
    heads(&server, marker_response(405, "m1"), head_ok("\"e1\"")).await;
    respond(&server, "DELETE", error_response(503, "SlowDown"), 1).await;
    respond(&server, "DELETE", error_response(403, "AccessDenied"), 1).await;
    assert!(undelete(&store).await.unwrap_err().is_transient());
    let error = undelete(&store).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
}
