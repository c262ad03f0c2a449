//! The client of chat completions against a server on the loopback interface that misbehaves in
//! every way that is known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use bytes::Bytes;
use http_support::{RetryPolicy, Secret};
use serde_json::{Value, json};
use std::error::Error as _;
use std::time::{Duration, Instant};
use tdbal_types::{ActorId, Digest, SheetNumber, Usd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vision_eval::openai::OpenAi;
use vision_eval::{
    ActorFailure, AssessError, Correction, LookKind, ModelKind, ModelSettings, Problem, Question,
    Reply, SheetImage, Shown, StopCause, VisionError, VisionModel, assess, system_prompt,
};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "sk-very-secret";
const MODEL: &str = "gpt-4.1-mini";

fn question() -> Question {
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

fn shown(number: u8) -> Shown {
    Shown {
        number: SheetNumber::new(u32::from(number)).unwrap(),
        sha256: Digest::from_bytes([number; 32]),
    }
}

/// The same about one picture alone.
fn close_question() -> Question {
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

fn good_text() -> String {
    json!({
        "pictures": [
            {"number": 1, "class": "photorealistic", "faults": [], "quality": 8},
            {"number": 3, "class": "bw_stylized", "faults": ["symmetrical"], "quality": 6},
        ],
        "analysis": "Fine.",
    })
    .to_string()
}

/// A chat completion of 1000 tokens in and 100 out: $0.00056.
fn completion(content: Value, refusal: Value, finish_reason: &str) -> Value {
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

const ONE_CALL: Usd = Usd::from_nanos(560_000);

fn good() -> ResponseTemplate {
    ok(&completion(json!(good_text()), Value::Null, "stop"))
}

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("x-request-id", "req_1")
        .set_body_json(body)
}

fn fault(status: u16, kind: &str, code: Option<&str>, param: Option<&str>) -> ResponseTemplate {
    let message = format!("the message, for {KEY}");
    ResponseTemplate::new(status).set_body_json(json!({
        "error": {"message": message, "type": kind, "param": param, "code": code},
    }))
}

fn html(status: u16) -> ResponseTemplate {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    ResponseTemplate::new(status).set_body_raw(page, "text/html")
}

/// A server that gives these replies in this order, the last one for ever.
async fn server(replies: Vec<ResponseTemplate>) -> MockServer {
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

fn model(server: &MockServer) -> OpenAi {
    with_settings(
        &format!("{}/v1/", server.uri()),
        ModelSettings::named(MODEL),
    )
}

fn with_settings(base_url: &str, settings: ModelSettings) -> OpenAi {
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

async fn ask(replies: Vec<ResponseTemplate>) -> (Result<Reply, VisionError>, Vec<Value>) {
    let server = server(replies).await;
    let result = model(&server).ask(&question()).await;
    (result, bodies(&server).await)
}

async fn bodies(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect()
}

/// The error and everything beneath it, without the parts that differ from run to run.
fn chain(error: &VisionError) -> String {
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

fn stop_cause(error: VisionError) -> StopCause {
    assert!(error.stops_run(), "{error}");
    match error {
        VisionError::StopsRun { cause, .. } => cause,
        other => panic!("{other}"),
    }
}

fn actor_failure(error: &VisionError) -> &ActorFailure {
    assert!(!error.stops_run(), "{error}");
    match error {
        VisionError::ActorFailed { cause, .. } => cause,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_answer_comes_with_what_it_took() {
    let (result, sent) = ask(vec![good()]).await;
    let reply = result.unwrap();
    assert_eq!(reply.text, good_text());
    assert_eq!(reply.model, "gpt-4.1-mini-2025-04-14");
    assert_eq!(reply.request_id.as_deref(), Some("req_1"));
    assert_eq!((reply.tokens.input, reply.tokens.output), (1_000, 100));
    assert_eq!(reply.cost, ONE_CALL);
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn the_request_is_what_the_service_wants() {
    let (_, sent) = ask(vec![good()]).await;
    let mut body = sent[0].clone();
    let prompt = &mut body["messages"][0]["content"];
    assert_eq!(prompt, system_prompt(question().look));
    *prompt = json!("[the prompt]");
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn a_close_look_has_a_prompt_and_a_schema_of_its_own() {
    let text = json!({"seen": "A man.", "class": "photorealistic", "faults": [], "quality": 8});
    let reply = ok(&completion(json!(text.to_string()), Value::Null, "stop"));
    let server = server(vec![reply]).await;
    let assessment = assess(&model(&server), close_question()).await.unwrap();
    assert_eq!(assessment.checked.answers.len(), 1);
    assert_eq!(assessment.checked.analysis.as_deref(), Some("A man."));
    let mut body = bodies(&server).await.remove(0);
    let prompt = &mut body["messages"][0]["content"];
    assert_eq!(prompt, system_prompt(LookKind::Close));
    *prompt = json!("[the prompt]");
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn a_correction_of_a_close_look_speaks_of_the_picture() {
    let empty = ok(&completion(json!("{}"), Value::Null, "stop"));
    let server = server(vec![empty]).await;
    assess(&model(&server), close_question()).await.unwrap_err();
    let body = bodies(&server).await.remove(1);
    let content = &body["messages"][1]["content"];
    insta::assert_snapshot!(content[0]["text"].as_str().unwrap());
}

#[tokio::test]
async fn a_control_sheet_is_asked_about_like_any_other() {
    let server = server(vec![good()]).await;
    for look in [LookKind::Sheet { vote: 2 }, LookKind::Control] {
        let question = Question { look, ..question() };
        model(&server).ask(&question).await.unwrap();
    }
    let sent = bodies(&server).await;
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "a model must not be able to tell");
}

#[tokio::test]
async fn a_model_that_reasons_is_sent_other_parameters() {
    let server = server(vec![good()]).await;
    let settings = ModelSettings::named("gpt-6-luna");
    let model = with_settings(&format!("{}/v1", server.uri()), settings);
    model.ask(&question()).await.unwrap();
    let body = bodies(&server).await.remove(0);
    assert_eq!(body["reasoning_effort"], "none");
    assert_eq!(body.get("temperature"), None);
    assert_eq!(model.to_string(), "openai:gpt-6-luna");
    assert_eq!(model.identity().kind, ModelKind::Live);
    assert!(!format!("{model:?}").contains(KEY));
}

#[tokio::test]
async fn a_correction_is_told_before_the_sheet() {
    let server = server(vec![good()]).await;
    let mut asked = question();
    asked.correction = Some(Correction {
        previous: "{\"pictures\": []}".to_owned(),
        problems: vec![Problem::MissingNumber(SheetNumber::new(3).unwrap())],
    });
    model(&server).ask(&asked).await.unwrap();
    let body = bodies(&server).await.remove(0);
    let content = &body["messages"][1]["content"];
    insta::assert_snapshot!(content[0]["text"].as_str().unwrap());
    assert_eq!(content[1]["type"], "image_url");
}

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
async fn a_refusal_fails_the_actor_with_its_words_and_its_cost() {
    let reply = ok(&completion(
        Value::Null,
        json!("I cannot judge people."),
        "stop",
    ));
    let (result, sent) = ask(vec![reply]).await;
    let error = result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no evaluation of 0004_european_35_male: the model refused: I cannot judge people. \
         (request req_1)"
    );
    assert_eq!((error.cost(), error.tokens().input), (ONE_CALL, 1_000));
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn the_content_filter_fails_the_actor_whichever_way_it_says_so() {
    let ended = ok(&completion(json!("{"), Value::Null, "content_filter"));
    let rejected = fault(400, "invalid_request_error", Some("content_filter"), None);
    for reply in [ended, rejected] {
        let (result, sent) = ask(vec![reply]).await;
        assert_eq!(
            actor_failure(&result.unwrap_err()),
            &ActorFailure::ContentFilter
        );
        assert_eq!(sent.len(), 1);
    }
}

#[tokio::test]
async fn a_truncated_answer_is_asked_for_once_more_with_a_higher_limit() {
    let cut = || {
        ok(&completion(
            json!("{\"pictures\": ["),
            Value::Null,
            "length",
        ))
    };
    let (result, sent) = ask(vec![cut(), good()]).await;
    let reply = result.unwrap();
    assert_eq!(reply.cost, ONE_CALL + ONE_CALL, "both calls count");
    let caps: Vec<_> = sent
        .iter()
        .map(|body| body["max_completion_tokens"].as_u64().unwrap())
        .collect();
    assert_eq!(caps, [640, 2_560]);

    let (result, sent) = ask(vec![cut()]).await;
    let error = result.unwrap_err();
    assert_eq!(
        actor_failure(&error),
        &ActorFailure::Truncated { cap: 2_560 }
    );
    assert_eq!(error.cost(), ONE_CALL + ONE_CALL);
    assert_eq!(sent.len(), 2);
}

#[tokio::test]
async fn an_empty_answer_is_asked_again_by_name_and_a_fence_is_taken_off() {
    let empty = ok(&completion(Value::Null, Value::Null, "stop"));
    let fenced = format!("```json\n{}\n```", good_text());
    let fenced = ok(&completion(json!(fenced), Value::Null, "stop"));
    let server = server(vec![empty, fenced]).await;
    let assessment = assess(&model(&server), question()).await.unwrap();
    assert_eq!(assessment.reasked, Some(vec![Problem::Empty]));
    assert_eq!(assessment.cost, ONE_CALL + ONE_CALL);
    assert_eq!(assessment.checked.counts().to_string(), "1/1/0");
}

#[tokio::test]
async fn broken_json_in_an_answer_leaves_the_actor_unassessed() {
    let broken = ok(&completion(
        json!("{\"pictures\": [{]}"),
        Value::Null,
        "stop",
    ));
    let server = server(vec![broken]).await;
    let error = assess(&model(&server), question()).await.unwrap_err();
    assert_eq!(error.cost(), ONE_CALL + ONE_CALL);
    let AssessError::Unassessed { problems, .. } = &error else {
        panic!("{error}");
    };
    assert!(matches!(problems.as_slice(), [Problem::NotJson { .. }]));
}

#[tokio::test]
async fn a_page_of_a_proxy_may_pass_and_is_named_when_it_does_not() {
    let (result, sent) = ask(vec![html(200), good()]).await;
    result.unwrap();
    assert_eq!(sent.len(), 2);

    let (result, sent) = ask(vec![html(200)]).await;
    let error = result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no evaluation of 0004_european_35_male: something between here and the service answered \
         with an HTML page titled \"Sign in\""
    );
    assert_eq!(sent.len(), 5);
    let (result, _) = ask(vec![html(403)]).await;
    assert!(matches!(
        actor_failure(&result.unwrap_err()),
        ActorFailure::Html { .. }
    ));
}

#[tokio::test]
async fn a_reply_that_is_no_completion_is_tried_again_and_named() {
    for body in ["{\"id\": \"x\", \"choices\": [{\"mess", "{\"choices\": []}"] {
        let broken = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        let (result, _) = ask(vec![broken.clone(), good()]).await;
        result.unwrap();
        let (result, sent) = ask(vec![broken]).await;
        assert!(matches!(
            actor_failure(&result.unwrap_err()),
            ActorFailure::Broken { .. }
        ));
        assert_eq!(sent.len(), 5);
    }
}

#[tokio::test]
async fn a_body_that_is_cut_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let whole = completion(json!(good_text()), Value::Null, "stop").to_string();
    tokio::spawn(async move {
        for sent in [whole.len() / 2, whole.len()] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            // The request is over with the end of its last message.
            while !request.ends_with(b"\"store\":false}") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                whole.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&whole.as_bytes()[..sent]).await.unwrap();
        }
    });
    let model = with_settings(&url, ModelSettings::named(MODEL));
    assert_eq!(model.ask(&question()).await.unwrap().text, good_text());
}

#[tokio::test]
async fn a_parameter_that_is_refused_is_left_out_from_then_on() {
    let refuses = |param| {
        fault(
            400,
            "invalid_request_error",
            Some("unsupported_parameter"),
            Some(param),
        )
    };
    let server = server(vec![
        refuses("temperature"),
        refuses("messages[1].content[1].image_url.detail"),
        refuses("max_completion_tokens"),
        refuses("response_format"),
        good(),
    ])
    .await;
    let model = model(&server);
    model.ask(&question()).await.unwrap();
    model.ask(&question()).await.unwrap();
    let sent = bodies(&server).await;
    assert_eq!(
        sent.len(),
        6,
        "remembered: the second question needs no try"
    );
    assert!((sent[0]["temperature"].as_f64().unwrap()).abs() < f64::EPSILON);
    let last = &sent[5];
    for gone in ["temperature", "max_completion_tokens", "response_format"] {
        assert_eq!(last.get(gone), None, "{gone}");
    }
    assert_eq!(
        last["messages"][1]["content"][1]["image_url"].get("detail"),
        None
    );
    assert_eq!(last["max_tokens"], 640);
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

#[tokio::test]
async fn a_question_is_estimated_before_it_is_asked() {
    let server = server(vec![good()]).await;
    let model = model(&server);
    let estimate = model.estimate(LookKind::Sheet { vote: 1 }, 20, 1_000, 800);
    // 1,296 for the sheet, and the prompt with its schema.
    assert!(
        (2_000..4_000).contains(&estimate.tokens.input),
        "{estimate:?}"
    );
    assert_eq!(estimate.tokens.output, 760);
    let price = |tokens| ModelSettings::named(MODEL).prices.of(tokens);
    assert_eq!(estimate.cost, price(estimate.tokens));
    for look in [LookKind::Generated, LookKind::Control] {
        assert_eq!(model.estimate(look, 20, 1_000, 800), estimate);
    }

    // 415 for the picture, and a prompt with a schema that names no numbers.
    let close = model.estimate(LookKind::Close, 1, 512, 512);
    assert!((1_200..2_200).contains(&close.tokens.input), "{close:?}");
    assert_eq!(close.tokens.output, 72);
    assert_eq!(close.cost, price(close.tokens));
}
