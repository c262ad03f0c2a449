//! Fake vision model on loopback, with the API of OpenAI, that really looks at pictures.
//!
//! It decodes the sheet, or the single picture, of a question and answers for each number by what
//! its cell shows. A coded picture (see [`crate::pictures::coded`]) gets the class and quality in
//! its code. Any other picture, such as those on control sheets, is colour or black-and-white
//! stylised, depending on whether it has colour, with quality 7.

mod asked;
mod habit;
mod question;
mod recognition;
mod scripted;

pub use asked::Asked;
pub use habit::Habit;
pub use scripted::Scripted;

use crate::loopback::{Loopback, bearer};
use crate::traffic::SeenRequest;
use question::{Form, Part, Parts, Question};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tdbal_types::{ImageClass, Quality};
use wiremock::{Request, ResponseTemplate};

/// Fake vision model that answers by what it sees. The server stops when this value is dropped.
#[derive(Debug)]
pub struct FakeOpenAi {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    delay: Duration,
    /// How to answer without looking; `None` to look.
    habit: Option<Habit>,
    script: VecDeque<Scripted>,
    asked: Vec<Asked>,
    /// Number of calls, including those with a scripted response.
    calls: usize,
    /// The only key to accept; `None` accepts any key.
    key: Option<String>,
    /// Models to report as missing.
    missing: BTreeSet<String>,
    /// Shutdown date reported for every model, as the service formats it.
    shutdown_date: Option<String>,
}

impl FakeOpenAi {
    /// Starts the server on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = Loopback::start(move |request| respond(&shared, request)).await;
        Self { server, state }
    }

    /// Starts the server from a test without a runtime; see [`Self::start`].
    pub fn start_blocking() -> Self {
        crate::loopback::block_on(Self::start())
    }

    /// Returns the base URL for a client; it ends in `/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.server.uri())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delays every answer from now on by `delay`.
    pub fn set_delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Calls `watcher` twice for every request: when it has arrived and when it has been carried
    /// out.
    ///
    /// Replaces the previous watcher. It runs on the server's thread, one request at a time.
    pub fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.server.on_request(watcher);
    }

    /// Accepts only this key from now on.
    pub fn accept_only(&self, key: &str) {
        self.state().key = Some(key.to_owned());
    }

    /// Makes the models endpoint report this model as missing.
    pub fn remove_model(&self, id: &str) {
        self.state().missing.insert(id.to_owned());
    }

    /// Makes the models endpoint report this shutdown date (`2027-01-14`) for every model.
    pub fn set_shutdown_date(&self, day: &str) {
        self.state().shutdown_date = Some(day.to_owned());
    }

    /// Turns answering by [`Habit::recorded`], without looking, on or off.
    pub fn answer_blindly(&self, blind: bool) {
        self.answer_by_habit(blind.then(Habit::recorded));
    }

    /// Answers without looking from now on, or looks again if `habit` is `None`.
    pub fn answer_by_habit(&self, habit: impl Into<Option<Habit>>) {
        self.state().habit = habit.into();
    }

    /// Queues responses for the next calls, one per call. Later calls are answered normally.
    pub fn script(&self, responses: impl IntoIterator<Item = Scripted>) {
        self.state().script.extend(responses);
    }

    /// Returns the number of calls, including scripted responses and refusals.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Returns all valid questions so far, in order of arrival.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }
}

impl State {
    fn accepts(&self, request: &Request) -> bool {
        bearer(request).is_some_and(|key| self.key.as_deref().is_none_or(|only| only == key))
    }

    /// Returns the models endpoint's description of a model.
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
    // Counted before any check: tests compare this with the calls that a client made.
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
    // Recorded even if a scripted response follows: tests check what was asked.
    state.asked.push(question.asked());
    let response = match state.script.pop_front() {
        Some(scripted) => scripted.response(call),
        None => {
            Scripted::content(&answer(&question, state.habit.as_ref()).to_string()).response(call)
        }
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

/// Returns the answer to a question, in the form that its schema requires.
///
/// Leaves out numbers whose cell shows nothing that can be judged. If the question is about a
/// single picture that shows nothing, the answer is an empty object.
fn answer(question: &Question, habit: Option<&Habit>) -> Value {
    let judge = |position, number| match habit {
        Some(habit) => habit.answer(position, number, &question.sheet),
        None if matches!(question.form, Form::Close(_)) => question.judge_alone(),
        None => question.judge(number),
    };
    let (name, parts, texts) = match &question.form {
        Form::Close(parts) => {
            let judged = judge(0, 1);
            return judged.map_or_else(|| json!({}), |judged| picture(parts, 1, judged));
        }
        Form::Sheet {
            pictures,
            picture,
            texts,
        } => (pictures, picture, texts),
    };
    let pictures = question
        .numbers
        .iter()
        .enumerate()
        .filter_map(|(position, number)| Some(picture(parts, *number, judge(position, *number)?)))
        .collect();
    let mut answer = Map::new();
    answer.insert(name.clone(), Value::Array(pictures));
    for name in texts {
        answer.insert(name.clone(), json!("Judged by the colour of each cell."));
    }
    Value::Object(answer)
}

/// Returns the answer for one picture.
fn picture(parts: &Parts, number: u32, (class, quality): (ImageClass, Quality)) -> Value {
    let mut picture = Map::new();
    for (name, part) in parts {
        let value = match part {
            Part::Number => json!(number),
            Part::Class => json!(class.as_str()),
            Part::Quality => json!(quality.get()),
            // A low quality needs a fault that explains it.
            Part::Faults if quality.get() <= 3 => json!(["distorted"]),
            Part::Faults => json!([]),
            Part::Text => json!("A picture, judged by its colour."),
        };
        picture.insert(name.clone(), value);
    }
    Value::Object(picture)
}
