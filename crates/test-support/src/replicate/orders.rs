//! Accepting orders.

use super::fate::Fate;
use super::state::{Creation, Prediction, State, error};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::{Request, ResponseTemplate};

/// Delay of a response that must never arrive during a test.
const FOR_EVER: Duration = Duration::from_hours(1);

impl State {
    pub(super) fn order(&mut self, request: &Request, model: String) -> ResponseTemplate {
        self.orders += 1;
        let fate = self.fates.get(&self.orders).cloned();
        let refusal = fate.as_ref().and_then(Fate::refusal);
        let predictions = fate.as_ref().map_or(1, Fate::predictions);
        // Nothing was created, so the body does not matter.
        if let (Some(status), 0) = (refusal, predictions) {
            return error(status, "the order was not taken");
        }
        let mut input = match serde_json::from_slice::<Value>(&request.body) {
            Ok(mut body) => body["input"].take(),
            Err(problem) => return error(422, &format!("not JSON: {problem}")),
        };
        let Some(prompt) = input["prompt"].as_str().map(str::to_owned) else {
            return error(422, "- input: prompt is required");
        };
        let base_image = self.take_base_image(&mut input);
        let lacking = match &fate {
            Some(Fate::TakenLate { listings }) => *listings,
            _ => 0,
        };
        for _ in 0..predictions {
            self.taken.push(Prediction {
                creation: Creation {
                    id: format!("fake{:06}", self.taken.len() + 1),
                    model: model.clone(),
                    prompt: prompt.clone(),
                    input: input.clone(),
                    base_image: base_image.clone(),
                },
                asked: 0,
                created_at: Timestamp::now(),
                fate: fate.clone(),
                listed_from: self.listings + lacking,
                data_removed: false,
            });
        }
        // After the predictions are stored: the order is paid although the client sees an error.
        if let Some(status) = refusal {
            return error(status, "something went wrong");
        }
        let made = self.describe(self.taken.len() - 1, "starting");
        let answer = ResponseTemplate::new(201).set_body_json(made);
        match fate {
            Some(Fate::NoAnswer) => answer.set_delay(FOR_EVER),
            _ => answer,
        }
    }

    /// Takes the base picture out of an input and shortens its data URI there.
    fn take_base_image(&self, input: &mut Value) -> Option<Vec<u8>> {
        let texts: Vec<&mut Value> = match input {
            Value::Object(fields) => fields
                .values_mut()
                .flat_map(|field| match field {
                    Value::Array(list) => list.iter_mut().collect(),
                    field => vec![field],
                })
                .collect(),
            _ => return None,
        };
        let mut found = None;
        for text in texts {
            let Some(url) = text.as_str() else { continue };
            if let Some((head, data)) = url.split_once(";base64,") {
                found = STANDARD.decode(data).ok();
                *text = json!(format!("{head};base64,..."));
            } else if let Some((_, id)) = url.split_once("/v1/files/") {
                found = self.file(id);
            }
        }
        found
    }
}
