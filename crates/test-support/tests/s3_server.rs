//! The S3 server honours conditions, shows requests to a watcher and fails as a test configures it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed assumption should stop the test"
)]

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use std::future::Future;
use std::sync::{Arc, Mutex, mpsc};
use test_support::s3_server::{self, S3Fault, S3Server};
use test_support::traffic::Phase;
use tokio::task::JoinSet;

const BUCKET: &str = "pictures";
const WRITERS: usize = 16;

fn server() -> (S3Server, Client) {
    let server = s3_server::start_blocking();
    server.create_bucket(BUCKET);
    let client = server.client();
    (server, client)
}

/// Returns the outcome of a call: `done`, or the status and code of the error.
fn outcome<T, E: ProvideErrorMetadata>(
    result: Result<T, SdkError<E, aws_sdk_s3::config::http::HttpResponse>>,
) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(error) => match error.raw_response().map(|raw| raw.status().as_u16()) {
            Some(status) => format!("{status} {}", error.code().unwrap_or_default()),
            None => "no answer".to_owned(),
        },
    }
}

async fn put(client: &Client, key: &str, body: &str) -> String {
    let body = body.as_bytes().to_vec().into();
    let put = client.put_object().bucket(BUCKET).key(key).body(body);
    outcome(put.send().await)
}

async fn etag(client: &Client, key: &str) -> String {
    let head = client.head_object().bucket(BUCKET).key(key).send().await;
    head.unwrap().e_tag().unwrap().to_owned()
}

/// Starts all writers at once and returns how many succeed; the others must fail their condition.
async fn winners<F>(write: impl Fn(usize) -> F) -> usize
where
    F: Future<Output = String> + Send + 'static,
{
    let writers: JoinSet<String> = (0..WRITERS).map(write).collect();
    let outcomes = writers.join_all().await;
    assert_eq!(outcomes.len(), WRITERS);
    let (done, failed): (Vec<_>, Vec<_>) =
        outcomes.into_iter().partition(|outcome| outcome == "done");
    for outcome in failed {
        assert_eq!(outcome, "412 PreconditionFailed");
    }
    done.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_several_racing_writers_succeeds() {
    let (_server, client) = server();
    for round in 0..8 {
        let key = format!("created/{round}");
        let created = winners(|writer| {
            let put = client.put_object().bucket(BUCKET).key(&key);
            let put = put.if_none_match("*").body(vec![0; writer + 1].into());
            async move { outcome(put.send().await) }
        });
        assert_eq!(created.await, 1, "creators");

        let seen = etag(&client, &key).await;
        let updated = winners(|writer| {
            let put = client.put_object().bucket(BUCKET).key(&key);
            let put = put.if_match(&seen).body(vec![1; writer + 1].into());
            async move { outcome(put.send().await) }
        });
        assert_eq!(updated.await, 1, "updaters");

        let copied = winners(|_| {
            let copy = client.copy_object().bucket(BUCKET);
            let copy = copy.key(format!("trash/{round}"));
            let copy = copy
                .copy_source(format!("{BUCKET}/{key}"))
                .if_none_match("*");
            async move { outcome(copy.send().await) }
        });
        assert_eq!(copied.await, 1, "copiers");
    }
}

#[tokio::test]
async fn changed_object_is_not_deleted_or_overwritten() {
    let (server, client) = server();
    put(&client, "a", "old").await;
    let old = etag(&client, "a").await;
    put(&client, "a", "new").await;
    let new = etag(&client, "a").await;
    let delete = async |key: &str, condition: &str| {
        let delete = client.delete_object().bucket(BUCKET).key(key);
        outcome(delete.if_match(condition).send().await)
    };
    let copy = async |condition: &str| {
        let copy = client.copy_object().bucket(BUCKET).key("a");
        let copy = copy.copy_source(format!("{BUCKET}/b")).if_match(condition);
        outcome(copy.send().await)
    };
    put(&client, "b", "other").await;
    assert_eq!(delete("a", &old).await, "412 PreconditionFailed");
    assert_eq!(copy(&old).await, "412 PreconditionFailed");
    assert!(server.file(BUCKET, "a").exists());
    assert_eq!(copy(&new).await, "done");
    let copied = etag(&client, "a").await;
    assert_eq!(delete("a", &new).await, "412 PreconditionFailed");
    assert_eq!(delete("a", &copied).await, "done");
    assert!(!server.file(BUCKET, "a").exists());
    assert_eq!(delete("a", &copied).await, "404 NoSuchKey");
}

#[tokio::test]
async fn bulk_delete_keeps_and_reports_changed_objects() {
    let (server, client) = server();
    for key in ["a", "b", "c"] {
        put(&client, key, key).await;
    }
    let a = etag(&client, "a").await;
    let object = |key: &str, condition: Option<&str>| {
        let object = ObjectIdentifier::builder().key(key);
        object
            .set_e_tag(condition.map(ToOwned::to_owned))
            .build()
            .unwrap()
    };
    let objects = vec![
        object("a", Some(&a)),
        object("b", Some(&a)),
        object("c", None),
    ];
    let delete = Delete::builder()
        .set_objects(Some(objects))
        .build()
        .unwrap();
    let request = client.delete_objects().bucket(BUCKET).delete(delete);
    let output = request.send().await.unwrap();
    let deleted: Vec<_> = output
        .deleted()
        .iter()
        .filter_map(|one| one.key())
        .collect();
    assert_eq!(deleted, ["a", "c"]);
    let errors = output.errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors.first().and_then(|error| error.key()), Some("b"));
    assert_eq!(
        errors.first().and_then(|error| error.code()),
        Some("PreconditionFailed")
    );
    assert!(server.file(BUCKET, "b").exists() && !server.file(BUCKET, "a").exists());
}

#[tokio::test]
async fn watcher_sees_each_request_before_and_after() {
    let (server, client) = server();
    let file = server.file(BUCKET, "a");
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen_events = Arc::clone(&events);
    server.on_request(move |seen| {
        let event = (
            seen.method.clone(),
            seen.phase,
            seen.changes(),
            file.exists(),
        );
        assert_eq!(seen.path, "/pictures/a");
        seen_events.lock().unwrap().push(event);
    });
    put(&client, "a", "x").await;
    let head = client.head_object().bucket(BUCKET).key("a").send().await;
    head.unwrap();
    let delete = client.delete_object().bucket(BUCKET).key("a").send().await;
    delete.unwrap();
    let event = |method: &str, phase, changes, exists| (method.to_owned(), phase, changes, exists);
    assert_eq!(
        *events.lock().unwrap(),
        [
            event("PUT", Phase::Arrived, true, false),
            event("PUT", Phase::Answered, true, true),
            event("HEAD", Phase::Arrived, false, true),
            event("HEAD", Phase::Answered, false, true),
            event("DELETE", Phase::Arrived, true, true),
            event("DELETE", Phase::Answered, true, false),
        ]
    );
}

#[tokio::test]
async fn request_is_carried_out_after_its_client_disconnects() {
    let (server, client) = server();
    let (arrived, mut has_arrived) = tokio::sync::mpsc::unbounded_channel();
    let (answered, mut is_answered) = tokio::sync::mpsc::unbounded_channel();
    let (proceed, may_proceed) = mpsc::channel::<()>();
    let may_proceed = Mutex::new(may_proceed);
    server.on_request(move |seen| {
        if seen.phase == Phase::Arrived {
            arrived.send(()).unwrap();
            may_proceed.lock().unwrap().recv().unwrap();
        } else {
            answered.send(()).unwrap();
        }
    });
    {
        let put = put(&client, "a", "x");
        tokio::select! {
            outcome = put => panic!("{outcome}"),
            arrived = has_arrived.recv() => arrived.unwrap(),
        }
    }
    drop(client);
    assert!(!server.file(BUCKET, "a").exists());
    proceed.send(()).unwrap();
    is_answered.recv().await.unwrap();
    assert!(server.file(BUCKET, "a").exists());
}

#[tokio::test]
async fn faults_are_returned_in_the_order_they_were_added() {
    let (server, client) = server();
    server.fail_next(2, "PUT", "/a", S3Fault::slow_down());
    server.fail_next(1, "PUT", "/a", S3Fault::conflict());
    server.fail_next(1, "put", "/a", S3Fault::precondition_failed());
    server.fail_next(1, "PUT", "/a", S3Fault::refusal(403, "AccessDenied"));
    server.fail_next(1, "PUT", "/a", S3Fault::hang_up());
    let mut outcomes = Vec::new();
    for _ in 0..7 {
        assert_eq!(
            put(&client, "b", "x").await,
            "done",
            "the fault is for another path"
        );
        outcomes.push(put(&client, "a", "x").await);
        assert_eq!(server.file(BUCKET, "a").exists(), outcomes.len() == 7);
    }
    assert_eq!(
        outcomes,
        [
            "503 SlowDown",
            "503 SlowDown",
            "409 ConditionalRequestConflict",
            "412 PreconditionFailed",
            "403 AccessDenied",
            "no answer",
            "done",
        ]
    );
}

#[tokio::test]
async fn fault_can_hide_a_request_that_was_carried_out() {
    let (server, client) = server();
    let faults = [
        (S3Fault::refusal(500, "InternalError"), "500 InternalError"),
        (S3Fault::hang_up(), "no answer"),
    ];
    for (fault, expected) in faults {
        server.fail_next(1, "PUT", "", fault.clone().although_done());
        assert_eq!(put(&client, "a", "x").await, expected);
        assert!(server.file(BUCKET, "a").exists());
        server.fail_next(1, "DELETE", "", fault.although_done());
        let delete = client.delete_object().bucket(BUCKET).key("a").send().await;
        assert_eq!(outcome(delete), expected);
        assert!(!server.file(BUCKET, "a").exists());
    }
    // A response to HEAD has no body for a code, and a COPY can fail with status 200.
    server.fail_next(1, "HEAD", "/a", S3Fault::slow_down());
    let head = client.head_object().bucket(BUCKET).key("a").send().await;
    assert!(outcome(head).starts_with("503"));
    put(&client, "a", "x").await;
    server.fail_next(1, "PUT", "/c", S3Fault::refusal(200, "InternalError"));
    let copy = client.copy_object().bucket(BUCKET).key("c");
    let copy = copy.copy_source(format!("{BUCKET}/a")).send().await;
    assert_eq!(outcome(copy), "200 InternalError");
    let many = "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code></Error></DeleteResult>";
    server.fail_next(1, "POST", "/pictures", S3Fault::reply(200, many));
    let object = ObjectIdentifier::builder().key("a").build().unwrap();
    let delete = Delete::builder().objects(object).build().unwrap();
    let request = client.delete_objects().bucket(BUCKET).delete(delete);
    let output = request.send().await.unwrap();
    assert_eq!(
        output.errors().first().and_then(|error| error.key()),
        Some("a")
    );
    assert!(server.file(BUCKET, "a").exists());
}
