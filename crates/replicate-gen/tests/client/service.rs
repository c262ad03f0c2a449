//! Simulated services on the loopback interface, and the requests for them.

use bytes::Bytes;
use http_support::{RetryPolicy, Secret};
use replicate_gen::{
    GenerationRequest, ModelSettings, PollSettings, PredictionId, Prompt, ReplicateClient,
};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tdbal_types::{ActorId, ImageClass, Usd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const TOKEN: &str = "r8_very_secret";
pub(crate) const ORDER: &str = "/v1/models/black-forest-labs/flux-kontext-pro/predictions";
pub(crate) const PRICE: Usd = Usd::from_nanos(40_000_000);

pub(crate) fn settings() -> ModelSettings {
    ModelSettings::preset("flux-kontext-pro").unwrap()
}

pub(crate) fn client_at(base: &str) -> ReplicateClient {
    let policy = RetryPolicy {
        max_attempts: 3,
        base_delay: Duration::ZERO,
        server_delay_cap: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let poll = PollSettings {
        first_pause: Duration::ZERO,
        ..PollSettings::default()
    };
    ReplicateClient::new(
        reqwest::Client::new(),
        base,
        Secret::new(TOKEN),
        settings(),
        policy,
        poll,
    )
    .unwrap()
}

pub(crate) fn client(server: &MockServer) -> ReplicateClient {
    client_at(&format!("{}/v1", server.uri()))
}

pub(crate) fn request_with(base_image: Vec<u8>) -> GenerationRequest {
    let class = ImageClass::ColorStylized;
    GenerationRequest {
        actor: ActorId::new("0004_european_35_male").unwrap(),
        class,
        ordinal: 2,
        prompt: Prompt {
            class,
            scene: "harbour nets".into(),
            technique: "gouache".into(),
            text: "A gouache painting of the man.".into(),
        },
        seed: 12_345,
        base_image: Bytes::from(base_image),
    }
}

pub(crate) fn request() -> GenerationRequest {
    request_with(b"jpeg".to_vec())
}

pub(crate) fn id() -> PredictionId {
    PredictionId::new("p1").unwrap()
}

/// The response to an order, with the fields of `extra` added or replaced.
pub(crate) fn prediction(extra: Value) -> Value {
    let mut whole = json!({"id": "p1", "status": "starting", "output": null, "error": null});
    for (key, value) in extra.as_object().unwrap() {
        whole[key] = value.clone();
    }
    whole
}

/// Starts a server that responds to an order with `template`.
pub(crate) async fn ordering(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(ORDER))
        .respond_with(template)
        .mount(&server)
        .await;
    server
}

/// Starts a server that reports each of `states` in turn for prediction p1, then keeps repeating
/// the last.
pub(crate) async fn predicting(states: Vec<Value>) -> MockServer {
    let server = MockServer::start().await;
    let last = states.len() - 1;
    for (index, state) in states.into_iter().enumerate() {
        let mock = Mock::given(method("GET"))
            .and(path("/v1/predictions/p1"))
            .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
            .respond_with(ResponseTemplate::new(200).set_body_json(prediction(state)));
        if index == last {
            mock.mount(&server).await;
        } else {
            mock.up_to_n_times(1).mount(&server).await;
        }
    }
    server
}

/// Starts a server that responds with `template` at `/out.jpg`.
pub(crate) async fn serving(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/out.jpg"))
        .respond_with(template)
        .mount(&server)
        .await;
    server
}

pub(crate) fn picture() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_bytes(b"the picture".to_vec())
}

pub(crate) async fn seen(server: &MockServer) -> Vec<wiremock::Request> {
    server.received_requests().await.unwrap()
}

/// Returns the messages of an error and all its sources.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

/// Starts a server that accepts connections, reads the first bytes of each and sends what `reply`
/// returns for the connection's number, counted from 0. Returns its URL and the number of
/// connections so far.
pub(crate) async fn raw_server(
    reply: impl Fn(usize) -> Vec<u8> + Send + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 65_536];
            let _ = stream.read(&mut request).await;
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(&reply(number)).await;
        }
    });
    (address, count)
}
