//! Replicate's prediction object, and what it says of the picture.

use super::failure::{Failure, classify, error_code};
use crate::error::GenerateError;
use crate::model::OutputKind;
use serde::Deserialize;
use serde_json::Value;
use tdbal_types::{PredictionId, Usd};

/// The parts of a prediction that matter here; everything but the id may be missing.
#[derive(Debug, Deserialize)]
pub(crate) struct Prediction {
    pub(crate) id: PredictionId,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    data_removed: Option<bool>,
}

/// How far a prediction is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Not ended, or of a status that is not known.
    Waiting {
        /// The status.
        status: String,
    },
    /// The picture is at this address.
    Ready {
        /// The address, as the service wrote it.
        url: String,
    },
    /// There will be no picture.
    Over(GenerateError),
}

impl Prediction {
    /// Reads how far the prediction is. `price` is what a picture costs.
    pub(crate) fn progress(&self, kind: OutputKind, price: Usd) -> Progress {
        let status = text(&self.status);
        match status.as_str() {
            "succeeded" => self.succeeded(price),
            "failed" => Progress::Over(self.failed(price)),
            "canceled" => Progress::Over(self.stopped(true, price)),
            "aborted" => Progress::Over(self.stopped(false, price)),
            // A single output can be there a moment before the prediction has ended.
            _ => match (kind, first_url(&self.output)) {
                (OutputKind::Single, Some(url)) => Progress::Ready { url },
                (OutputKind::Single | OutputKind::List, _) => Progress::Waiting { status },
            },
        }
    }

    fn succeeded(&self, price: Usd) -> Progress {
        match first_url(&self.output) {
            Some(url) => Progress::Ready { url },
            None if self.data_removed == Some(true) => Progress::Over(GenerateError::OutputGone {
                id: self.id.clone(),
                cost: price,
            }),
            None => Progress::Over(GenerateError::BadOutput {
                id: self.id.clone(),
                problem: "it holds no address of a picture".to_owned(),
                cost: price,
            }),
        }
    }

    fn failed(&self, price: Usd) -> GenerateError {
        let message = match text(&self.error) {
            message if message.is_empty() => "the service gave no reason".to_owned(),
            message => message,
        };
        match classify(&message) {
            Failure::Flagged => GenerateError::Flagged {
                id: Some(self.id.clone()),
                message,
                cost: price,
            },
            failure @ (Failure::Passing | Failure::Lasting) => GenerateError::Failed {
                id: self.id.clone(),
                code: error_code(&message).map(str::to_owned),
                message,
                retryable: failure == Failure::Passing,
                cost: price,
            },
        }
    }

    fn stopped(&self, charged: bool, price: Usd) -> GenerateError {
        GenerateError::Canceled {
            id: self.id.clone(),
            charged,
            cost: if charged { price } else { Usd::ZERO },
        }
    }
}

/// A value as text: a string as it is, nothing as nothing, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The first address in an output, which is a string, a list, or an object with `url`.
fn first_url(output: &Value) -> Option<String> {
    match output {
        Value::String(url) if !url.is_empty() => Some(url.clone()),
        Value::Array(outputs) => outputs.iter().find_map(first_url),
        Value::Object(output) => output.get("url").and_then(first_url),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
