//! A vision model on loopback that looks: it reads the sheet that it is sent and answers for each
//! number by what is in that cell, or looks at the one picture that it is sent. A coded picture (see
//! [`crate::pictures::coded`]) is judged by its code; any other, such as those of a control sheet, is
//! stylised, with colour or without, of quality 7.

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

/// A vision model that answers by what it sees. It lives as long as this value.
#[derive(Debug)]
pub struct FakeOpenAi {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    delay: Duration,
    /// How it answers without looking, if it does not look.
    habit: Option<Habit>,
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
        self.answer_by_habit(blind.then(Habit::recorded));
    }

    /// How to answer without looking from now on; with none, it looks.
    pub fn answer_by_habit(&self, habit: impl Into<Option<Habit>>) {
        self.state().habit = habit.into();
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

/// The answer to a question, in the form that its schema asks for. A number whose cell shows
/// nothing that can be judged is left out, as no true answer could hold it; so is the judgement of a
/// picture that shows nothing.
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

/// The answer about one picture.
fn picture(parts: &Parts, number: u32, (class, quality): (ImageClass, Quality)) -> Value {
    let mut picture = Map::new();
    for (name, part) in parts {
        let value = match part {
            Part::Number => json!(number),
            Part::Class => json!(class.as_str()),
            Part::Quality => json!(quality.get()),
            Part::Faults if quality.get() <= 3 => json!(["distorted"]),
            Part::Faults => json!([]),
            Part::Text => json!("A picture, judged by its colour."),
        };
        picture.insert(name.clone(), value);
    }
    Value::Object(picture)
}
