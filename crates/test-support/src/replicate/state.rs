//! What the generator knows: settings of the test, orders, predictions, uploads.

use super::fate::Fate;
use super::prompt_class::class_in;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::{ImageClass, Quality};
use wiremock::ResponseTemplate;

/// An order that was taken, and so is paid for.
#[derive(Debug, Clone)]
pub struct Creation {
    /// The prediction's id.
    pub id: String,
    /// The model: `owner/name`.
    pub model: String,
    /// The prompt.
    pub prompt: String,
    /// The whole input; pictures in it are cut short.
    pub input: Value,
    /// The base picture, as bytes, where it came inline or was uploaded here.
    pub base_image: Option<Vec<u8>>,
}

pub(super) type Classifier = Box<dyn Fn(&str) -> ImageClass + Send>;

pub(super) struct State {
    /// The server's own address.
    pub(super) origin: String,
    pub(super) classify: Classifier,
    pub(super) polls: usize,
    pub(super) quality: Quality,
    pub(super) fates: BTreeMap<usize, Fate>,
    /// All orders that arrived, the refused ones too.
    pub(super) orders: usize,
    pub(super) taken: Vec<Prediction>,
    pub(super) files: Vec<Vec<u8>>,
    /// Whole listings that were served.
    pub(super) listings: usize,
    pub(super) ignores_filters: bool,
    /// The only token that is accepted; any unless set.
    pub(super) token: Option<String>,
}

pub(super) struct Prediction {
    pub(super) creation: Creation,
    pub(super) fate: Option<Fate>,
    pub(super) asked: usize,
    pub(super) created_at: Timestamp,
    /// How many listings are served before it is listed.
    pub(super) listed_from: usize,
    /// Whether its input and output are gone.
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
            quality: Quality::new(9).expect("1 to 10"),
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

    /// A prediction as the service writes it. `status` is `done` for whatever its fate is.
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
