//! Questions, scripted replies, and the server that gives them.

use bytes::Bytes;
use http_support::{RetryPolicy, Secret};
use serde_json::{Value, json};
use std::error::Error as _;
use std::time::Duration;
use tdbal_types::{ActorId, Digest, SheetNumber, Usd};
use vision_eval::openai::OpenAi;
use vision_eval::{
    ActorFailure, LookKind, ModelSettings, Question, Reply, SheetImage, Shown, StopCause,
    VisionError, VisionModel,
};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const KEY: &str = "sk-very-secret";
pub(crate) const MODEL: &str = "gpt-4.1-mini";

pub(crate) fn question() -> Question {
    Question {
        actor: ActorId::new("0004_european_35_male").unwrap(),
        look: LookKind::Sheet { vote: 1 },
        sheet: SheetImage {
            jpeg: Bytes::from_static(b"\xff\xd8\xff not really"),
            width: 1_000,
            height: 200,
        },
        pictures: [1, 3].map(shown).to_vec(),
        correction: None,
    }
}

pub(crate) fn shown(number: u8) -> Shown {
    Shown {
        number: SheetNumber::new(u32::from(number)).unwrap(),
        sha256: Digest::from_bytes([number; 32]),
    }
}

/// A question about a single picture.
pub(crate) fn close_question() -> Question {
    Question {
        look: LookKind::Close,
        sheet: SheetImage {
            width: 512,
            height: 512,
            ..question().sheet
        },
        pictures: vec![shown(1)],
        ..question()
    }
}

pub(crate) fn good_text() -> String {
    json!({
        "pictures": [
            {"number": 1, "class": "photorealistic", "faults": [], "quality": 8},
            {"number": 3, "class": "bw_stylized", "faults": ["symmetrical"], "quality": 6},
        ],
        "analysis": "Fine.",
    })
    .to_string()
}

/// A chat completion with 1,000 tokens in and 100 out, which cost [`ONE_CALL`].
pub(crate) fn completion(content: Value, refusal: Value, finish_reason: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content, "refusal": refusal},
            "logprobs": null,
            "finish_reason": finish_reason,
        }],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    })
}

/// Price of one call to [`MODEL`] with 1,000 tokens in and 100 out: $0.00056.
pub(crate) const ONE_CALL: Usd = Usd::from_nanos(560_000);

pub(crate) fn good() -> ResponseTemplate {
    ok(&completion(json!(good_text()), Value::Null, "stop"))
}

pub(crate) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("x-request-id", "req_1")
        .set_body_json(body)
}

pub(crate) fn fault(
    status: u16,
    kind: &str,
    code: Option<&str>,
    param: Option<&str>,
) -> ResponseTemplate {
    let message = format!("the message, for {KEY}");
    ResponseTemplate::new(status).set_body_json(json!({
        "error": {"message": message, "type": kind, "param": param, "code": code},
    }))
}

pub(crate) fn html(status: u16) -> ResponseTemplate {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    ResponseTemplate::new(status).set_body_raw(page, "text/html")
}

/// A server that gives these replies in order and repeats the last one.
pub(crate) async fn server(replies: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let last = replies.len() - 1;
    for (position, reply) in replies.into_iter().enumerate() {
        let mock = Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .and(header("authorization", format!("Bearer {KEY}").as_str()))
            .respond_with(reply);
        let mock = if position < last {
            mock.up_to_n_times(1)
        } else {
            mock
        };
        mock.mount(&server).await;
    }
    server
}

pub(crate) fn model(server: &MockServer) -> OpenAi {
    with_settings(
        &format!("{}/v1/", server.uri()),
        ModelSettings::named(MODEL),
    )
}

pub(crate) fn with_settings(base_url: &str, settings: ModelSettings) -> OpenAi {
    let policy = RetryPolicy {
        base_delay: Duration::ZERO,
        ..RetryPolicy::default()
    };
    OpenAi::new(
        reqwest::Client::new(),
        base_url,
        Secret::new(KEY),
        settings,
        policy,
    )
}

pub(crate) async fn ask(
    replies: Vec<ResponseTemplate>,
) -> (Result<Reply, VisionError>, Vec<Value>) {
    let server = server(replies).await;
    let result = model(&server).ask(&question()).await;
    (result, bodies(&server).await)
}

pub(crate) async fn bodies(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect()
}

/// The error with all its sources. Asserts that none of them shows the key.
pub(crate) fn chain(error: &VisionError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += "\n  caused by: ";
        text += &error.to_string();
        source = error.source();
    }
    assert!(!text.contains(KEY), "{text}");
    text
}

pub(crate) fn stop_cause(error: VisionError) -> StopCause {
    assert!(error.stops_run(), "{error}");
    match error {
        VisionError::StopsRun { cause, .. } => cause,
        other => panic!("{other}"),
    }
}

pub(crate) fn actor_failure(error: &VisionError) -> &ActorFailure {
    assert!(!error.stops_run(), "{error}");
    match error {
        VisionError::ActorFailed { cause, .. } => cause,
        other => panic!("{other}"),
    }
}
