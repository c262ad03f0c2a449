//! A picture generator on loopback: it takes orders, keeps them waiting a little and gives coded
//! pictures (see [`crate::pictures::coded`]) of the class that it finds in the prompt.

mod fate;
mod listing;
mod words;

pub use fate::Fate;
pub use words::class_in;

use crate::loopback::{Loopback, bearer, block_on};
use crate::pictures::coded_file;
use crate::traffic::SeenRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tdbal_types::{ImageClass, Quality};
use wiremock::{Request, ResponseTemplate};

/// How long an answer takes that is not to come.
const FOR_EVER: Duration = Duration::from_hours(1);

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

/// A picture generator. It lives as long as this value.
#[derive(Debug)]
pub struct FakeReplicate {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

type Classifier = Box<dyn Fn(&str) -> ImageClass + Send>;

struct State {
    /// The server's own address.
    origin: String,
    classify: Classifier,
    polls: usize,
    quality: Quality,
    fates: BTreeMap<usize, Fate>,
    /// All orders that arrived, the refused ones too.
    orders: usize,
    taken: Vec<Prediction>,
    files: Vec<Vec<u8>>,
    /// Whole listings that were served.
    listings: usize,
    ignores_filters: bool,
    /// The only token that is accepted; any unless set.
    token: Option<String>,
}

struct Prediction {
    creation: Creation,
    fate: Option<Fate>,
    asked: usize,
    created_at: Timestamp,
    /// How many listings are served before it is listed.
    listed_from: usize,
    /// Whether its input and output are gone.
    data_removed: bool,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("orders", &self.orders)
            .field("taken", &self.taken.len())
            .finish_non_exhaustive()
    }
}

impl FakeReplicate {
    /// Starts a generator on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
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
        }));
        let shared = Arc::clone(&state);
        let server = Loopback::start(move |request| {
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            state.respond(request)
        })
        .await;
        let service = Self { server, state };
        service.state().origin = service.server.uri();
        service
    }

    /// Starts a generator that tells the class from a prompt in another way.
    pub async fn start_with(classify: impl Fn(&str) -> ImageClass + Send + 'static) -> Self {
        let service = Self::start().await;
        service.classify_with(classify);
        service
    }

    /// The same as [`Self::start`] for a test that is not asynchronous.
    pub fn start_blocking() -> Self {
        block_on(Self::start())
    }

    /// What a client is given as the base URL; it ends in `/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.server.uri())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the class is told from a prompt; [`class_in`] unless set.
    pub fn classify_with(&self, classify: impl Fn(&str) -> ImageClass + Send + 'static) {
        self.state().classify = Box::new(classify);
    }

    /// How often a prediction is still `processing` when it is asked for; once unless set.
    pub fn set_polls(&self, polls: usize) {
        self.state().polls = polls;
    }

    /// The quality of what is generated; 9 unless set.
    pub fn set_quality(&self, quality: Quality) {
        self.state().quality = quality;
    }

    /// What becomes of the `nth` order from now on, counted from 1.
    pub fn on_order(&self, nth: usize, fate: Fate) {
        let mut state = self.state();
        let nth = state.orders + nth;
        state.fates.insert(nth, fate);
    }

    /// Shows every request to `watcher`, when it has arrived and once more when it is done, in place
    /// of whatever looked on before. It runs on the server's thread, one request at a time.
    pub fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.server.on_request(watcher);
    }

    /// From now on only this token is accepted.
    pub fn accept_only(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// Whether the listing gives all predictions, whatever is asked for.
    pub fn ignore_filters(&self, ignores: bool) {
        self.state().ignores_filters = ignores;
    }

    /// Removes input and output of every prediction so far, as the service does after an hour.
    pub fn remove_data(&self) {
        for prediction in &mut self.state().taken {
            prediction.data_removed = true;
        }
    }

    /// Makes every prediction so far older.
    pub fn age(&self, by: SignedDuration) {
        for prediction in &mut self.state().taken {
            prediction.created_at -= by;
        }
    }

    /// How many whole listings were served: those of which the last page was asked for.
    pub fn listings(&self) -> usize {
        self.state().listings
    }

    /// All orders that arrived, the refused ones too.
    pub fn orders(&self) -> usize {
        self.state().orders
    }

    /// Every order that was taken, in order: what an operator pays for.
    pub fn paid(&self) -> Vec<Creation> {
        let state = self.state();
        let taken = state.taken.iter();
        taken
            .map(|prediction| prediction.creation.clone())
            .collect()
    }

    /// How many files were uploaded.
    pub fn uploads(&self) -> usize {
        self.state().files.len()
    }
}

fn error(status: u16, detail: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"title": "Error", "detail": detail, "status": status}))
}

impl State {
    fn respond(&mut self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().to_owned();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let method = request.method.as_str();
        // Outputs are on a host that wants no token.
        if let ("GET", ["output", file]) = (method, parts.as_slice()) {
            return self.output(file);
        }
        let accepts = |token: &str| self.token.as_deref().is_none_or(|only| only == token);
        if !bearer(request).is_some_and(accepts) {
            return error(401, "You did not pass a valid authentication token");
        }
        match (method, parts.as_slice()) {
            ("POST", ["v1", "models", owner, name, "predictions"]) => {
                self.order(request, format!("{owner}/{name}"))
            }
            ("GET", ["v1", "account"]) => ResponseTemplate::new(200).set_body_json(json!({
                "type": "organization",
                "username": "acme",
                "name": "Acme Pictures",
                "github_url": "https://github.com/acme",
            })),
            ("GET", ["v1", "predictions"]) => self.list(request),
            ("GET", ["v1", "predictions", id]) => self.look(id),
            ("POST", ["v1", "files"]) => self.upload(request),
            ("GET", ["v1", "files", id]) => match self.file(id) {
                Some(file) => ResponseTemplate::new(200).set_body_raw(file, "image/jpeg"),
                None => error(404, "no such file"),
            },
            _ => error(404, "the requested resource could not be found"),
        }
    }

    fn order(&mut self, request: &Request, model: String) -> ResponseTemplate {
        self.orders += 1;
        let fate = self.fates.get(&self.orders).cloned();
        let refusal = fate.as_ref().and_then(Fate::refusal);
        let predictions = fate.as_ref().map_or(1, Fate::predictions);
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

    /// Takes the base picture out of an input; what is left there is short.
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

    fn look(&mut self, id: &str) -> ResponseTemplate {
        let Some(at) = self.find(id) else {
            return error(404, "no such prediction");
        };
        self.taken[at].asked += 1;
        let prediction = &self.taken[at];
        let waiting = prediction.asked <= self.polls || prediction.fate == Some(Fate::Stuck);
        let status = if waiting { "processing" } else { "done" };
        let described = self.describe(at, status);
        ResponseTemplate::new(200).set_body_json(described)
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.taken
            .iter()
            .position(|prediction| prediction.creation.id == id)
    }

    /// A prediction as the service writes it. `status` is `done` for whatever its fate is.
    fn describe(&self, at: usize, status: &str) -> Value {
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

    fn output(&self, file: &str) -> ResponseTemplate {
        let (id, ending) = file.split_once('.').unwrap_or((file, "jpg"));
        let Some(at) = self.find(id) else {
            return error(404, "no such output");
        };
        let prediction = &self.taken[at];
        if prediction.data_removed {
            return error(404, "no such output");
        }
        let class = match &prediction.fate {
            Some(Fate::BadOutput) => {
                return ResponseTemplate::new(200).set_body_raw("no picture", "text/plain");
            }
            Some(Fate::WrongClass(class)) => *class,
            _ => (self.classify)(&prediction.creation.prompt),
        };
        let name = format!("{id}.{ending}");
        let picture = coded_file(&name, class, self.quality, at as u64 + 1_000_000, (96, 96));
        let mime = if ending == "jpg" { "jpeg" } else { ending };
        ResponseTemplate::new(200).set_body_raw(picture, &format!("image/{mime}"))
    }

    /// Keeps what lies between the first part's head and the closing boundary.
    fn upload(&mut self, request: &Request) -> ResponseTemplate {
        let body = &request.body;
        let find = |what: &[u8], from: usize| {
            body.get(from..)?
                .windows(what.len())
                .position(|window| window == what)
                .map(|at| at + from)
        };
        let Some(start) = find(b"\r\n\r\n", 0).map(|at| at + 4) else {
            return error(422, "no multipart body");
        };
        let end = find(b"\r\n--", start).unwrap_or(body.len());
        self.files.push(body[start..end].to_vec());
        let id = format!("file{}", self.files.len());
        ResponseTemplate::new(201).set_body_json(json!({
            "id": id,
            "size": end - start,
            "urls": {"get": format!("{}/v1/files/{id}", self.origin)},
        }))
    }

    fn file(&self, id: &str) -> Option<Vec<u8>> {
        let number: usize = id.strip_prefix("file")?.parse().ok()?;
        self.files.get(number.checked_sub(1)?).cloned()
    }
}
