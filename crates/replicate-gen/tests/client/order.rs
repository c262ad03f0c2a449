//! Orders: what they send, and that a possibly paid order is never repeated.

use crate::service::*;
use replicate_gen::{GenerateError, ImageGenerator, StopReason};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tdbal_types::Usd;
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn start_error(template: ResponseTemplate) -> (GenerateError, usize) {
    let server = ordering(template).await;
    let error = client(&server).start(&request()).await.unwrap_err();
    assert!(!chain(&error).contains(TOKEN), "{}", chain(&error));
    (error, seen(&server).await.len())
}

#[tokio::test]
async fn an_order_returns_the_prediction_id_at_once() {
    let server = ordering(ResponseTemplate::new(201).set_body_json(prediction(json!({})))).await;
    let started = client(&server).start(&request()).await.unwrap();
    assert_eq!(started.id, id());
    assert_eq!(started.model, "black-forest-labs/flux-kontext-pro");
    let requests = seen(&server).await;
    assert_eq!(requests.len(), 1, "nothing is requested besides the order");
    let sent = &requests[0];
    assert_eq!(sent.headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(sent.headers["content-type"], "application/json");
    assert_eq!(
        sent.body_json::<Value>().unwrap(),
        json!({"input": {
            "prompt": "A gouache painting of the man.",
            "input_image": "data:image/jpeg;base64,anBlZw==",
            "aspect_ratio": "1:1",
            "output_format": "jpg",
            "seed": 12_345,
            "prompt_upsampling": false,
            "safety_tolerance": 2,
        }})
    );
}

#[tokio::test]
async fn a_rate_limited_order_is_retried() {
    for limited in [
        ResponseTemplate::new(429).insert_header("retry-after", "1"),
        ResponseTemplate::new(429).set_body_json(json!({"retry_after": 1})),
        ResponseTemplate::new(429)
            .set_body_json(json!({"detail": "Your rate limit resets in ~30s."})),
        ResponseTemplate::new(429),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(limited)
            .up_to_n_times(2)
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(201).set_body_json(prediction(json!({}))))
            .mount(&server)
            .await;
        assert_eq!(client(&server).start(&request()).await.unwrap().id, id());
        assert_eq!(seen(&server).await.len(), 3);
    }
}

#[tokio::test]
async fn a_permanent_rate_limit_means_nothing_was_ordered() {
    let (error, sent) = start_error(ResponseTemplate::new(429)).await;
    assert!(matches!(&error, GenerateError::Transport { id: None, .. }));
    assert!(error.may_order_again());
    assert_eq!((error.cost(), sent), (Usd::ZERO, 3));
}

#[tokio::test]
async fn an_order_without_a_usable_response_is_not_retried() {
    let unusable = [
        ResponseTemplate::new(500).set_body_json(json!({"detail": "internal"})),
        ResponseTemplate::new(502).set_body_string("<html><title>Bad Gateway</title></html>"),
        ResponseTemplate::new(503).insert_header("retry-after", "1"),
        ResponseTemplate::new(408),
        ResponseTemplate::new(201).set_body_string("{\"id\": "),
        ResponseTemplate::new(201).set_body_json(json!({"status": "starting"})),
        ResponseTemplate::new(200).set_body_string("<html></html>"),
    ];
    let cases = unusable.len();
    for template in unusable {
        let (error, sent) = start_error(template).await;
        assert!(
            matches!(
                &error,
                GenerateError::MaybeCreated { seed: 12_345, picture, .. }
                    if picture == "color_stylized picture 2 of 0004_european_35_male"
            ),
            "{error:?}"
        );
        assert!(!error.may_order_again() && error.cost_is_assumed());
        assert_eq!((error.cost(), sent), (PRICE, 1));
    }
    assert_eq!(cases, 7);
}

#[tokio::test]
async fn an_order_that_times_out_is_not_retried() {
    let late = ResponseTemplate::new(201)
        .set_body_json(prediction(json!({})))
        .set_delay(Duration::from_mins(10));
    let server = ordering(late).await;
    let client = client(&server).with_api_timeout(Duration::from_millis(30));
    let error = client.start(&request()).await.unwrap_err();
    assert!(matches!(error, GenerateError::MaybeCreated { .. }));
    assert!(seen(&server).await.len() <= 1);
}

#[tokio::test]
async fn an_order_with_a_cut_off_response_is_not_retried() {
    let cut = b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"id\": \"p1\"".to_vec();
    for reply in [cut, Vec::new()] {
        let (address, count) = raw_server(move |_| reply.clone()).await;
        let error = client_at(&format!("{address}/v1"))
            .start(&request())
            .await
            .unwrap_err();
        assert!(
            matches!(error, GenerateError::MaybeCreated { .. }),
            "{error:?}"
        );
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_failed_connection_means_nothing_was_ordered() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client_at(&format!("http://{address}/v1"))
        .start(&request())
        .await
        .unwrap_err();
    assert!(matches!(error, GenerateError::Transport { id: None, .. }));
    assert_eq!(
        error.to_string(),
        "could not order color_stylized picture 2 of 0004_european_35_male"
    );
}

#[tokio::test]
async fn errors_that_affect_every_order_stop_the_run() {
    for (status, expected) in [
        (401, StopReason::BadToken),
        (403, StopReason::BadToken),
        (402, StopReason::NoCredit),
        (404, StopReason::NoModel),
    ] {
        let body = json!({"title": "no", "detail": format!("not with {TOKEN}")});
        let (error, sent) = start_error(ResponseTemplate::new(status).set_body_json(body)).await;
        assert!(
            matches!(error, GenerateError::StopsRun { reason, .. } if reason == expected),
            "{error:?}"
        );
        assert!(error.stops_run());
        assert_eq!((error.cost(), sent), (Usd::ZERO, 1));
    }
}

#[tokio::test]
async fn invalid_and_flagged_inputs_are_different_errors() {
    let invalid =
        json!({"title": "Input validation failed", "detail": "- input: bad", "status": 422});
    let (error, sent) = start_error(ResponseTemplate::new(422).set_body_json(invalid)).await;
    assert!(matches!(error, GenerateError::Rejected { .. }), "{error:?}");
    assert!(chain(&error).contains("Input validation failed"));
    assert_eq!(sent, 1);

    let flagged = json!({"detail": "The input was flagged as sensitive. (E005)"});
    let (error, _) = start_error(ResponseTemplate::new(400).set_body_json(flagged)).await;
    assert!(
        matches!(
            error,
            GenerateError::Flagged {
                id: None,
                cost: Usd::ZERO,
                ..
            }
        ),
        "{error:?}"
    );
}

/// The response to an upload.
fn uploaded() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(
        json!({"id": "f1", "urls": {"get": "https://api.replicate.com/v1/files/f1"}}),
    )
}

#[tokio::test]
async fn only_large_base_images_are_uploaded() {
    for (size, is_uploaded) in [(256 * 1024, false), (256 * 1024 + 1, true)] {
        let server =
            ordering(ResponseTemplate::new(201).set_body_json(prediction(json!({})))).await;
        Mock::given(method("POST"))
            .and(path("/v1/files"))
            .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
            .respond_with(uploaded())
            .mount(&server)
            .await;
        let started = client(&server).start(&request_with(vec![b'x'; size])).await;
        assert_eq!(started.unwrap().id, id());
        let requests = seen(&server).await;
        assert_eq!(requests.len(), 1 + usize::from(is_uploaded));
        let order: Value = requests.last().unwrap().body_json().unwrap();
        let image = order["input"]["input_image"].as_str().unwrap();
        if is_uploaded {
            assert_eq!(image, "https://api.replicate.com/v1/files/f1");
            let form = String::from_utf8_lossy(&requests[0].body);
            assert!(form.contains("name=\"content\"; filename=\"base.jpg\""));
            assert!(form.contains("Content-Type: image/jpeg"));
            assert_eq!(form.matches('x').count() / size, 1);
        } else {
            assert!(image.starts_with("data:image/jpeg;base64,eHh4"));
        }
    }
}

#[tokio::test]
async fn uploads_are_retried_and_precede_the_order() {
    let server = ordering(ResponseTemplate::new(201).set_body_json(prediction(json!({})))).await;
    Mock::given(path("/v1/files"))
        .respond_with(ResponseTemplate::new(500))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(path("/v1/files"))
        .respond_with(uploaded())
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let large = request_with(vec![0; 300_000]);
    assert_eq!(client(&server).start(&large).await.unwrap().id, id());
    assert_eq!(seen(&server).await.len(), 4);

    // No mocks are left for the upload, so the server responds with 404.
    let error = client(&server).start(&large).await.unwrap_err();
    assert!(
        matches!(&error, GenerateError::Transport { id: None, tried, .. }
            if tried.starts_with("upload the base image")),
        "{error:?}"
    );
    assert_eq!(error.cost(), Usd::ZERO);
}
