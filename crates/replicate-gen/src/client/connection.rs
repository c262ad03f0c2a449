//! Replicate's API.

mod account;
mod find;
mod reply;

use crate::error::{BoxError, GenerateError, StopReason};
use crate::failure::{Failure, classify};
use crate::generator::{
    Generated, GenerationRequest, GeneratorIdentity, GeneratorKind, ImageGenerator, PredictionId,
    Started,
};
use crate::lost::{LostOrder, Whereabouts};
use crate::model::ModelSettings;
use crate::poll::PollSettings;
use crate::prediction::{Prediction, Progress};
use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_support::{
    Cause, HttpClient, HttpError, HttpErrorKind, Idempotence, Limits, Response, RetryPolicy,
    Secret, body_excerpt,
};
use reply::{downloaded, reading};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use std::time::Duration;
use tdbal_types::Usd;
use tokio::time::Instant;

/// A base picture up to this many bytes goes into the order itself, as a data URI; a larger one is
/// uploaded (Replicate takes data URIs of at most 256 KB).
const MAX_INLINE_BYTES: usize = 256 * 1024;

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
    api: HttpClient,
    downloads: HttpClient,
    base_url: Url,
    token: Secret,
    model: ModelSettings,
    poll: PollSettings,
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
    fn endpoint(&self, segments: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        // It fails only for URLs without a host, which `new` refuses.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.token.expose())
    }

    /// What the model is given as the base picture: a data URI, or the address of an upload.
    async fn base_image(&self, request: &GenerationRequest) -> Result<String, GenerateError> {
        if request.base_image.len() <= MAX_INLINE_BYTES {
            let encoded = BASE64_STANDARD.encode(&request.base_image);
            return Ok(format!("data:image/jpeg;base64,{encoded}"));
        }
        let tried = || format!("upload the base image for {}", request.picture());
        let reply = self.upload(&request.base_image).await.map_err(|error| {
            stops_run(error, false).unwrap_or_else(|e| not_ordered(tried(), e.into()))
        })?;
        let uploaded: Uploaded = serde_json::from_slice(&reply.body)
            .map_err(|error| not_ordered(tried(), error.into()))?;
        Ok(uploaded.urls.get)
    }

    /// Uploads a file; doing so twice leaves a spare copy that expires by itself.
    async fn upload(&self, bytes: &Bytes) -> Result<Response, HttpError> {
        let url = self.endpoint(&["files"]);
        self.api
            .send(
                Idempotence::Repeatable,
                |http| {
                    let length = bytes.len() as u64;
                    let part = Part::stream_with_length(Body::from(bytes.clone()), length)
                        .file_name("base.jpg");
                    // The type is well-formed; were it not, the part would go without one.
                    let part = part.mime_str("image/jpeg").unwrap_or_else(|_| {
                        Part::stream_with_length(Body::from(bytes.clone()), length)
                    });
                    let form = Form::new().part("content", part);
                    self.authorised(http.post(url.clone()).multipart(form))
                },
                reading,
            )
            .await
    }

    /// Sends the order, once.
    async fn order(
        &self,
        request: &GenerationRequest,
        image: &str,
    ) -> Result<Prediction, GenerateError> {
        let name = self.model.name.as_str();
        let (owner, model) = name.split_once('/').unwrap_or_default();
        let url = self.endpoint(&["models", owner, model, "predictions"]);
        let input = self.model.input(&request.prompt.text, request.seed, image);
        let body = Bytes::from(json!({ "input": input }).to_string());
        let reply = self
            .api
            .send(
                Idempotence::NotRepeatable,
                |http| {
                    self.authorised(http.post(url.clone()))
                        .header("content-type", "application/json")
                        .body(body.clone())
                },
                reading,
            )
            .await
            .map_err(|error| self.not_created(request, error))?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| self.maybe_created(request, error.into()))
    }

    /// What a failed order means.
    fn not_created(&self, request: &GenerationRequest, error: HttpError) -> GenerateError {
        if error.kind() == HttpErrorKind::Ambiguous {
            return self.maybe_created(request, error.into());
        }
        let message = error
            .response()
            .map(|response| body_excerpt(&response.body, self.api.secrets()))
            .unwrap_or_default();
        let refused =
            matches!(error.cause(), Cause::Status { status, .. } if status.is_client_error());
        if refused && classify(&message) == Failure::Flagged {
            return GenerateError::Flagged {
                id: None,
                message,
                cost: Usd::ZERO,
            };
        }
        stops_run(error, true).unwrap_or_else(|source| {
            let permanent = refused && !is_rate_limit(&source);
            let source = BoxError::from(source);
            if permanent {
                GenerateError::Rejected {
                    picture: request.picture(),
                    source,
                }
            } else {
                not_ordered(format!("order {}", request.picture()), source)
            }
        })
    }

    fn maybe_created(&self, request: &GenerationRequest, source: BoxError) -> GenerateError {
        GenerateError::MaybeCreated {
            picture: request.picture(),
            seed: request.seed,
            cost: self.model.price_usd,
            source,
        }
    }

    /// Asks once how far a prediction is.
    async fn look(&self, id: &PredictionId) -> Result<Progress, GenerateError> {
        let url = self.endpoint(&["predictions", id.as_str()]);
        let tried = || format!("ask for prediction {id}");
        let reply = self
            .api
            .send(
                Idempotence::Repeatable,
                |http| self.authorised(http.get(url.clone())),
                reading,
            )
            .await
            .map_err(|error| {
                if error.status() == Some(StatusCode::NOT_FOUND) {
                    return self.gone(id);
                }
                stops_run(error, false)
                    .unwrap_or_else(|error| self.unreached(id, tried(), error.into()))
            })?;
        let prediction: Prediction = serde_json::from_slice(&reply.body)
            .map_err(|error| self.unreached(id, tried(), error.into()))?;
        Ok(prediction.progress(self.model.output_kind, self.model.price_usd))
    }

    /// Asks until the prediction has ended, and gives the address of its picture.
    async fn wait(&self, id: &PredictionId) -> Result<String, GenerateError> {
        let start = Instant::now();
        let mut asked: u32 = 0;
        loop {
            asked = asked.saturating_add(1);
            let status = match self.look(id).await? {
                Progress::Ready { url } => return Ok(url),
                Progress::Over(error) => return Err(error),
                Progress::Waiting { status } => status,
            };
            let waited = start.elapsed();
            let Some(pause) = self.poll.pause(asked, waited) else {
                return Err(GenerateError::Deadline {
                    id: id.clone(),
                    waited,
                    status,
                    cost: self.model.price_usd,
                });
            };
            tracing::debug!(%id, status, ?pause, "the prediction has not ended");
            tokio::time::sleep(pause).await;
        }
    }

    /// Downloads a picture.
    async fn download(&self, id: &PredictionId, address: &str) -> Result<Bytes, GenerateError> {
        let of_no_use = |problem: String| GenerateError::BadOutput {
            id: id.clone(),
            problem,
            cost: self.model.price_usd,
        };
        let url = Url::parse(address)
            .ok()
            .filter(is_http)
            .ok_or_else(|| of_no_use("its address is no http(s) URL".to_owned()))?;
        let own_host = url.origin() == self.base_url.origin();
        let reply = self
            .downloads
            .send(
                Idempotence::Repeatable,
                |http| {
                    let request = http.get(url.clone());
                    if own_host {
                        self.authorised(request)
                    } else {
                        request
                    }
                },
                downloaded,
            )
            .await;
        match reply {
            Ok(reply) => Ok(reply.body),
            Err(error) => Err(match (error.cause(), error.status()) {
                (Cause::TooLarge { limit }, _) => {
                    of_no_use(format!("it is larger than {limit} bytes"))
                }
                (_, Some(StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN)) => {
                    self.gone(id)
                }
                _ => self.unreached(
                    id,
                    format!("download the output of prediction {id}"),
                    error.into(),
                ),
            }),
        }
    }

    fn gone(&self, id: &PredictionId) -> GenerateError {
        GenerateError::OutputGone {
            id: id.clone(),
            cost: self.model.price_usd,
        }
    }

    fn unreached(&self, id: &PredictionId, tried: String, source: BoxError) -> GenerateError {
        GenerateError::Transport {
            tried,
            id: Some(id.clone()),
            cost: self.model.price_usd,
            source,
        }
    }
}

#[async_trait]
impl ImageGenerator for ReplicateClient {
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError> {
        let image = self.base_image(request).await?;
        let prediction = self.order(request, &image).await?;
        tracing::debug!(id = %prediction.id, picture = request.picture(), "ordered");
        Ok(Started {
            id: prediction.id,
            model: self.model.name.to_string(),
        })
    }

    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let address = self.wait(id).await?;
        let bytes = self.download(id, &address).await?;
        Ok(Generated {
            bytes,
            id: id.clone(),
            model: self.model.name.to_string(),
            cost: self.model.price_usd,
        })
    }

    async fn find(&self, lost: &LostOrder) -> Result<Whereabouts, GenerateError> {
        self.find_in_listing(lost).await
    }

    fn price(&self) -> Usd {
        self.model.price_usd
    }

    fn identity(&self) -> GeneratorIdentity {
        GeneratorIdentity {
            kind: GeneratorKind::Live,
            model: self.model.name.to_string(),
        }
    }
}

impl fmt::Display for ReplicateClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.base_url.host_str().unwrap_or_default();
        write!(f, "{} on Replicate ({host})", self.model.name)
    }
}

/// The reply to an upload.
#[derive(Deserialize)]
struct Uploaded {
    urls: UploadedUrls,
}

#[derive(Deserialize)]
struct UploadedUrls {
    get: String,
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn is_rate_limit(error: &HttpError) -> bool {
    error.status() == Some(StatusCode::TOO_MANY_REQUESTS)
}

/// The error that stops the run, where the reply means that no order can succeed; else the error as
/// it was. Only an order's 404 means that there is no such model.
fn stops_run(error: HttpError, is_order: bool) -> Result<GenerateError, HttpError> {
    let reason = match error.status() {
        Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => StopReason::BadToken,
        Some(StatusCode::PAYMENT_REQUIRED) => StopReason::NoCredit,
        Some(StatusCode::NOT_FOUND) if is_order => StopReason::NoModel,
        _ => return Err(error),
    };
    Ok(GenerateError::StopsRun {
        reason,
        source: Some(error.into()),
    })
}

fn not_ordered(tried: String, source: BoxError) -> GenerateError {
    GenerateError::Transport {
        tried,
        id: None,
        cost: Usd::ZERO,
        source,
    }
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
