//! The models endpoint tells a bad key from a missing model, free of charge.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use http_support::{RetryPolicy, Secret};
use jiff::civil::date;
use serde_json::{Value, json};
use std::error::Error as _;
use std::time::Duration;
use tdbal_types::Usd;
use vision_eval::openai::{ModelCheck, OpenAi};
use vision_eval::{ModelSettings, StopCause, VisionError};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "sk-very-secret";

fn model(base_url: &str, key: &str, name: &str) -> OpenAi {
    let policy = RetryPolicy {
        max_attempts: 2,
        base_delay: Duration::ZERO,
        server_delay_cap: Duration::ZERO,
        ..RetryPolicy::default()
    };
    OpenAi::new(
        reqwest::Client::new(),
        base_url,
        Secret::new(key),
        ModelSettings::named(name),
        policy,
    )
}

/// A server that gives this reply to a lookup of gpt-4.1-mini.
async fn server_with_reply(reply: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v1/models/gpt-4.1-mini"))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .respond_with(reply)
        .mount(&server)
        .await;
    server
}

async fn check(reply: ResponseTemplate) -> Result<ModelCheck, VisionError> {
    let server = server_with_reply(reply).await;
    model(&format!("{}/v1/", server.uri()), KEY, "gpt-4.1-mini")
        .check()
        .await
}

fn description(more: Value) -> ResponseTemplate {
    let mut body = json!({"id": "gpt-4.1-mini", "object": "model", "created": 1_744_316_542});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    ResponseTemplate::new(200).set_body_json(body)
}

fn fault(status: u16, code: Option<&str>) -> ResponseTemplate {
    let message = format!("the message, for {KEY}");
    ResponseTemplate::new(status).set_body_json(json!({
        "error": {"message": message, "type": "invalid_request_error", "param": null, "code": code},
    }))
}

#[tokio::test]
async fn available_model_is_described_with_its_shutdown() {
    let announced = Some(date(2027, 1, 14));
    let cases = [
        (json!({"owned_by": "system"}), Some("system"), announced),
        (json!({"shutdown_date": null}), None, announced),
        (
            json!({"shutdown_date": "2027-03-01"}),
            None,
            Some(date(2027, 3, 1)),
        ),
        (json!({"shutdown_date": "soon"}), None, announced),
    ];
    assert_eq!(cases.len(), 4);
    for (more, owned_by, shutdown) in cases {
        let expected = ModelCheck {
            id: "gpt-4.1-mini".to_owned(),
            owned_by: owned_by.map(ToOwned::to_owned),
            shutdown,
        };
        assert_eq!(check(description(more)).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn bad_key_and_missing_model_are_distinguished() {
    let cause = |reply| async {
        let error = check(reply).await.unwrap_err();
        assert_eq!(error.cost(), Usd::ZERO);
        let VisionError::StopsRun { cause, source, .. } = error else {
            panic!("{error:?}");
        };
        assert!(source.is_some());
        assert!(!cause.to_string().contains(KEY), "{cause}");
        cause
    };
    assert!(matches!(
        cause(fault(401, Some("invalid_api_key"))).await,
        StopCause::BadKey { .. }
    ));
    for code in [Some("model_not_found"), None] {
        assert!(matches!(
            cause(fault(404, code)).await,
            StopCause::ModelNotFound { model, .. } if model == "gpt-4.1-mini"
        ));
    }
    assert!(matches!(
        cause(fault(403, Some("model_not_found"))).await,
        StopCause::ModelNotFound { .. }
    ));
    assert!(matches!(
        cause(fault(403, Some("unsupported_country_region_territory"))).await,
        StopCause::Forbidden { .. }
    ));
}

#[tokio::test]
async fn inconclusive_reply_is_a_failed_check() {
    let html = ResponseTemplate::new(404).set_body_raw("<html></html>", "text/html");
    let replies = [
        fault(404, Some("unknown_url")),
        html,
        ResponseTemplate::new(404).set_body_json(json!({"detail": "Not Found"})),
        ResponseTemplate::new(503),
        ResponseTemplate::new(200).set_body_string("<html></html>"),
        ResponseTemplate::new(200).set_body_json(json!({"object": "list"})),
    ];
    assert_eq!(replies.len(), 6);
    for reply in replies {
        let error = check(reply).await.unwrap_err();
        assert!(
            matches!(error, VisionError::CheckFailed { .. }),
            "{error:?}"
        );
        assert!(error.source().is_some() && !error.stops_run());
        assert!(error.to_string().contains("\"gpt-4.1-mini\""), "{error}");
    }
    let error = model("no url", KEY, "m").check().await.unwrap_err();
    assert!(
        matches!(error, VisionError::CheckFailed { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn slash_in_a_name_is_encoded_and_empty_key_is_not_sent() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/models/acme%2Fllava"))
        .respond_with(description(json!({"id": "acme/llava"})))
        .mount(&server)
        .await;
    let model = model(&format!("{}/v1", server.uri()), "", "acme/llava");
    let check = model.check().await.unwrap();
    assert_eq!((check.id.as_str(), check.shutdown), ("acme/llava", None));
    let requests = server.received_requests().await.unwrap();
    assert!(requests[0].headers.get("authorization").is_none());
}
