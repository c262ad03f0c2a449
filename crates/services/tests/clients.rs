//! Clients name themselves, send their keys and can be checked; buckets need no request to open.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::BehaviorVersion;
use aws_types::SdkConfig;
use http_support::{RetryPolicy, Secret};
use services::{OpenAiServer, PollSettings, Replicate};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn the_vision_model_is_looked_up_at_its_server() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v1/models/some-model"))
        .and(header("user-agent", "tdbal test"))
        .and(header("authorization", "Bearer key"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(serde_json::json!({"id": "some-model"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let base_url = format!("{}/v1", server.uri());
    let model = OpenAiServer {
        base_url: &base_url,
        key: Secret::new("key"),
        model: vision_eval::ModelSettings::named("some-model"),
        retry: RetryPolicy::default(),
    }
    .client("tdbal test")
    .unwrap();
    assert_eq!(model.check().await.unwrap().id, "some-model");
}

#[tokio::test]
async fn the_account_of_the_replicate_token_is_looked_up() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v1/account"))
        .and(header("user-agent", "tdbal test"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(serde_json::json!({"username": "ada"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let base_url = format!("{}/v1", server.uri());
    let replicate = |base_url| Replicate {
        base_url,
        token: Secret::new("token"),
        model: replicate_gen::ModelSettings::preset("flux-kontext-pro").unwrap(),
        retry: RetryPolicy::default(),
        poll: PollSettings::default(),
    };
    let client = replicate(&base_url).client("tdbal test").unwrap();
    assert_eq!(client.account().await.unwrap(), "ada");
    let error = replicate("not a URL").client("tdbal test").unwrap_err();
    assert!(error.to_string().contains("not a URL"), "{error}");
}

#[tokio::test]
async fn a_bucket_at_an_endpoint_opens_without_a_request() {
    let server = MockServer::start().await;
    let endpoint = server.uri().parse().unwrap();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .build();
    let buckets = services::s3(config, Some(endpoint));
    let store = buckets.bucket("pictures", Some("eu-west-1")).await.unwrap();
    assert!(store.to_string().contains("pictures"), "{store}");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn credentials_are_found_only_if_a_provider_has_them() {
    let without = SdkConfig::builder().build();
    assert!(!services::s3(without, None).has_credentials().await);
    let credentials = Credentials::new("id", "secret", None, None, "test");
    let with = SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    assert!(services::s3(with, None).has_credentials().await);
}
