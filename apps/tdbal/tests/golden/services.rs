//! The services on loopback.

use serde_json::Value;
use test_support::openai::FakeOpenAi;
use test_support::replicate::FakeReplicate;

const TOKEN: &str = "r8-test-secret";

/// A vision model and a picture generator.
pub(crate) struct Services {
    pub(crate) model: FakeOpenAi,
    pub(crate) generator: FakeReplicate,
}

impl Services {
    pub(crate) fn start() -> Self {
        let services = Self {
            model: FakeOpenAi::start_blocking(),
            generator: FakeReplicate::start_blocking(),
        };
        services.generator.set_polls(0);
        services
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("OPENAI_API_KEY", "sk-test-secret".to_owned()),
            ("OPENAI_BASE_URL", self.model.base_url()),
            ("REPLICATE_API_TOKEN", TOKEN.to_owned()),
            ("REPLICATE_BASE_URL", self.generator.base_url()),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ]
    }

    /// Places an order from a golden journal, so it exists at the service and is paid.
    pub(crate) fn take_order(&self, model: &str, input: &Value) {
        let url = format!("{}/models/{model}/predictions", self.generator.base_url());
        let body = serde_json::json!({ "input": input }).to_string();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let status = runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let order = client.post(url).bearer_auth(TOKEN).body(body);
            order.send().await.unwrap().status()
        });
        assert_eq!(status.as_u16(), 201);
    }
}
