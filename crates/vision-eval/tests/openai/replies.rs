//! How the client handles replies with a success status.

use crate::server::{
    MODEL, ONE_CALL, actor_failure, ask, completion, fault, good, good_text, html, model, ok,
    question, server, with_settings,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vision_eval::{ActorFailure, AssessError, ModelSettings, Problem, VisionModel, assess};
use wiremock::ResponseTemplate;

#[tokio::test]
async fn reply_includes_tokens_and_cost() {
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
async fn refusal_fails_the_actor_with_its_text_and_cost() {
    let reply = ok(&completion(
        Value::Null,
        json!("I cannot judge people."),
        "stop",
    ));
    let (result, sent) = ask(vec![reply]).await;
    let error = result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not evaluate 0004_european_35_male: the model refused: I cannot judge people. \
         (request req_1)"
    );
    assert_eq!((error.cost(), error.tokens().input), (ONE_CALL, 1_000));
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn content_filter_in_completion_or_error_fails_the_actor() {
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
async fn truncated_answer_is_retried_once_with_a_higher_cap() {
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
async fn empty_answer_is_asked_again_and_fence_is_removed() {
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
async fn invalid_json_twice_leaves_the_actor_unassessed() {
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
async fn proxy_page_is_retried_and_then_reported() {
    let (result, sent) = ask(vec![html(200), good()]).await;
    result.unwrap();
    assert_eq!(sent.len(), 2);

    let (result, sent) = ask(vec![html(200)]).await;
    let error = result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not evaluate 0004_european_35_male: a proxy or gateway answered in place of the \
         service: an HTML page titled \"Sign in\""
    );
    assert_eq!(sent.len(), 5);
    let (result, _) = ask(vec![html(403)]).await;
    assert!(matches!(
        actor_failure(&result.unwrap_err()),
        ActorFailure::Html { .. }
    ));
}

#[tokio::test]
async fn invalid_completion_is_retried_and_then_reported() {
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
async fn body_that_ends_early_is_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let whole = completion(json!(good_text()), Value::Null, "stop").to_string();
    tokio::spawn(async move {
        for sent in [whole.len() / 2, whole.len()] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            // The body has no other marker of its end: `store` is its last field.
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
