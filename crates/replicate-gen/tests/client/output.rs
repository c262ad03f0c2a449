//! Predictions: how they end, and how their pictures are downloaded.

use crate::service::*;
use http_support::{RetryPolicy, Secret};
use replicate_gen::{GenerateError, Generated, ImageGenerator, PollSettings, ReplicateClient};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tdbal_types::Usd;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn finish(states: Vec<Value>) -> Result<Generated, GenerateError> {
    let server = predicting(states).await;
    client(&server).finish(&id()).await
}

#[tokio::test]
async fn a_finished_picture_is_downloaded() {
    let outputs = serving(picture()).await;
    let url = format!("{}/out.jpg", outputs.uri());
    for output in [json!(url), json!([url, "http://x/2"]), json!({"url": url})] {
        let server = predicting(vec![
            json!({"status": "starting"}),
            json!({"status": "processing"}),
            json!({"status": "hibernating"}),
            json!({"status": "succeeded", "output": output}),
        ])
        .await;
        let client = client(&server);
        let generated = client.finish(&id()).await.unwrap();
        assert_eq!(generated.bytes, "the picture");
        assert_eq!((generated.id, generated.cost), (id(), PRICE));
        assert_eq!(generated.model, "black-forest-labs/flux-kontext-pro");
        assert_eq!(seen(&server).await.len(), 4);
        // A second time, as after a crash.
        assert_eq!(client.finish(&id()).await.unwrap().bytes, "the picture");
    }
}

#[tokio::test]
async fn every_bad_end_of_a_prediction_has_its_own_error() {
    let flagged = "The input or output was flagged as sensitive. Please try again with different \
                   inputs. (E005) (abc)";
    let error = finish(vec![json!({"status": "failed", "error": flagged})]).await;
    assert!(matches!(
        &error,
        Err(GenerateError::Flagged { id: Some(_), message, .. }) if message == flagged
    ));
    let error = finish(vec![json!({"status": "aborted"})]).await;
    assert!(matches!(
        error,
        Err(GenerateError::Canceled {
            charged: false,
            cost: Usd::ZERO,
            ..
        })
    ));
    let error = finish(vec![json!({"status": "canceled"})]).await;
    assert!(matches!(
        error,
        Err(GenerateError::Canceled {
            charged: true,
            cost: PRICE,
            ..
        })
    ));
    let error = finish(vec![json!({"status": "failed", "error": "boom (E1000)"})]).await;
    assert!(error.unwrap_err().may_order_again());
}

#[tokio::test]
async fn an_endless_prediction_meets_the_deadline() {
    let server = predicting(vec![json!({"status": "hibernating"})]).await;
    let poll = PollSettings {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(1),
        deadline: Duration::from_millis(20),
    };
    let client = ReplicateClient::new(
        reqwest::Client::new(),
        &format!("{}/v1", server.uri()),
        Secret::new(TOKEN),
        settings(),
        RetryPolicy::default(),
        poll,
    )
    .unwrap();
    let error = client.finish(&id()).await.unwrap_err();
    assert!(
        matches!(&error, GenerateError::Deadline { status, .. } if status == "hibernating"),
        "{error:?}"
    );
    assert_eq!(error.prediction(), Some(&id()));
    assert!(
        !error.may_order_again(),
        "it must be finished, not replaced"
    );
}

#[tokio::test]
async fn a_cut_off_download_is_retried() {
    let (address, count) = raw_server(|number| {
        let body = if number == 0 {
            "the pic"
        } else {
            "the picture"
        };
        format!("HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{body}").into()
    })
    .await;
    let url = format!("{address}/out.jpg");
    let generated = finish(vec![json!({"status": "succeeded", "output": url})]).await;
    assert_eq!(generated.unwrap().bytes, "the picture");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_download_that_keeps_failing_can_resume_later() {
    let outputs = serving(ResponseTemplate::new(500)).await;
    let url = format!("{}/out.jpg?signature=secret", outputs.uri());
    let error = finish(vec![json!({"status": "succeeded", "output": url})])
        .await
        .unwrap_err();
    assert!(matches!(
        &error,
        GenerateError::Transport { id: Some(_), .. }
    ));
    assert!(!error.may_order_again());
    assert_eq!(error.cost(), PRICE);
    assert!(!chain(&error).contains("signature"), "{}", chain(&error));
}

#[tokio::test]
async fn an_output_above_the_size_limit_is_not_read() {
    let (address, count) = raw_server(|_| {
        let length = (64 << 20) + 1;
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\nbegin").into()
    })
    .await;
    let url = format!("{address}/out.jpg");
    let error = finish(vec![json!({"status": "succeeded", "output": url})])
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the output of prediction p1 is unusable: it is larger than the limit of 67108864 bytes"
    );
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_output_without_an_http_url_is_not_fetched() {
    for output in [
        "file:///etc/passwd",
        "ftp://x/y.jpg",
        "data:image/jpeg;base64,AA",
        "out.jpg",
    ] {
        let error = finish(vec![json!({"status": "succeeded", "output": output})])
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the output of prediction p1 is unusable: its URL is not an http(s) URL"
        );
    }
}

#[tokio::test]
async fn a_bad_token_while_polling_stops_the_run() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    let error = client(&server).finish(&id()).await.unwrap_err();
    assert!(error.stops_run());
}

#[tokio::test]
async fn the_token_is_sent_to_the_api_only() {
    let outputs = serving(picture()).await;
    let url = format!("{}/out.jpg", outputs.uri());
    finish(vec![json!({"status": "succeeded", "output": url})])
        .await
        .unwrap();
    let requests = seen(&outputs).await;
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].headers.contains_key("authorization"));

    // An output that the API itself serves needs the token.
    let server = MockServer::start().await;
    let own = format!("{}/v1/files/f2/out.jpg", server.uri());
    Mock::given(path("/v1/files/f2/out.jpg"))
        .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
        .respond_with(picture())
        .mount(&server)
        .await;
    let done = prediction(json!({"status": "succeeded", "output": own}));
    Mock::given(path("/v1/predictions/p1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(done))
        .mount(&server)
        .await;
    assert!(client(&server).finish(&id()).await.is_ok());
}

#[tokio::test]
async fn temporary_errors_while_polling_are_retried() {
    let outputs = serving(picture()).await;
    let server = MockServer::start().await;
    for template in [ResponseTemplate::new(503), ResponseTemplate::new(429)] {
        Mock::given(method("GET"))
            .respond_with(template)
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let url = format!("{}/out.jpg", outputs.uri());
    let done = prediction(json!({"status": "succeeded", "output": url}));
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(done))
        .mount(&server)
        .await;
    assert!(client(&server).finish(&id()).await.is_ok());
    assert_eq!(seen(&server).await.len(), 3);
}

#[tokio::test]
async fn deleted_outputs_and_predictions_are_reported_as_gone() {
    let removed = json!({"status": "succeeded", "output": null, "data_removed": true});
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    let unknown = client(&server).finish(&id()).await;
    let mut results = vec![finish(vec![removed]).await, unknown];
    for status in [404, 403, 410] {
        let outputs = serving(ResponseTemplate::new(status)).await;
        let url = format!("{}/out.jpg", outputs.uri());
        results.push(finish(vec![json!({"status": "succeeded", "output": url})]).await);
    }
    assert_eq!(results.len(), 5);
    for result in results {
        assert!(
            matches!(result, Err(GenerateError::OutputGone { cost: PRICE, .. })),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn missing_or_empty_outputs_are_retried() {
    for first in [ResponseTemplate::new(404), ResponseTemplate::new(200)] {
        let outputs = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(first)
            .up_to_n_times(1)
            .mount(&outputs)
            .await;
        Mock::given(method("GET"))
            .respond_with(picture())
            .mount(&outputs)
            .await;
        let url = format!("{}/out.jpg", outputs.uri());
        let generated = finish(vec![json!({"status": "succeeded", "output": url})]).await;
        assert_eq!(generated.unwrap().bytes, "the picture");
    }
}
