//! State of the fake generator: settings, orders, predictions and uploads.

use super::fate::Fate;
use super::prompt_class::class_in;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::{ImageClass, Quality};
use wiremock::ResponseTemplate;

/// Accepted order, which costs money.
#[derive(Debug, Clone)]
pub struct Creation {
    /// Id of the prediction.
    pub id: String,
    /// Model as `owner/name`.
    pub model: String,
    /// Prompt of the order.
    pub prompt: String,
    /// Complete input, with the data of inline pictures replaced by `...`.
    pub input: Value,
    /// Contents of the base picture, if it was sent inline or uploaded to this server.
    pub base_image: Option<Vec<u8>>,
}

pub(super) type Classifier = Box<dyn Fn(&str) -> ImageClass + Send>;

pub(super) struct State {
    /// Origin of the server's own URLs.
    pub(super) origin: String,
    pub(super) classify: Classifier,
    pub(super) polls: usize,
    pub(super) quality: Quality,
    pub(super) fates: BTreeMap<usize, Fate>,
    /// Number of orders received, including rejected ones.
    pub(super) orders: usize,
    pub(super) taken: Vec<Prediction>,
    pub(super) files: Vec<Vec<u8>>,
    /// Number of complete listings served.
    pub(super) listings: usize,
    pub(super) ignores_filters: bool,
    /// The only token to accept; `None` accepts any token.
    pub(super) token: Option<String>,
}

pub(super) struct Prediction {
    pub(super) creation: Creation,
    pub(super) fate: Option<Fate>,
    pub(super) asked: usize,
    pub(super) created_at: Timestamp,
    /// Number of complete listings to serve before listings include this prediction.
    pub(super) listed_from: usize,
    /// Whether input and output have been removed.
    pub(super) data_removed: bool,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("orders", &self.orders)
            .field("taken", &self.taken.len())
            .finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            origin: String::new(),
            classify: Box::new(class_in),
            polls: 1,
            quality: Quality::new(9).expect("9 is from 1 to 10"),
            fates: BTreeMap::new(),
            orders: 0,
            taken: Vec::new(),
            files: Vec::new(),
            listings: 0,
            ignores_filters: false,
            token: None,
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.taken
            .iter()
            .position(|prediction| prediction.creation.id == id)
    }

    /// Returns a prediction in the format of the service. A `status` of `done` stands for the final
    /// status that its fate leads to.
    pub(super) fn describe(&self, at: usize, status: &str) -> Value {
        let prediction = &self.taken[at];
        let Creation {
            id, model, input, ..
        } = &prediction.creation;
        let origin = &self.origin;
        let ending = input["output_format"].as_str().unwrap_or("jpg");
        let url = format!("{origin}/output/{id}.{ending}");
        let flagged = "The input or output was flagged as sensitive. Please try again with \
                       different inputs. (E005)";
        let (status, output, problem) = match (status, &prediction.fate) {
            ("done", Some(Fate::Flagged)) => ("failed", Value::Null, json!(flagged)),
            ("done", Some(Fate::Failed(message))) => ("failed", Value::Null, json!(message)),
            ("done", Some(Fate::Aborted)) => ("aborted", Value::Null, Value::Null),
            // The service keeps the status of old predictions but drops their data.
            ("done", _) if prediction.data_removed => ("succeeded", Value::Null, Value::Null),
            ("done", _) => ("succeeded", json!(url), Value::Null),
            (status, _) => (status, Value::Null, Value::Null),
        };
        let input = if prediction.data_removed {
            &json!({})
        } else {
            input
        };
        json!({
            "id": id,
            "model": model,
            "version": "hidden",
            "input": input,
            "logs": "",
            "output": output,
            "data_removed": prediction.data_removed,
            "error": problem,
            "source": "api",
            "status": status,
            "created_at": prediction.created_at.to_string(),
            "urls": {
                "cancel": format!("{origin}/v1/predictions/{id}/cancel"),
                "get": format!("{origin}/v1/predictions/{id}"),
            },
        })
    }

    pub(super) fn file(&self, id: &str) -> Option<Vec<u8>> {
        let number: usize = id.strip_prefix("file")?.parse().ok()?;
        self.files.get(number.checked_sub(1)?).cloned()
    }
}

pub(super) fn error(status: u16, detail: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"title": "Error", "detail": detail, "status": status}))
}
