//! The settings of a client, and the URLs and credentials of its requests.

use crate::model::ModelSettings;
use crate::prediction::PollSettings;
use http_support::{HttpClient, Limits, RetryPolicy, Secret};
use reqwest::{RequestBuilder, Url};
use std::time::Duration;

/// Maximum size of an API response, in bytes. A prediction may repeat the data URI of its input.
const MAX_RESPONSE_BYTES: usize = 16 << 20;

/// Maximum size of a picture to download, in bytes.
const MAX_PICTURE_BYTES: usize = 64 << 20;

/// Default time limit for one attempt at an API request.
const API_TIMEOUT: Duration = Duration::from_mins(1);

/// Time limit for one attempt at a download.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// Generates pictures with an official model on Replicate.
///
/// The API token is sent only to the host of the base URL. `Debug` and `Display` do not show it.
#[derive(Debug)]
pub struct ReplicateClient {
    pub(super) api: HttpClient,
    pub(super) downloads: HttpClient,
    pub(super) base_url: Url,
    token: Secret,
    pub(super) model: ModelSettings,
    pub(super) poll: PollSettings,
}

/// Why a client cannot be created.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplicateSetupError {
    /// The base URL is not an http(s) URL; holds that text.
    #[error(
        "invalid base URL {0:?} for Replicate's API: use an http(s) URL such as \
         https://api.replicate.com/v1"
    )]
    BaseUrl(String),
    /// The API token is empty.
    #[error("the Replicate API token is empty")]
    NoToken,
}

impl ReplicateClient {
    /// Creates a client for the API at `base_url`, which includes the `/v1`. Sends nothing yet.
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
        let invalid_url = || ReplicateSetupError::BaseUrl(base_url.to_owned());
        let mut parsed = Url::parse(base_url.trim()).map_err(|_| invalid_url())?;
        if !is_http(&parsed) {
            return Err(invalid_url());
        }
        // Endpoints extend the path, so a query or fragment of the base URL would end up in the
        // wrong place.
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
            // Two clients: downloads need other limits, and come from another host, so a rate limit
            // of the API should not hold them back.
            api: http(API_TIMEOUT, MAX_RESPONSE_BYTES),
            downloads: http(DOWNLOAD_TIMEOUT, MAX_PICTURE_BYTES),
            base_url: parsed,
            token,
            model,
            poll,
        })
    }

    /// Sets the time limit for one attempt at an API request; the default is 60 s.
    #[must_use]
    pub fn with_api_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.api = self.api.with_limits(Limits {
            attempt_timeout,
            max_response_bytes: MAX_RESPONSE_BYTES,
        });
        self
    }

    /// Returns the URL of an API resource. Percent-encodes each of the path segments.
    pub(super) fn endpoint(&self, segments: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        // Fails only for URLs without a host, which `new` rejects.
        if let Ok(mut path) = url.path_segments_mut() {
            // Popping an empty last segment makes a trailing slash in the base URL optional.
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
    fn endpoints_extend_base_urls_with_or_without_a_slash() {
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
