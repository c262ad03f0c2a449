//! A vision model on loopback that looks: it reads the sheet that it is sent and answers for each
//! number by what is in that cell (see [`crate::pictures::coded`]).

mod question;
mod scripted;

pub use scripted::Scripted;

use crate::loopback::{Loopback, bearer};
use crate::traffic::SeenRequest;
use question::Question;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tdbal_types::{ImageClass, Quality};
use wiremock::{Request, ResponseTemplate};

/// What the model was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The model's name.
    pub model: String,
    /// The numbers to judge, in the order of the question.
    pub numbers: Vec<u32>,
    /// Width and height of the sheet in pixels.
    pub sheet: (u32, u32),
    /// The words of the question, without what is the same in every question.
    pub text: String,
    /// The whole body, the picture's data URI cut short.
    pub body: Value,
}

/// A vision model that answers by what it sees. It lives as long as this value.
#[derive(Debug)]
pub struct FakeOpenAi {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    delay: Duration,
    blind: bool,
    script: VecDeque<Scripted>,
    asked: Vec<Asked>,
    /// All calls, the scripted ones too.
    calls: usize,
    /// The only key that is accepted; any unless set.
    key: Option<String>,
    /// Models that are not there.
    missing: BTreeSet<String>,
    /// The day on which every model ends, as the service writes it.
    shutdown_date: Option<String>,
}

impl FakeOpenAi {
    /// Starts a model on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = Loopback::start(move |request| respond(&shared, request)).await;
        Self { server, state }
    }

    /// The same for a test that is not asynchronous.
    pub fn start_blocking() -> Self {
        crate::loopback::block_on(Self::start())
    }

    /// What a client is given as the base URL; it ends in `/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.server.uri())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every answer from now on takes that long.
    pub fn set_delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Shows every request to `watcher`, when it has arrived and once more when it is done, in place
    /// of whatever looked on before. It runs on the server's thread, one request at a time.
    pub fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.server.on_request(watcher);
    }

    /// From now on only this key is accepted.
    pub fn accept_only(&self, key: &str) {
        self.state().key = Some(key.to_owned());
    }

    /// The models endpoint no longer has this model.
    pub fn remove_model(&self, id: &str) {
        self.state().missing.insert(id.to_owned());
    }

    /// The models endpoint says that every model ends on this day (`2027-01-14`).
    pub fn set_shutdown_date(&self, day: &str) {
        self.state().shutdown_date = Some(day.to_owned());
    }

    /// Whether to answer without looking: every picture photorealistic, qualities 8 7 9 8 6 7.
    pub fn answer_blindly(&self, blind: bool) {
        self.state().blind = blind;
    }

    /// Gives these responses first, one to a call, before it begins to look.
    pub fn script(&self, responses: impl IntoIterator<Item = Scripted>) {
        self.state().script.extend(responses);
    }

    /// How often it was called, scripted responses and refusals included.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Every question that could be read, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }
}

impl State {
    fn accepts(&self, request: &Request) -> bool {
        bearer(request).is_some_and(|key| self.key.as_deref().is_none_or(|only| only == key))
    }

    /// A model, as the models endpoint describes it.
    fn describe(&self, id: &str, request: &Request) -> ResponseTemplate {
        if !self.accepts(request) {
            return Scripted::bad_key().response(0);
        }
        if self.missing.contains(id) {
            let message =
                format!("The model `{id}` does not exist or you do not have access to it.");
            return Scripted::error(404, "invalid_request_error", "model_not_found", &message)
                .response(0);
        }
        ResponseTemplate::new(200).set_body_json(json!({
            "id": id,
            "object": "model",
            "created": 1_744_316_542,
            "owned_by": "system",
            "shutdown_date": self.shutdown_date,
        }))
    }
}

fn respond(state: &Mutex<State>, request: &Request) -> ResponseTemplate {
    let path = request.url.path();
    if request.method.as_str() == "GET" {
        return match path.strip_prefix("/v1/models/") {
            Some(id) => {
                let state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.describe(id, request)
            }
            None => missing(path),
        };
    }
    if path != "/v1/chat/completions" {
        return missing(path);
    }
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.calls += 1;
    let call = state.calls;
    if !state.accepts(request) {
        return Scripted::bad_key().response(call);
    }
    let question = match Question::read(&request.body) {
        Ok(question) => question,
        Err(problem) => {
            return Scripted::error(400, "invalid_request_error", "bad_question", &problem)
                .response(call);
        }
    };
    state.asked.push(question.asked());
    let response = match state.script.pop_front() {
        Some(scripted) => scripted.response(call),
        None => Scripted::content(&answer(&question, state.blind).to_string()).response(call),
    };
    if state.delay.is_zero() {
        response
    } else {
        response.set_delay(state.delay)
    }
}

fn missing(path: &str) -> ResponseTemplate {
    let message = format!("Invalid URL ({path})");
    Scripted::error(404, "invalid_request_error", "unknown_url", &message).response(0)
}

/// The answer to a question, in the form that its schema asks for. A number whose cell shows
/// nothing that can be judged is left out, as no true answer could hold it.
fn answer(question: &Question, blind: bool) -> Value {
    const HABIT: [i64; 6] = [8, 7, 9, 8, 6, 7];
    let mut pictures = Vec::new();
    for (position, number) in question.numbers.iter().enumerate() {
        let judged = if blind {
            let quality = Quality::new(HABIT[position % HABIT.len()]).expect("1 to 10");
            Some((ImageClass::Photorealistic, quality))
        } else {
            question.judge(*number)
        };
        let Some((class, quality)) = judged else {
            continue;
        };
        let mut picture = Map::new();
        for (name, part) in &question.form.picture {
            let value = match part {
                question::Part::Number => json!(number),
                question::Part::Class => json!(class.as_str()),
                question::Part::Quality => json!(quality.get()),
                question::Part::Faults if quality.get() <= 3 => json!(["distorted"]),
                question::Part::Faults => json!([]),
                question::Part::Text => json!(""),
            };
            picture.insert(name.clone(), value);
        }
        pictures.push(Value::Object(picture));
    }
    let mut answer = Map::new();
    answer.insert(question.form.pictures.clone(), Value::Array(pictures));
    for name in &question.form.texts {
        answer.insert(name.clone(), json!("Judged by the colour of each cell."));
    }
    Value::Object(answer)
}
