//! Waiting for predictions and downloading their pictures.

use super::connection::{ReplicateClient, is_http};
use super::failure::stops_run;
use super::response::{classify_api_response, classify_download};
use crate::error::{BoxError, GenerateError};
use crate::prediction::{Prediction, Progress};
use bytes::Bytes;
use http_support::{Cause, Idempotence};
use reqwest::{StatusCode, Url};
use tdbal_types::PredictionId;
use tokio::time::Instant;

impl ReplicateClient {
    /// Requests the status of a prediction once.
    async fn progress(&self, id: &PredictionId) -> Result<Progress, GenerateError> {
        let url = self.endpoint(&["predictions", id.as_str()]);
        let tried = || format!("get the status of prediction {id}");
        let reply = self
            .api
            .send(
                Idempotence::Repeatable,
                |http| self.authorised(http.get(url.clone())),
                classify_api_response,
            )
            .await
            .map_err(|error| {
                // The ID comes from a paid order, so the prediction existed and is no longer kept.
                if error.status() == Some(StatusCode::NOT_FOUND) {
                    return self.gone(id);
                }
                stops_run(error, false)
                    .unwrap_or_else(|error| self.transport_error(id, tried(), error.into()))
            })?;
        let prediction: Prediction = serde_json::from_slice(&reply.body)
            .map_err(|error| self.transport_error(id, tried(), error.into()))?;
        Ok(prediction.progress(self.model.output_kind, self.model.price_usd))
    }

    /// Polls a prediction until it has ended and returns the URL of its picture.
    pub(super) async fn wait(&self, id: &PredictionId) -> Result<String, GenerateError> {
        let start = Instant::now();
        let mut requests: u32 = 0;
        loop {
            requests = requests.saturating_add(1);
            let status = match self.progress(id).await? {
                Progress::Ready { url } => return Ok(url),
                Progress::Ended(error) => return Err(error),
                Progress::Waiting { status } => status,
            };
            let waited = start.elapsed();
            let Some(pause) = self.poll.pause(requests, waited) else {
                // The prediction keeps running and will be charged, so the error must let the
                // caller finish it later.
                return Err(GenerateError::Deadline {
                    id: id.clone(),
                    waited,
                    status,
                    cost: self.model.price_usd,
                });
            };
            tracing::debug!(%id, status, ?pause, "waiting for the prediction");
            tokio::time::sleep(pause).await;
        }
    }

    /// Downloads the picture of a prediction from its URL.
    pub(super) async fn download(
        &self,
        id: &PredictionId,
        url: &str,
    ) -> Result<Bytes, GenerateError> {
        let bad_output = |problem: String| GenerateError::BadOutput {
            id: id.clone(),
            problem,
            cost: self.model.price_usd,
        };
        let url = Url::parse(url)
            .ok()
            .filter(is_http)
            .ok_or_else(|| bad_output("its URL is not an http(s) URL".to_owned()))?;
        // Outputs usually live on another host, which must not see the token.
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
                classify_download,
            )
            .await;
        match reply {
            Ok(reply) => Ok(reply.body),
            Err(error) => Err(match (error.cause(), error.status()) {
                // Not a transport error: another download would be too large as well.
                (Cause::TooLarge { limit }, _) => {
                    bad_output(format!("it is larger than the limit of {limit} bytes"))
                }
                // An expired download URL can give any of these.
                (_, Some(StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN)) => {
                    self.gone(id)
                }
                _ => self.transport_error(
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

    fn transport_error(&self, id: &PredictionId, tried: String, source: BoxError) -> GenerateError {
        GenerateError::Transport {
            tried,
            id: Some(id.clone()),
            cost: self.model.price_usd,
            source,
        }
    }
}
