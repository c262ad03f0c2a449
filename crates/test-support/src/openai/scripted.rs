//! Responses prepared by a test.

use serde_json::{Value, json};
use std::time::Duration;
use wiremock::ResponseTemplate;

/// Prepared response of the model service, independent of the question.
#[derive(Debug, Clone)]
pub struct Scripted {
    status: u16,
    body: String,
    mime: &'static str,
    headers: Vec<(String, String)>,
    delay: Duration,
}

impl Scripted {
    /// Creates a response with any body and media type.
    pub fn new(status: u16, mime: &'static str, body: impl Into<String>) -> Self {
        Self {
            status,
            body: body.into(),
            mime,
            headers: Vec::new(),
            delay: Duration::ZERO,
        }
    }

    /// Creates a response with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Creates an error response in the format of the service.
    pub fn error(status: u16, kind: &str, code: &str, message: &str) -> Self {
        let error = json!({"message": message, "type": kind, "param": null, "code": code});
        Self::json(status, &json!({"error": error}))
    }

    /// Creates a rate limit response, with a `retry-after` header in seconds.
    pub fn rate_limited(seconds: u32) -> Self {
        Self::error(
            429,
            "rate_limit_error",
            "rate_limit_exceeded",
            "Rate limit reached.",
        )
        .header("retry-after", &seconds.to_string())
    }

    /// Creates the response for an exhausted quota: a 429 that must not be retried.
    pub fn insufficient_quota() -> Self {
        let message =
            "You exceeded your current quota, please check your plan and billing details.";
        Self::error(429, "insufficient_quota", "insufficient_quota", message)
    }

    /// Creates the response for a wrong API key.
    pub fn bad_key() -> Self {
        Self::error(
            401,
            "invalid_request_error",
            "invalid_api_key",
            "Incorrect API key provided.",
        )
    }

    /// Creates an HTML error page, as a proxy sends it.
    pub fn html(status: u16) -> Self {
        let page =
            "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>";
        Self::new(status, "text/html", page)
    }

    /// Creates a completion with this content.
    pub fn content(text: &str) -> Self {
        Self::completion(&json!(text), &Value::Null, "stop")
    }

    /// Creates a completion without content.
    pub fn empty() -> Self {
        Self::completion(&Value::Null, &Value::Null, "stop")
    }

    /// Creates a completion in which the model refuses to answer.
    pub fn refusal(text: &str) -> Self {
        Self::completion(&Value::Null, &json!(text), "stop")
    }

    /// Creates a completion that was cut off at the token limit.
    pub fn truncated(text: &str) -> Self {
        Self::completion(&json!(text), &Value::Null, "length")
    }

    /// Creates a completion that was stopped by the content filter.
    pub fn filtered() -> Self {
        Self::completion(&Value::Null, &Value::Null, "content_filter")
    }

    fn completion(content: &Value, refusal: &Value, finish_reason: &str) -> Self {
        let message = json!({"role": "assistant", "content": content, "refusal": refusal});
        Self::json(
            200,
            &json!({
                "id": "chatcmpl-fake",
                "object": "chat.completion",
                "created": 1_763_800_000,
                "model": "gpt-4.1-mini-2025-04-14",
                "choices": [{
                    "index": 0,
                    "message": message,
                    "logprobs": null,
                    "finish_reason": finish_reason,
                }],
                "usage": {
                    "prompt_tokens": 2000,
                    "completion_tokens": 500,
                    "total_tokens": 2500,
                    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                    "completion_tokens_details": {"reasoning_tokens": 0},
                },
            }),
        )
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Delays the response by `delay`.
    #[must_use]
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Builds the response to call number `call`, which gives it a unique request id.
    pub(super) fn response(&self, call: usize) -> ResponseTemplate {
        let mut response = ResponseTemplate::new(self.status)
            .set_body_raw(self.body.clone(), self.mime)
            .insert_header("x-request-id", format!("req_fake_{call}"));
        for (name, value) in &self.headers {
            response = response.insert_header(name.as_str(), value.as_str());
        }
        if self.delay.is_zero() {
            response
        } else {
            response.set_delay(self.delay)
        }
    }
}
