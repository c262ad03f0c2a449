//! The fake model answers correctly for every cell of a real sheet and follows a test's script.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed assumption should stop the test"
)]

use base64::Engine as _;
use composite::{Cell, Limits, SheetOptions, sheet, thumbnail};
use reqwest::Client;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tdbal_types::{ImageClass, Quality, SheetNumber};
use test_support::openai::{FakeOpenAi, Scripted};
use test_support::pictures::coded_file;

const SHAPES: [(u32, u32); 6] = [
    (120, 160),
    (160, 90),
    (100, 100),
    (60, 180),
    (274, 374),
    (340, 192),
];

struct Shown {
    jpeg: Vec<u8>,
    numbers: Vec<u32>,
    truth: BTreeMap<u32, (String, u8)>,
}

/// Draws a sheet with every class at every quality; numbers 3 and 14 are unreadable.
fn shown() -> Shown {
    let options = SheetOptions::default();
    let mut cells = Vec::new();
    let mut truth = BTreeMap::new();
    for position in 0..32_u32 {
        let number = position + 1;
        let cell = if [3, 14].contains(&number) {
            Cell::Unreadable
        } else {
            let class = ImageClass::ALL[position as usize % 3];
            let quality = Quality::new(i64::from(position / 3 % 10 + 1)).unwrap();
            truth.insert(number, (class.to_string(), quality.get()));
            let shape = SHAPES[position as usize % SHAPES.len()];
            let name = ["a.png", "a.jpg", "a.webp"][position as usize % 3];
            let file = coded_file(name, class, quality, u64::from(position), shape);
            Cell::Picture(thumbnail(&file, options.cell, &Limits::default()).unwrap())
        };
        cells.push((SheetNumber::new(number).unwrap(), cell));
    }
    Shown {
        jpeg: sheet(&cells, &options).unwrap().jpeg,
        numbers: truth.keys().copied().collect(),
        truth,
    }
}

fn schema(numbers: &[u32]) -> Value {
    json!({
        "type": "object",
        "properties": {
            "pictures": {"type": "array", "items": {"type": "object", "properties": {
                "number": {"type": "integer", "enum": numbers},
                "class": {"type": "string", "enum": ["photorealistic", "bw_stylized", "color_stylized"]},
                "faults": {"type": "array", "items": {"type": "string", "enum": ["distorted"]}},
                "quality": {"type": "integer", "minimum": 1, "maximum": 10},
            }}},
            "analysis": {"type": "string"},
        },
    })
}

fn body(shown: &Shown, with_schema: bool) -> Value {
    let picture = base64::engine::general_purpose::STANDARD.encode(&shown.jpeg);
    let numbers: Vec<String> = shown.numbers.iter().map(u32::to_string).collect();
    let text = format!(
        "Numbers to judge ({}): {}.",
        numbers.len(),
        numbers.join(", ")
    );
    let url = format!("data:image/jpeg;base64,{picture}");
    let mut body = json!({
        "model": "gpt-4.1-mini",
        "messages": [
            {"role": "system", "content": "Judge."},
            {"role": "user", "content": [
                {"type": "text", "text": text},
                {"type": "image_url", "image_url": {"url": url, "detail": "high"}},
            ]},
        ],
    });
    if with_schema {
        let schema = schema(&shown.numbers);
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": {"name": "sheet", "strict": true, "schema": schema},
        });
    }
    body
}

async fn ask(model: &FakeOpenAi, body: &Value) -> (u16, Value) {
    let response = Client::new()
        .post(format!("{}/chat/completions", model.base_url()))
        .bearer_auth("sk-test")
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert!(response.headers().contains_key("x-request-id"));
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

fn content(reply: &Value) -> Value {
    let text = reply["choices"][0]["message"]["content"].as_str().unwrap();
    serde_json::from_str(text).unwrap()
}

fn verdicts(reply: &Value) -> BTreeMap<u32, (String, u8)> {
    let content = content(reply);
    let pictures = content["pictures"].as_array().unwrap();
    let verdict = |picture: &Value| {
        let number = picture["number"].as_u64().unwrap() as u32;
        let class = picture["class"].as_str().unwrap().to_owned();
        (number, (class, picture["quality"].as_u64().unwrap() as u8))
    };
    pictures.iter().map(verdict).collect()
}

#[tokio::test]
async fn every_cell_of_a_real_sheet_is_judged_correctly() {
    let (model, shown) = (FakeOpenAi::start().await, shown());
    for with_schema in [true, false] {
        let (status, reply) = ask(&model, &body(&shown, with_schema)).await;
        assert_eq!(status, 200, "{reply}");
        let verdicts = verdicts(&reply);
        assert_eq!(verdicts.len(), 30);
        assert_eq!(verdicts, shown.truth);
    }
    let asked = model.asked();
    assert_eq!((model.calls(), asked.len()), (2, 2));
    assert_eq!(asked[0].numbers, shown.numbers);
    assert_eq!(asked[0].sheet, (1000, 1400));
    assert_eq!(asked[0].model, "gpt-4.1-mini");
}

#[tokio::test]
async fn number_of_an_unreadable_cell_is_left_out() {
    let (model, mut shown) = (FakeOpenAi::start().await, shown());
    shown.numbers.push(3);
    let (_, reply) = ask(&model, &body(&shown, true)).await;
    assert_eq!(verdicts(&reply), shown.truth);
}

#[tokio::test]
async fn blind_model_repeats_the_recorded_answers() {
    let (model, shown) = (FakeOpenAi::start().await, shown());
    model.answer_blindly(true);
    let (_, reply) = ask(&model, &body(&shown, true)).await;
    let verdicts = verdicts(&reply);
    assert!(
        verdicts
            .values()
            .all(|(class, _)| class == "photorealistic")
    );
    let first: Vec<u8> = verdicts
        .values()
        .take(6)
        .map(|(_, quality)| *quality)
        .collect();
    assert_eq!(first, [8, 7, 9, 8, 6, 7]);
}

#[tokio::test]
async fn scripted_responses_are_used_first_and_once() {
    let (model, shown) = (FakeOpenAi::start().await, shown());
    model.script([
        Scripted::rate_limited(0),
        Scripted::html(502),
        Scripted::refusal("No."),
        Scripted::truncated("{\"pictures\": ["),
        Scripted::filtered(),
        Scripted::empty(),
        Scripted::insufficient_quota(),
    ]);
    let mut statuses = Vec::new();
    let body = body(&shown, true);
    for _ in 0..8 {
        let (status, reply) = ask(&model, &body).await;
        statuses.push(status);
        if statuses.len() == 3 {
            assert_eq!(reply["choices"][0]["message"]["refusal"], "No.");
        }
        if statuses.len() == 8 {
            assert_eq!(verdicts(&reply), shown.truth);
        }
    }
    assert_eq!(statuses, [429, 502, 200, 200, 200, 200, 429, 200]);
}

#[tokio::test]
async fn invalid_questions_are_rejected() {
    let (model, shown) = (FakeOpenAi::start().await, shown());
    let mut without_picture = body(&shown, true);
    without_picture["messages"][1]["content"] = json!([{"type": "text", "text": "Well?"}]);
    assert_eq!(ask(&model, &without_picture).await.0, 400);
    let url = format!("{}/chat/completions", model.base_url());
    let without_key = Client::new().post(url).body("{}").send().await.unwrap();
    assert_eq!(without_key.status(), 401);
    assert_eq!((model.calls(), model.asked().len()), (2, 0));
}

#[test]
fn blocking_start_serves_the_models_endpoint() {
    let model = FakeOpenAi::start_blocking();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = runtime.block_on(async {
        let url = format!("{}/models/gpt-4.1-mini", model.base_url());
        Client::new()
            .get(url)
            .bearer_auth("sk-test")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    });
    assert!(reply.contains("gpt-4.1-mini"), "{reply}");
}
