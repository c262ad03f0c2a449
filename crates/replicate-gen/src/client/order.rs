//! Ordering pictures: the only requests that cost money.

use super::connection::ReplicateClient;
use super::failure::{not_ordered, stops_run};
use super::response::classify_api_response;
use crate::error::{BoxError, GenerateError};
use crate::generator::GenerationRequest;
use crate::prediction::{Failure, Prediction, classify};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_support::{Cause, HttpError, HttpErrorKind, Idempotence, Response, body_excerpt};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tdbal_types::Usd;

/// Maximum size of a base picture sent inside the order as a data URI, in bytes. A larger one is
/// uploaded first, since Replicate accepts data URIs of up to 256 KB only.
const MAX_INLINE_BYTES: usize = 256 * 1024;

/// The response to a file upload.
#[derive(Deserialize)]
struct Uploaded {
    urls: UploadedUrls,
}

#[derive(Deserialize)]
struct UploadedUrls {
    get: String,
}

impl ReplicateClient {
    /// Returns the base picture as model input: a data URI, or the URL of an uploaded file.
    pub(super) async fn base_image(
        &self,
        request: &GenerationRequest,
    ) -> Result<String, GenerateError> {
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

    /// Uploads a file. Retrying is safe: a second upload only leaves a copy that expires.
    async fn upload(&self, bytes: &Bytes) -> Result<Response, HttpError> {
        let url = self.endpoint(&["files"]);
        self.api
            .send(
                Idempotence::Repeatable,
                |http| {
                    let length = bytes.len() as u64;
                    let part = Part::stream_with_length(Body::from(bytes.clone()), length)
                        .file_name("base.jpg");
                    // Cannot fail for this media type; the fallback avoids a panic path.
                    let part = part.mime_str("image/jpeg").unwrap_or_else(|_| {
                        Part::stream_with_length(Body::from(bytes.clone()), length)
                    });
                    let form = Form::new().part("content", part);
                    self.authorised(http.post(url.clone()).multipart(form))
                },
                classify_api_response,
            )
            .await
    }

    /// Sends the order. Retries it only if the service certainly did not act on it.
    pub(super) async fn order(
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
                classify_api_response,
            )
            .await
            .map_err(|error| self.order_error(request, error))?;
        // The service accepted the order, so there is a paid prediction even without a readable ID.
        serde_json::from_slice(&reply.body)
            .map_err(|error| self.maybe_created(request, error.into()))
    }

    /// Converts a failed order to an error that says whether a prediction may exist.
    fn order_error(&self, request: &GenerationRequest, error: HttpError) -> GenerateError {
        // Must come first: whatever the response says, the prediction may exist and be billed.
        if error.kind() == HttpErrorKind::Ambiguous {
            return self.maybe_created(request, error.into());
        }
        // An excerpt is enough to find the error code, and hides the token if the service echoes
        // it.
        let message = error
            .response()
            .map(|response| body_excerpt(&response.body, self.api.secrets()))
            .unwrap_or_default();
        let rejected =
            matches!(error.cause(), Cause::Status { status, .. } if status.is_client_error());
        if rejected && classify(&message) == Failure::Flagged {
            return GenerateError::Flagged {
                id: None,
                message,
                cost: Usd::ZERO,
            };
        }
        stops_run(error, true).unwrap_or_else(|source| {
            // A rate-limited order was never accepted, and can succeed later.
            let permanent = rejected && !is_rate_limit(&source);
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
}

fn is_rate_limit(error: &HttpError) -> bool {
    error.status() == Some(StatusCode::TOO_MANY_REQUESTS)
}
