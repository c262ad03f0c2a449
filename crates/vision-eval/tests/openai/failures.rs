//! How the client handles replies with an error status.

use crate::server::{
    KEY, MODEL, actor_failure, ask, chain, fault, good, html, question, server, stop_cause,
};
use http_support::{RetryPolicy, Secret};
use std::time::{Duration, Instant};
use vision_eval::openai::OpenAi;
use vision_eval::{ActorFailure, ModelSettings, StopCause, VisionModel};

#[tokio::test]
async fn bad_key_stops_the_run_without_retries() {
    let reply = fault(401, "invalid_request_error", Some("invalid_api_key"), None);
    let (result, sent) = ask(vec![reply]).await;
    let error = result.unwrap_err();
    assert!(chain(&error).contains("the message, for ***"), "{error}");
    assert!(matches!(stop_cause(error), StopCause::BadKey { .. }));
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn no_credit_stops_the_run_despite_status_429() {
    for code in ["insufficient_quota", "credit_balance_exhausted"] {
        let reply = fault(429, "insufficient_quota", Some(code), None);
        let (result, sent) = ask(vec![reply.insert_header("retry-after", "60")]).await;
        assert!(matches!(
            stop_cause(result.unwrap_err()),
            StopCause::NoCredit { .. }
        ));
        assert_eq!(sent.len(), 1);
    }
}

#[tokio::test]
async fn missing_model_stops_the_run() {
    let reply = fault(404, "invalid_request_error", Some("model_not_found"), None);
    let (result, _) = ask(vec![reply]).await;
    let error = result.unwrap_err();
    assert!(
        error.to_string().contains("has no model \"gpt-4.1-mini\""),
        "{error}"
    );
    assert!(matches!(stop_cause(error), StopCause::ModelNotFound { .. }));
}

#[tokio::test]
async fn rate_limit_is_waited_for_and_retried() {
    let limited = fault(429, "rate_limit_error", Some("rate_limit_exceeded"), None)
        .insert_header("retry-after-ms", "1");
    let (result, sent) = ask(vec![limited, good()]).await;
    result.unwrap();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "the same body is sent again");
}

#[tokio::test]
async fn rate_limit_of_one_call_delays_the_next() {
    const WAIT: Duration = Duration::from_millis(100);
    let limited = fault(429, "rate_limit_error", Some("rate_limit_exceeded"), None)
        .insert_header("retry-after-ms", "100");
    let server = server(vec![limited, good()]).await;
    let policy = RetryPolicy {
        max_attempts: 1,
        ..RetryPolicy::default()
    };
    let model = OpenAi::new(
        reqwest::Client::new(),
        &format!("{}/v1", server.uri()),
        Secret::new(KEY),
        ModelSettings::named(MODEL),
        policy,
    );
    let start = Instant::now();
    let error = model.ask(&question()).await.unwrap_err();
    assert_eq!(actor_failure(&error), &ActorFailure::Unavailable);
    model.ask(&question()).await.unwrap();
    assert!(start.elapsed() >= WAIT);
}

#[tokio::test]
async fn server_failure_is_retried() {
    let replies = vec![
        fault(500, "server_error", Some("server_error"), None),
        fault(
            503,
            "service_unavailable_error",
            Some("server_is_overloaded"),
            None,
        ),
        html(502),
        good(),
    ];
    let (result, sent) = ask(replies).await;
    result.unwrap();
    assert_eq!(sent.len(), 4);
}

#[tokio::test]
async fn lasting_server_failure_reports_the_attempts() {
    let (result, sent) = ask(vec![fault(503, "server_error", None, None)]).await;
    let error = result.unwrap_err();
    assert_eq!(actor_failure(&error), &ActorFailure::Unavailable);
    assert_eq!(sent.len(), 5);
    let text = chain(&error);
    assert!(text.contains("failed after 5 attempts"), "{text}");
    assert!(
        text.starts_with("could not evaluate 0004_european_35_male: "),
        "{text}"
    );
}

#[tokio::test]
async fn invalid_request_is_not_retried() {
    let replies = [
        // A required field cannot be left out.
        fault(400, "invalid_request_error", None, Some("messages")),
        // The schema is called invalid, not unsupported: a bug in the schema.
        fault(400, "invalid_request_error", None, Some("response_format")),
        // A seed was not sent, so leaving it out changes nothing.
        fault(400, "invalid_request_error", None, Some("seed")),
        fault(413, "invalid_request_error", None, None),
    ];
    for reply in replies {
        let (result, sent) = ask(vec![reply]).await;
        let error = result.unwrap_err();
        let ActorFailure::Rejected { detail } = actor_failure(&error) else {
            panic!("{error}");
        };
        assert!(detail.contains("the message, for ***"), "{detail}");
        assert_eq!(sent.len(), 1);
    }
}
