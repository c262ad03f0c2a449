//! Tests of the retry loop against a server on the loopback interface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use http_support::{
    Cause, HttpClient, HttpError, HttpErrorKind, Idempotence, Limits, Response, RetryPolicy,
    Secret, classify_by_status,
};
use std::error::Error as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{body_string, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "sk-very-secret";

fn fast() -> RetryPolicy {
    RetryPolicy {
        base_delay: Duration::ZERO,
        ..RetryPolicy::default()
    }
}

fn client(policy: RetryPolicy) -> HttpClient {
    HttpClient::new(reqwest::Client::new(), policy).with_secret(Secret::new(KEY))
}

async fn post(
    client: &HttpClient,
    idempotence: Idempotence,
    url: &str,
) -> Result<Response, HttpError> {
    client
        .send(
            idempotence,
            |http| http.post(url).bearer_auth(KEY).body("the body"),
            |status, headers, _| classify_by_status(status, headers),
        )
        .await
}

/// Responds with `template` `times` times, then with 200 `done`.
async fn failing_then_ok(template: ResponseTemplate, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(template)
        .up_to_n_times(times)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(body_string("the body"))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_string("done"))
        .mount(&server)
        .await;
    server
}

async fn request_count(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// Accepts connections; on each, reads one request, writes `reply` and closes.
async fn raw_server(reply: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4_096];
            let mut seen = Vec::new();
            while !seen.ends_with(b"the body") {
                let count = stream.read(&mut request).await.unwrap();
                if count == 0 {
                    break;
                }
                seen.extend_from_slice(&request[..count]);
            }
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    url
}

#[tokio::test]
async fn repeatable_requests_are_retried_with_their_body() {
    let server = failing_then_ok(ResponseTemplate::new(503), 2).await;
    let response = post(&client(fast()), Idempotence::Repeatable, &server.uri())
        .await
        .unwrap();
    assert_eq!((response.attempts, &response.body[..]), (3, &b"done"[..]));
}

#[tokio::test]
async fn the_error_after_all_attempts_hides_the_secret() {
    let body = format!("bad key {KEY}");
    let server = failing_then_ok(ResponseTemplate::new(500).set_body_string(body), 99).await;
    let url = format!("{}/v1/things?signature=abc", server.uri());
    let error = post(&client(fast()), Idempotence::Repeatable, &url)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Exhausted);
    assert_eq!(request_count(&server).await, 5);
    let text = error.to_string();
    assert!(
        text.starts_with(&format!(
            "POST {}/v1/things failed after 5 attempts in ",
            server.uri()
        )),
        "{text}"
    );
    assert!(
        text.ends_with(" s (no attempts left): 500 Internal Server Error: bad key ***"),
        "{text}"
    );
}

#[tokio::test]
async fn permanent_failures_are_not_retried() {
    let server = failing_then_ok(ResponseTemplate::new(401), 9).await;
    let error = post(&client(fast()), Idempotence::Repeatable, &server.uri())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Permanent);
    assert_eq!(error.response().unwrap().status, 401);
    assert_eq!(request_count(&server).await, 1);
}

#[tokio::test]
async fn non_repeatable_requests_retry_after_rate_limits_only() {
    let limited = failing_then_ok(
        ResponseTemplate::new(429).insert_header("retry-after-ms", "1"),
        2,
    )
    .await;
    let response = post(&client(fast()), Idempotence::NotRepeatable, &limited.uri())
        .await
        .unwrap();
    assert_eq!(response.attempts, 3);

    let failing = failing_then_ok(ResponseTemplate::new(502), 1).await;
    let error = post(&client(fast()), Idempotence::NotRepeatable, &failing.uri())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Ambiguous);
    assert_eq!(request_count(&failing).await, 1);
}

#[tokio::test]
async fn timeouts_of_non_repeatable_requests_are_ambiguous() {
    let server = failing_then_ok(
        ResponseTemplate::new(200).set_delay(Duration::from_secs(30)),
        1,
    )
    .await;
    let client = client(fast()).with_limits(Limits {
        attempt_timeout: Duration::from_millis(100),
        ..Limits::default()
    });
    let error = post(&client, Idempotence::NotRepeatable, &server.uri())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Ambiguous);
    assert!(matches!(error.cause(), Cause::Timeout(_)));
}

#[tokio::test]
async fn refused_connections_are_retried_and_not_ambiguous() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1?key={KEY}", listener.local_addr().unwrap());
    drop(listener);
    let error = post(&client(fast()), Idempotence::NotRepeatable, &url)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Exhausted);
    assert_eq!(error.attempts(), 5);
    assert!(matches!(error.cause(), Cause::Connect(_)));
    let mut text = error.to_string();
    let mut source = error.source();
    assert!(source.is_some());
    while let Some(error) = source {
        text += &error.to_string();
        source = error.source();
    }
    assert!(!text.contains(KEY), "{text}");
}

#[tokio::test]
async fn lost_connections_and_cut_bodies_are_not_successes() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half";
    for (reply, is_cut) in [("", false), (cut, true)] {
        let url = raw_server(reply).await;
        let error = post(&client(fast()), Idempotence::NotRepeatable, &url)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), HttpErrorKind::Ambiguous, "{error}");
        assert_eq!(matches!(error.cause(), Cause::CutBody { .. }), is_cut);
        let error = post(&client(fast()), Idempotence::Repeatable, &url)
            .await
            .unwrap_err();
        assert_eq!(error.attempts(), 5, "{error}");
    }
}

#[tokio::test]
async fn responses_above_the_size_limit_are_rejected() {
    let declared = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789";
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n";
    for reply in [declared, chunked] {
        let url = raw_server(reply).await;
        let with_limit = |max_response_bytes| {
            client(fast()).with_limits(Limits {
                max_response_bytes,
                ..Limits::default()
            })
        };
        let error = post(&with_limit(8), Idempotence::Repeatable, &url)
            .await
            .unwrap_err();
        assert!(matches!(error.cause(), Cause::TooLarge { limit: 8 }));
        assert_eq!(error.attempts(), 1);
        post(&with_limit(9), Idempotence::Repeatable, &url)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_rate_limit_pauses_every_clone() {
    let server = failing_then_ok(
        ResponseTemplate::new(429).insert_header("retry-after", "60"),
        1,
    )
    .await;
    let one_attempt = RetryPolicy {
        max_attempts: 1,
        ..fast()
    };
    let first = client(one_attempt);
    let second = first.clone();
    post(&first, Idempotence::Repeatable, &server.uri())
        .await
        .unwrap_err();
    assert!(second.pause().remaining() > Duration::from_secs(50));
}

#[tokio::test]
async fn an_invalid_url_error_says_what_to_check() {
    let error = post(&client(fast()), Idempotence::Repeatable, "no url")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Permanent);
    assert!(error.to_string().contains("check the base URL"), "{error}");
}
