//! Replicate's prediction object, and the progress that it reports.

use super::failure::{Failure, classify, error_code};
use crate::error::GenerateError;
use crate::model::OutputKind;
use serde::Deserialize;
use serde_json::Value;
use tdbal_types::{PredictionId, Usd};

/// The fields of a prediction that are used here. All but the ID may be missing.
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

/// The progress of a prediction.
#[derive(Debug)]
pub(crate) enum Progress {
    /// The prediction has not finished, or has an unknown status.
    Waiting {
        /// The status that the service reported.
        status: String,
    },
    /// The picture can be downloaded.
    Ready {
        /// The URL of the picture, as the service wrote it.
        url: String,
    },
    /// The prediction ended without a picture.
    Ended(GenerateError),
}

impl Prediction {
    /// Returns the progress of the prediction. `price` is the price of one picture.
    pub(crate) fn progress(&self, kind: OutputKind, price: Usd) -> Progress {
        let status = text(&self.status);
        match status.as_str() {
            "succeeded" => self.succeeded(price),
            "failed" => Progress::Ended(self.failed(price)),
            "canceled" => Progress::Ended(self.stopped(true, price)),
            "aborted" => Progress::Ended(self.stopped(false, price)),
            // A single output can appear shortly before the status changes. A list may still grow.
            // An unknown status counts as waiting: ending the wait early would lose a paid picture.
            _ => match (kind, first_url(&self.output)) {
                (OutputKind::Single, Some(url)) => Progress::Ready { url },
                (OutputKind::Single | OutputKind::List, _) => Progress::Waiting { status },
            },
        }
    }

    fn succeeded(&self, price: Usd) -> Progress {
        match first_url(&self.output) {
            Some(url) => Progress::Ready { url },
            // Replicate deletes the output after about an hour and sets this flag.
            None if self.data_removed == Some(true) => Progress::Ended(GenerateError::OutputGone {
                id: self.id.clone(),
                cost: price,
            }),
            None => Progress::Ended(GenerateError::BadOutput {
                id: self.id.clone(),
                problem: "it contains no picture URL".to_owned(),
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
            failure @ (Failure::Temporary | Failure::Permanent) => GenerateError::Failed {
                id: self.id.clone(),
                code: error_code(&message).map(str::to_owned),
                message,
                retryable: failure == Failure::Temporary,
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

/// Converts a value to text: a string as it is, null as the empty string, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the first URL in an output, which is a string, a list, or an object with a `url`.
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
