//! Waiting for a picture, and fetching it.

use super::connection::{ReplicateClient, is_http};
use super::failure::stops_run;
use super::reply::{downloaded, reading};
use crate::error::{BoxError, GenerateError};
use crate::prediction::{Prediction, Progress};
use bytes::Bytes;
use http_support::{Cause, Idempotence};
use reqwest::{StatusCode, Url};
use tdbal_types::PredictionId;
use tokio::time::Instant;

impl ReplicateClient {
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
    pub(super) async fn wait(&self, id: &PredictionId) -> Result<String, GenerateError> {
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
    pub(super) async fn download(
        &self,
        id: &PredictionId,
        address: &str,
    ) -> Result<Bytes, GenerateError> {
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
