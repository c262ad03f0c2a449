//! The requests that the client sends.

use crate::server::{
    KEY, MODEL, ask, bodies, close_question, completion, fault, good, model, ok, question, server,
    with_settings,
};
use serde_json::{Value, json};
use tdbal_types::SheetNumber;
use vision_eval::{
    Correction, LookKind, ModelKind, ModelSettings, Problem, Question, VisionModel, assess,
    system_prompt,
};

#[tokio::test]
async fn sheet_request_matches_the_snapshot() {
    let (_, sent) = ask(vec![good()]).await;
    let mut body = sent[0].clone();
    let prompt = &mut body["messages"][0]["content"];
    assert_eq!(prompt, system_prompt(question().look));
    *prompt = json!("[the prompt]");
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn close_look_request_matches_the_snapshot() {
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
async fn correction_of_a_close_look_mentions_the_picture() {
    let empty = ok(&completion(json!("{}"), Value::Null, "stop"));
    let server = server(vec![empty]).await;
    assess(&model(&server), close_question()).await.unwrap_err();
    let body = bodies(&server).await.remove(1);
    let content = &body["messages"][1]["content"];
    insta::assert_snapshot!(content[0]["text"].as_str().unwrap());
}

#[tokio::test]
async fn control_sheet_request_equals_that_of_any_sheet() {
    let server = server(vec![good()]).await;
    for look in [LookKind::Sheet { vote: 2 }, LookKind::Control] {
        let question = Question { look, ..question() };
        model(&server).ask(&question).await.unwrap();
    }
    let sent = bodies(&server).await;
    assert_eq!(sent.len(), 2);
    assert_eq!(
        sent[0], sent[1],
        "the model must not recognise a control sheet"
    );
}

#[tokio::test]
async fn reasoning_model_gets_its_own_parameters() {
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
async fn correction_precedes_the_image() {
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
async fn rejected_parameter_is_left_out_from_then_on() {
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
        "the second question leaves the parameters out at once"
    );
    assert!((sent[0]["temperature"].as_f64().unwrap()).abs() < f64::EPSILON);
    let last = &sent[5];
    for omitted in ["temperature", "max_completion_tokens", "response_format"] {
        assert_eq!(last.get(omitted), None, "{omitted}");
    }
    assert_eq!(
        last["messages"][1]["content"][1]["image_url"].get("detail"),
        None
    );
    assert_eq!(last["max_tokens"], 640);
}

#[tokio::test]
async fn estimate_covers_image_prompt_and_answer() {
    let server = server(vec![good()]).await;
    let model = model(&server);
    let estimate = model.estimate(LookKind::Sheet { vote: 1 }, 20, 1_000, 800);
    // 1,296 tokens for the sheet, the rest for the prompt and the schema.
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

    // 415 tokens for the picture, the rest for the prompt and a schema without numbers.
    let close = model.estimate(LookKind::Close, 1, 512, 512);
    assert!((1_200..2_200).contains(&close.tokens.input), "{close:?}");
    assert_eq!(close.tokens.output, 72);
    assert_eq!(close.cost, price(close.tokens));
}
