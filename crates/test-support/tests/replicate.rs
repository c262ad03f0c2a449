//! The fake generator returns pictures of the requested class and fails as a test configures it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed assumption should stop the test"
)]

use base64::Engine as _;
use reqwest::Client;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tdbal_types::ImageClass;
use test_support::pictures::{decode, photo};
use test_support::replicate::{FakeReplicate, Fate};

async fn get(url: &str) -> Value {
    let response = Client::new()
        .get(url)
        .bearer_auth("r8_test")
        .send()
        .await
        .unwrap();
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

async fn order(service: &FakeReplicate, input: Value) -> (u16, Value) {
    let url = format!(
        "{}/models/black-forest-labs/flux-kontext-pro/predictions",
        service.base_url()
    );
    let body = json!({"input": input}).to_string();
    let request = Client::new().post(url).bearer_auth("r8_test").body(body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn finished(service: &FakeReplicate, made: &Value) -> Value {
    let url = format!(
        "{}/predictions/{}",
        service.base_url(),
        made["id"].as_str().unwrap()
    );
    assert_eq!(made["urls"]["get"], url.as_str());
    assert_eq!(get(&url).await["status"], "processing");
    get(&url).await
}

async fn picture(prediction: &Value) -> Vec<u8> {
    let url = prediction["output"].as_str().unwrap();
    // Without a token: outputs are public, and the token must not leak to their host.
    Client::new()
        .get(url)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .to_vec()
}

#[tokio::test]
async fn order_gives_a_picture_of_the_class_in_its_prompt() {
    let service = FakeReplicate::start().await;
    let base = photo(5, 40, 40);
    let inline = format!(
        "data:image/jpeg;base64,{}",
        base64::engine::general_purpose::STANDARD.encode(&base)
    );
    let prompts = [
        (
            "A film still of the man on a pier. No illustration.",
            ImageClass::Photorealistic,
        ),
        (
            "A black-and-white woodcut print of the man.",
            ImageClass::BwStylized,
        ),
        (
            "A gouache painting of the man. Not black-and-white.",
            ImageClass::ColorStylized,
        ),
    ];
    for (prompt, class) in prompts {
        let input = json!({"prompt": prompt, "input_image": inline, "output_format": "jpg"});
        let (status, made) = order(&service, input).await;
        assert_eq!((status, &made["status"]), (201, &json!("starting")));
        assert_eq!(made["output"], Value::Null);
        let done = finished(&service, &made).await;
        assert_eq!(done["status"], "succeeded");
        let file = picture(&done).await;
        assert_eq!(&file[..3], [0xff, 0xd8, 0xff], "a JPEG");
        assert_eq!(decode(&file).unwrap().0, class, "{prompt}");
    }
    let paid = service.paid();
    assert_eq!(paid.len(), 3);
    assert_eq!(paid[1].prompt, prompts[1].0);
    assert_eq!(paid[1].model, "black-forest-labs/flux-kontext-pro");
    assert_eq!(paid[1].base_image.as_ref(), Some(&base));
    let list = get(&format!("{}/predictions", service.base_url())).await;
    assert_eq!(list["results"].as_array().unwrap().len(), 3);
    assert_eq!(
        list["results"][0]["id"],
        paid[2].id.as_str(),
        "newest first"
    );
    assert_eq!(list["results"][0]["input"]["prompt"], prompts[2].0);
}

#[tokio::test]
async fn each_fate_applies_to_one_order() {
    let service = FakeReplicate::start().await;
    let fates = [
        Fate::Flagged,
        Fate::Failed("out of memory (E1001)".to_owned()),
        Fate::Aborted,
        Fate::WrongClass(ImageClass::BwStylized),
        Fate::BadOutput,
        Fate::Refused(500),
        Fate::TakenButRefused(502),
        Fate::Stuck,
    ];
    for (nth, fate) in (1..).zip(fates.clone()) {
        service.on_order(nth, fate);
    }
    let mut seen = Vec::new();
    for _ in 0..=fates.len() {
        let input = json!({"prompt": "A photograph of the man."});
        let (status, made) = order(&service, input).await;
        if status != 201 {
            seen.push(status.to_string());
            continue;
        }
        let done = finished(&service, &made).await;
        let mut what = done["status"].as_str().unwrap().to_owned();
        if let Some(error) = done["error"].as_str() {
            what = format!("{what} {}", error.split_once('(').unwrap().1);
        } else if done["output"].is_string() {
            let file = picture(&done).await;
            let class = decode(&file).map(|(class, _)| class.as_str());
            what = format!("{what} {}", class.unwrap_or("no picture"));
        }
        seen.push(what);
    }
    assert_eq!(
        seen,
        [
            "failed E005)",
            "failed E1001)",
            "aborted",
            "succeeded bw_stylized",
            "succeeded no picture",
            "500",
            "502",
            "processing",
            "succeeded photorealistic",
        ]
    );
    assert_eq!((service.orders(), service.paid().len()), (9, 8));
}

#[tokio::test]
async fn uploaded_file_can_be_the_base_picture() {
    let service = FakeReplicate::start().await;
    let base = photo(6, 40, 40);
    let part = Part::bytes(base.clone()).file_name("base.jpg");
    let response = Client::new()
        .post(format!("{}/files", service.base_url()))
        .bearer_auth("r8_test")
        .multipart(Form::new().part("content", part))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
    let uploaded: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let url = uploaded["urls"]["get"].as_str().unwrap();
    order(
        &service,
        json!({"prompt": "A photograph.", "image_input": [url]}),
    )
    .await;
    assert_eq!(service.paid()[0].base_image, Some(base));
    assert_eq!(service.uploads(), 1);
}

#[tokio::test]
async fn custom_classifier_decides_the_class() {
    let service = FakeReplicate::start_with(|prompt| {
        if prompt.contains("blue") {
            ImageClass::BwStylized
        } else {
            ImageClass::ColorStylized
        }
    })
    .await;
    service.set_polls(0);
    let (_, made) = order(&service, json!({"prompt": "blue", "output_format": "png"})).await;
    let done = get(made["urls"]["get"].as_str().unwrap()).await;
    let file = picture(&done).await;
    assert_eq!(&file[1..4], b"PNG");
    assert_eq!(decode(&file).unwrap().0, ImageClass::BwStylized);
    let without_token = Client::new()
        .get(made["urls"]["get"].as_str().unwrap())
        .send()
        .await;
    assert_eq!(without_token.unwrap().status(), 401);
}
