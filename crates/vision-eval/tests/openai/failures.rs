//! What comes of an unsuccessful reply.

use crate::server::{
    KEY, MODEL, actor_failure, ask, chain, fault, good, html, question, server, stop_cause,
};
use http_support::{RetryPolicy, Secret};
use std::time::{Duration, Instant};
use vision_eval::openai::OpenAi;
use vision_eval::{ActorFailure, ModelSettings, StopCause, VisionModel};

#[tokio::test]
async fn a_bad_key_stops_the_run_at_once() {
    let reply = fault(401, "invalid_request_error", Some("invalid_api_key"), None);
    let (result, sent) = ask(vec![reply]).await;
    let error = result.unwrap_err();
    assert!(chain(&error).contains("the message, for ***"), "{error}");
    assert!(matches!(stop_cause(error), StopCause::BadKey { .. }));
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn no_credit_stops_the_run_though_its_status_is_that_of_a_rate_limit() {
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
async fn a_model_that_was_shut_down_stops_the_run() {
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
async fn a_rate_limit_is_waited_for() {
    let limited = fault(429, "rate_limit_error", Some("rate_limit_exceeded"), None)
        .insert_header("retry-after-ms", "1");
    let (result, sent) = ask(vec![limited, good()]).await;
    result.unwrap();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "the body is sent again");
}

#[tokio::test]
async fn a_rate_limit_of_one_worker_slows_another() {
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
async fn a_failure_of_the_server_is_tried_again() {
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
async fn a_server_that_stays_down_fails_the_actor_and_says_how_often_it_was_tried() {
    let (result, sent) = ask(vec![fault(503, "server_error", None, None)]).await;
    let error = result.unwrap_err();
    assert_eq!(actor_failure(&error), &ActorFailure::Unavailable);
    assert_eq!(sent.len(), 5);
    let text = chain(&error);
    assert!(text.contains("failed after 5 attempts"), "{text}");
    assert!(
        text.starts_with("no evaluation of 0004_european_35_male: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_request_that_is_wrong_in_itself_is_not_tried_again() {
    let server_says = [
        // Nothing that can be left out.
        fault(400, "invalid_request_error", None, Some("messages")),
        // Our schema would be wrong, not unsupported.
        fault(400, "invalid_request_error", None, Some("response_format")),
        // Not sent in the first place.
        fault(400, "invalid_request_error", None, Some("seed")),
        fault(413, "invalid_request_error", None, None),
    ];
    for reply in server_says {
        let (result, sent) = ask(vec![reply]).await;
        let error = result.unwrap_err();
        let ActorFailure::Rejected { detail } = actor_failure(&error) else {
            panic!("{error}");
        };
        assert!(detail.contains("the message, for ***"), "{detail}");
        assert_eq!(sent.len(), 1);
    }
}
