//! Tests of the client against a simulated API on the loopback interface, with its known faults.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_imports,
    reason = "a test fails by panicking, and these modules are one program"
)]

mod listing;
mod order;
mod output;
mod service;

use http_support::{RetryPolicy, Secret};
use replicate_gen::{
    GeneratorKind, ImageGenerator, PollSettings, ReplicateClient, ReplicateSetupError,
};
use serde_json::json;
use service::*;

#[test]
fn a_client_shows_its_model_and_host_but_not_its_token() {
    let client = client_at("https://api.example.com/v1");
    assert_eq!(
        client.to_string(),
        "black-forest-labs/flux-kontext-pro on Replicate (api.example.com)"
    );
    assert!(!format!("{client:?}").contains(TOKEN));
    assert_eq!(client.price(), PRICE);
    let identity = client.identity();
    assert_eq!(identity.kind, GeneratorKind::Live);
    assert_eq!(
        serde_json::to_value(identity).unwrap(),
        json!({"kind": "live", "model": "black-forest-labs/flux-kontext-pro"})
    );
}

#[test]
fn a_client_needs_a_token_and_an_http_base_url() {
    let make = |base: &str, token: &str| {
        ReplicateClient::new(
            reqwest::Client::new(),
            base,
            Secret::new(token),
            settings(),
            RetryPolicy::default(),
            PollSettings::default(),
        )
        .map(|_| ())
    };
    assert_eq!(make("https://h/v1", " "), Err(ReplicateSetupError::NoToken));
    for base in ["", "api.replicate.com/v1", "ftp://h/v1", "data:x"] {
        assert_eq!(
            make(base, "t"),
            Err(ReplicateSetupError::BaseUrl(base.to_owned()))
        );
    }
}
