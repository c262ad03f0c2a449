//! How Replicate's API is reached.

use crate::model::ModelSettings;
use crate::prediction::PollSettings;
use http_support::{HttpClient, Limits, RetryPolicy, Secret};
use reqwest::{RequestBuilder, Url};
use std::time::Duration;

/// The largest reply of the API that is read, in bytes; a prediction may repeat its data URI.
const MAX_REPLY_BYTES: usize = 16 << 20;

/// The largest picture that is downloaded, in bytes.
const MAX_PICTURE_BYTES: usize = 64 << 20;

/// How long one request to the API may take.
const API_TIMEOUT: Duration = Duration::from_mins(1);

/// How long one attempt at a download may take.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// Generates pictures with an official model on Replicate.
///
/// The token is sent to the host of the base URL only. What is shown of this by `Debug` or `Display`
/// holds no secret.
#[derive(Debug)]
pub struct ReplicateClient {
    pub(super) api: HttpClient,
    pub(super) downloads: HttpClient,
    pub(super) base_url: Url,
    token: Secret,
    pub(super) model: ModelSettings,
    pub(super) poll: PollSettings,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplicateSetupError {
    /// The base URL is none.
    #[error("{0:?} is not a base URL of Replicate's API: write it as https://api.replicate.com/v1")]
    BaseUrl(String),
    /// The token is empty.
    #[error("the Replicate API token is empty")]
    NoToken,
}

impl ReplicateClient {
    /// Speaks to the API at `base_url`, which includes its `/v1`.
    ///
    /// # Errors
    /// When the base URL is not an http(s) URL, or the token is empty.
    pub fn new(
        client: reqwest::Client,
        base_url: &str,
        token: Secret,
        model: ModelSettings,
        policy: RetryPolicy,
        poll: PollSettings,
    ) -> Result<Self, ReplicateSetupError> {
        let wrong_url = || ReplicateSetupError::BaseUrl(base_url.to_owned());
        let mut parsed = Url::parse(base_url.trim()).map_err(|_| wrong_url())?;
        if !is_http(&parsed) {
            return Err(wrong_url());
        }
        parsed.set_query(None);
        parsed.set_fragment(None);
        if token.is_empty() {
            return Err(ReplicateSetupError::NoToken);
        }
        let http = |attempt_timeout, max_response_bytes| {
            HttpClient::new(client.clone(), policy.clone())
                .with_secret(token.clone())
                .with_limits(Limits {
                    attempt_timeout,
                    max_response_bytes,
                })
        };
        Ok(Self {
            api: http(API_TIMEOUT, MAX_REPLY_BYTES),
            downloads: http(DOWNLOAD_TIMEOUT, MAX_PICTURE_BYTES),
            base_url: parsed,
            token,
            model,
            poll,
        })
    }

    /// Sets how long one request to the API may take; 60 s otherwise.
    #[must_use]
    pub fn with_api_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.api = self.api.with_limits(Limits {
            attempt_timeout,
            max_response_bytes: MAX_REPLY_BYTES,
        });
        self
    }

    /// The address of a resource of the API.
    pub(super) fn endpoint(&self, segments: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        // It fails only for URLs without a host, which `new` refuses.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    pub(super) fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.token.expose())
    }
}

pub(super) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_built_on_a_base_with_or_without_a_slash() {
        for base in [
            "http://localhost/v1",
            "http://localhost/v1/",
            " http://localhost/v1?x#y",
        ] {
            let client = ReplicateClient::new(
                reqwest::Client::new(),
                base,
                Secret::new("t"),
                ModelSettings::preset("flux-kontext-pro").unwrap(),
                RetryPolicy::default(),
                PollSettings::default(),
            )
            .unwrap();
            assert_eq!(
                client.endpoint(&["predictions", "a/../b c"]).as_str(),
                "http://localhost/v1/predictions/a%2F..%2Fb%20c"
            );
        }
    }
}
