//! Looks the model up at the server's models endpoint, which is free of charge.

use super::client::OpenAi;
use super::fault::{ApiFault, classify, stop_cause};
use crate::error::{Spent, StopCause, VisionError};
use http_support::{HttpError, Idempotence, Verdict, body_excerpt};
use jiff::civil::Date;
use reqwest::Url;
use serde::{Deserialize, Serialize};

/// A model that is available with the API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCheck {
    /// The server's ID of the model.
    pub id: String,
    /// The owner of the model, if the server names one.
    pub owned_by: Option<String>,
    /// The day on which the model is shut down, from the server or otherwise from the settings.
    pub shutdown: Option<Date>,
}

/// The server's description of a model.
#[derive(Deserialize)]
struct Description {
    id: String,
    #[serde(default)]
    owned_by: Option<String>,
    #[serde(default)]
    shutdown_date: Option<String>,
}

impl OpenAi {
    /// Looks the model up at the server, to verify the key and that the model is available.
    ///
    /// # Errors
    /// [`StopsRun`](VisionError::StopsRun) if the server says what is wrong, for example
    /// [`BadKey`](StopCause::BadKey), or [`ModelNotFound`](StopCause::ModelNotFound) for a model
    /// that does not exist or that the key may not use. [`CheckFailed`](VisionError::CheckFailed)
    /// if the server cannot be reached or replies with anything else: some compatible servers do
    /// not describe single models.
    pub async fn check(&self) -> Result<ModelCheck, VisionError> {
        let url = self.model_url()?;
        let reply = self
            .http
            .send(
                Idempotence::Repeatable,
                |client| self.with_auth(client.get(url.clone())),
                |status, headers, body| {
                    // `classify` would retry every success that is not a chat completion.
                    if status.is_success() {
                        Verdict::Ok
                    } else {
                        classify(status, headers, body)
                    }
                },
            )
            .await
            .map_err(|error| self.lookup_error(error))?;
        let description: Description = serde_json::from_slice(&reply.body)
            .map_err(|error| self.check_failed(Box::new(error)))?;
        Ok(ModelCheck {
            id: description.id,
            owned_by: description.owned_by,
            shutdown: description
                .shutdown_date
                // The date is extra information: one in an unknown format must not fail the check.
                .and_then(|day| day.parse().ok())
                .or(self.settings.shutdown_date),
        })
    }

    /// The URL of the model. A slash in the model's name is percent-encoded.
    fn model_url(&self) -> Result<Url, VisionError> {
        let mut url =
            Url::parse(&self.base_url).map_err(|error| self.check_failed(Box::new(error)))?;
        match url.path_segments_mut() {
            Ok(mut path) => path
                .pop_if_empty()
                .extend(["models", self.settings.name.as_str()]),
            Err(()) => return Err(self.check_failed("the base URL has no host".into())),
        };
        Ok(url)
    }

    /// The error for an unsuccessful lookup.
    fn lookup_error(&self, error: HttpError) -> VisionError {
        let Some(response) = error.response() else {
            return self.check_failed(Box::new(error));
        };
        let status = response.status.as_u16();
        let fault = ApiFault::parse(&response.body);
        let detail = match &fault {
            Some(fault) => body_excerpt(fault.to_string().as_bytes(), self.http.secrets()),
            None => body_excerpt(&response.body, self.http.secrets()),
        };
        let cause = match &fault {
            // The URL names one model, so 404 means that the model is missing, whatever the code.
            Some(fault) if status == 404 && !fault.is_unknown_url() => {
                Some(StopCause::ModelNotFound {
                    endpoint: self.base_url.clone(),
                    model: self.settings.name.clone(),
                    detail,
                })
            }
            // A page of a proxy or an unknown URL says nothing about the model.
            _ if status == 404 => None,
            fault => stop_cause(
                status,
                fault.as_ref(),
                &self.base_url,
                &self.settings.name,
                &detail,
            ),
        };
        match cause {
            Some(cause) => VisionError::StopsRun {
                cause,
                spent: Box::new(Spent::default()),
                source: Some(Box::new(error)),
            },
            None => self.check_failed(Box::new(error)),
        }
    }

    fn check_failed(&self, source: Box<dyn std::error::Error + Send + Sync>) -> VisionError {
        VisionError::CheckFailed {
            endpoint: self.base_url.clone(),
            model: self.settings.name.clone(),
            source,
        }
    }
}
