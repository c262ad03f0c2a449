//! Whether the server has the model, by its models endpoint, which costs nothing.

use super::client::OpenAi;
use super::fault::{ApiFault, classify, stop_cause};
use crate::error::{Spent, StopCause, VisionError};
use http_support::{HttpError, Idempotence, Verdict, body_excerpt};
use jiff::civil::Date;
use reqwest::Url;
use serde::{Deserialize, Serialize};

/// A model that the key may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCheck {
    /// What the server calls it.
    pub id: String,
    /// Whose it is, as far as the server says.
    pub owned_by: Option<String>,
    /// The day on which it ends: what the server says, else what the settings say.
    pub shutdown: Option<Date>,
}

/// A model as the server describes it.
#[derive(Deserialize)]
struct Description {
    id: String,
    #[serde(default)]
    owned_by: Option<String>,
    #[serde(default)]
    shutdown_date: Option<String>,
}

impl OpenAi {
    /// Asks the server for the model, which shows whether the key is good and the model there.
    ///
    /// # Errors
    /// [`StopsRun`](VisionError::StopsRun) where the server says what is wrong:
    /// [`BadKey`](StopCause::BadKey), [`ModelNotFound`](StopCause::ModelNotFound) where there is no
    /// such model or this key may not use it, or another of its causes.
    /// [`CheckFailed`](VisionError::CheckFailed) where it cannot be reached or answers with
    /// something else; some compatible servers do not describe single models.
    pub async fn check(&self) -> Result<ModelCheck, VisionError> {
        let url = self.model_url()?;
        let reply = self
            .http
            .send(
                Idempotence::Repeatable,
                |client| self.authorised(client.get(url.clone())),
                |status, headers, body| {
                    if status.is_success() {
                        Verdict::Ok
                    } else {
                        classify(status, headers, body)
                    }
                },
            )
            .await
            .map_err(|error| self.no_model(error))?;
        let description: Description = serde_json::from_slice(&reply.body)
            .map_err(|error| self.check_failed(Box::new(error)))?;
        Ok(ModelCheck {
            id: description.id,
            owned_by: description.owned_by,
            shutdown: description
                .shutdown_date
                .and_then(|day| day.parse().ok())
                .or(self.settings.shutdown_date),
        })
    }

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

    /// What an unsuccessful reply says of the key and the model.
    fn no_model(&self, error: HttpError) -> VisionError {
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
            // The endpoint names one model, so that is what is missing, whatever the code.
            Some(fault) if status == 404 && !fault.is_unknown_url() => {
                Some(StopCause::ModelNotFound {
                    endpoint: self.base_url.clone(),
                    model: self.settings.name.clone(),
                    detail,
                })
            }
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
