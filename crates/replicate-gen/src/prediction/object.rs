//! Replicate's prediction object, and what it says of the picture.

use crate::error::GenerateError;
use crate::failure::{Failure, classify, error_code};
use crate::generator::PredictionId;
use crate::model::OutputKind;
use serde::Deserialize;
use serde_json::Value;
use tdbal_types::Usd;

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
mod tests {
    use super::*;
    use serde_json::json;

    const PRICE: Usd = Usd::from_nanos(40_000_000);

    fn progress(mut prediction: Value, kind: OutputKind) -> Progress {
        prediction["id"] = "p1".into();
        serde_json::from_value::<Prediction>(prediction)
            .unwrap()
            .progress(kind, PRICE)
    }

    fn single(prediction: Value) -> Progress {
        progress(prediction, OutputKind::Single)
    }

    #[test]
    fn outputs_of_every_form_are_read() {
        for output in [
            json!("https://a/b.jpg"),
            json!(["https://a/b.jpg", "https://a/c.jpg"]),
            json!({"url": "https://a/b.jpg", "type": "image"}),
            json!([{"url": "https://a/b.jpg"}]),
        ] {
            let progress = single(json!({"status": "succeeded", "output": output}));
            assert!(
                matches!(&progress, Progress::Ready { url } if url == "https://a/b.jpg"),
                "{output}: {progress:?}"
            );
        }
    }

    #[test]
    fn success_without_a_picture_is_gone_or_no_use() {
        assert!(matches!(
            single(json!({"status": "succeeded", "output": null, "data_removed": true})),
            Progress::Over(GenerateError::OutputGone { cost: PRICE, .. })
        ));
        for output in [
            json!(null),
            json!([]),
            json!(""),
            json!(7),
            json!({"text": "no"}),
        ] {
            assert!(matches!(
                single(json!({"status": "succeeded", "output": output})),
                Progress::Over(GenerateError::BadOutput { .. })
            ));
        }
    }

    #[test]
    fn a_single_output_may_come_before_the_end_and_a_list_may_not() {
        let early = json!({"status": "processing", "output": ["https://a/b.jpg"]});
        assert!(matches!(single(early.clone()), Progress::Ready { .. }));
        assert!(matches!(
            progress(early, OutputKind::List),
            Progress::Waiting { .. }
        ));
    }

    #[test]
    fn unknown_and_missing_statuses_are_waited_for() {
        for status in [
            json!("starting"),
            json!("hibernating"),
            json!(null),
            json!(3),
        ] {
            assert!(matches!(
                single(json!({"status": status})),
                Progress::Waiting { .. }
            ));
        }
    }

    #[test]
    fn what_was_stopped_is_charged_only_if_it_ran() {
        assert!(matches!(
            single(json!({"status": "aborted"})),
            Progress::Over(GenerateError::Canceled {
                charged: false,
                cost: Usd::ZERO,
                ..
            })
        ));
        assert!(matches!(
            single(json!({"status": "canceled"})),
            Progress::Over(GenerateError::Canceled {
                charged: true,
                cost: PRICE,
                ..
            })
        ));
    }

    #[test]
    fn failures_are_read_from_their_message() {
        let flagged = json!({"status": "failed", "error": "flagged as sensitive (E005)"});
        assert!(matches!(
            single(flagged),
            Progress::Over(GenerateError::Flagged { .. })
        ));
        let memory = json!({"status": "failed", "error": "CUDA out of memory (E1001)"});
        assert!(matches!(
            single(memory),
            Progress::Over(GenerateError::Failed { code: Some(code), retryable: false, .. })
                if code == "E1001"
        ));
        let object = json!({"status": "failed", "error": {"why": "please retry"}});
        assert!(matches!(
            single(object),
            Progress::Over(GenerateError::Failed {
                code: None,
                retryable: true,
                ..
            })
        ));
        let silent = json!({"status": "failed"});
        assert!(matches!(
            single(silent),
            Progress::Over(GenerateError::Failed { retryable: false, message, .. })
                if !message.is_empty()
        ));
    }
}
