//! Deletions and their undoing, where the outcome is not plain.

use crate::fixture::{BUCKET, chain, key, options};
use crate::mock_server::{answer, count, done, refusal, server};
use storage::{Condition, Deleted, Marker, ObjectStore as _, StoreError, Version};
use storage_s3::S3Store;
use wiremock::matchers::{header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn looked_at(etag: &str) -> ResponseTemplate {
    done(etag).set_body_string("x")
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
async fn a_conditional_delete_looks_and_sends_its_condition() {
    let (server, store) = server().await;
    answer(&server, "HEAD", looked_at("\"e1\""), 1).await;
    Mock::given(method("DELETE"))
        .and(header("if-match", "\"e1\""))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    delete(&store).await.unwrap();

    let (server, store) = self::server().await;
    answer(&server, "HEAD", looked_at("\"e2\""), 1).await;
    assert!(matches!(
        delete(&store).await.unwrap_err(),
        StoreError::Changed { .. }
    ));
    assert_eq!(count(&server, "DELETE").await, 0);
}

#[tokio::test]
async fn a_delete_that_another_beat_looks_again() {
    // Gone meanwhile: well. Another version meanwhile: a conflict.
    for (second_look, deleted) in [
        (ResponseTemplate::new(404), true),
        (looked_at("\"e2\""), false),
    ] {
        let (server, store) = server().await;
        answer(&server, "HEAD", looked_at("\"e1\""), 1).await;
        answer(&server, "HEAD", second_look, 1).await;
        answer(&server, "DELETE", refusal(412, "PreconditionFailed"), 1).await;
        match delete(&store).await {
            Ok(left) => assert!(deleted && left == Deleted::default()),
            Err(error) => assert!(!deleted && error.is_conflict(), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_without_conditional_deletes_is_asked_for_a_plain_one() {
    let (server, store) = server().await;
    answer(&server, "HEAD", looked_at("\"e1\""), 1).await;
    Mock::given(method("DELETE"))
        .and(header_exists("if-match"))
        .respond_with(refusal(501, "NotImplemented"))
        .mount(&server)
        .await;
    answer(&server, "DELETE", ResponseTemplate::new(204), 1).await;
    delete(&store).await.unwrap();
    assert_eq!(count(&server, "DELETE").await, 2);
}

/// The answer to a deletion, or to looking at what was deleted, that names the delete marker.
fn marked(status: u16, marker: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .insert_header("x-amz-delete-marker", "true")
        .insert_header("x-amz-version-id", marker)
}

fn left(marker: &str) -> Deleted {
    Deleted {
        marker: Some(Marker(marker.to_owned())),
    }
}

#[tokio::test]
async fn the_marker_that_a_deletion_leaves_is_told() {
    for condition in [
        Condition::Always,
        Condition::IfVersion(Version("\"e1\"".to_owned())),
    ] {
        let (server, store) = server().await;
        answer(&server, "HEAD", looked_at("\"e1\""), 1).await;
        answer(&server, "DELETE", marked(204, "m1"), 1).await;
        let deleted = store.delete(&key("a"), condition).await.unwrap();
        assert_eq!(deleted, left("m1"));
    }
}

#[tokio::test]
async fn an_answer_without_a_marker_of_its_own_tells_none() {
    let version = ResponseTemplate::new(204).insert_header("x-amz-version-id", "v1");
    // "null" is not the name of one marker for ever.
    for reply in [ResponseTemplate::new(204), version, marked(204, "null")] {
        let (server, store) = server().await;
        answer(&server, "HEAD", looked_at("\"e1\""), 1).await;
        answer(&server, "DELETE", reply, 1).await;
        assert_eq!(delete(&store).await.unwrap(), Deleted::default());
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_deleted_again() {
    for gone in [ResponseTemplate::new(404), marked(404, "m1")] {
        let (server, store) = server().await;
        answer(&server, "HEAD", gone, u64::MAX).await;
        assert_eq!(delete(&store).await.unwrap(), Deleted::default());
        let deleted = store.delete(&key("a"), Condition::Always).await.unwrap();
        assert_eq!(deleted, Deleted::default());
        assert_eq!(count(&server, "DELETE").await, 0, "no second marker");
    }
}

#[tokio::test]
async fn a_deletion_that_was_done_and_not_heard_of_leaves_one_marker_and_tells_it() {
    let (server, store) = server().await;
    answer(&server, "HEAD", looked_at("\"e1\""), 1).await;
    answer(&server, "HEAD", marked(404, "m1"), 1).await;
    answer(&server, "DELETE", refusal(500, "InternalError"), 1).await;
    assert_eq!(delete(&store).await.unwrap(), left("m1"));
    assert_eq!(count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn a_deletion_in_a_moments_trouble_is_sent_again() {
    for trouble in [
        refusal(503, "SlowDown"),
        refusal(409, "ConditionalRequestConflict"),
        refusal(412, "PreconditionFailed"),
    ] {
        let (server, store) = server().await;
        answer(&server, "HEAD", looked_at("\"e1\""), u64::MAX).await;
        answer(&server, "DELETE", trouble, 2).await;
        answer(&server, "DELETE", ResponseTemplate::new(204), 1).await;
        delete(&store).await.unwrap();
        assert_eq!(count(&server, "DELETE").await, 3);
    }
}

#[tokio::test]
async fn a_deletion_in_lasting_trouble_is_worth_another_try_later() {
    for (trouble, status) in [
        (refusal(503, "SlowDown"), "503"),
        (refusal(409, "ConditionalRequestConflict"), "409"),
    ] {
        for condition in [
            Condition::Always,
            Condition::IfVersion(Version("\"e1\"".to_owned())),
        ] {
            let (server, store) = server().await;
            answer(&server, "HEAD", looked_at("\"e1\""), u64::MAX).await;
            answer(&server, "DELETE", trouble.clone(), u64::MAX).await;
            let error = store.delete(&key("a"), condition).await.unwrap_err();
            assert!(error.is_transient(), "{error:?}");
            assert!(chain(&error).contains(status), "{}", chain(&error));
            assert_eq!(count(&server, "DELETE").await, options().attempts);
        }
    }
}

async fn undelete(store: &S3Store) -> Result<Version, StoreError> {
    store.undelete(&key("a"), &Marker("m1".to_owned())).await
}

/// Answers looks at the version `m1` with this, looks at the object itself with that.
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
async fn only_the_marker_itself_is_taken_away() {
    let (server, store) = server().await;
    heads(&server, marked(405, "m1"), looked_at("\"e1\"")).await;
    Mock::given(method("DELETE"))
        .and(query_param("versionId", "m1"))
        .respond_with(marked(204, "m1"))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        undelete(&store).await.unwrap(),
        Version("\"e1\"".to_owned())
    );
    assert_eq!(count(&server, "DELETE").await, 1);
}

#[tokio::test]
async fn what_is_not_surely_a_marker_is_left_alone() {
    let content = |id: &str| looked_at("\"e1\"").insert_header("x-amz-version-id", id);
    for (version, said) in [
        (content("m1"), "version m1 is no delete marker"),
        (content("another"), "does not say that version m1 is"),
        (
            ResponseTemplate::new(405),
            "does not say that version m1 is",
        ),
    ] {
        let (server, store) = server().await;
        heads(&server, version, looked_at("\"e1\"")).await;
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
        assert_eq!(count(&server, "DELETE").await, 0);
    }

    let (server, store) = server().await;
    let null = Marker("null".to_owned());
    let error = store.undelete(&key("a"), &null).await.unwrap_err();
    assert!(chain(&error).contains("suspended"), "{}", chain(&error));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn where_the_marker_is_gone_what_is_there_decides() {
    // 200 without a version: a server that keeps none, and answers with the object.
    for version in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(400),
        ResponseTemplate::new(501),
        looked_at("\"e1\""),
    ] {
        let (server, store) = server().await;
        heads(&server, version.clone(), looked_at("\"e1\"")).await;
        assert_eq!(
            undelete(&store).await.unwrap(),
            Version("\"e1\"".to_owned())
        );
        assert_eq!(count(&server, "DELETE").await, 0);

        let (server, store) = self::server().await;
        heads(&server, version, marked(404, "m2")).await;
        let error = undelete(&store).await.unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(count(&server, "DELETE").await, 0);
    }
}

#[tokio::test]
async fn a_marker_that_cannot_be_taken_away_now_is_an_error() {
    let (server, store) = server().await;
    heads(&server, marked(405, "m1"), looked_at("\"e1\"")).await;
    answer(&server, "DELETE", refusal(503, "SlowDown"), 1).await;
    answer(&server, "DELETE", refusal(403, "AccessDenied"), 1).await;
    assert!(undelete(&store).await.unwrap_err().is_transient());
    let error = undelete(&store).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
}
