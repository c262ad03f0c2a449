//! The client: sends questions and turns replies into answers or errors.

use super::fault::{self, ApiFault, classify};
use super::request::{self, Parameter};
use super::response::{ChatCompletion, Ending};
use crate::error::{ActorFailure, Spent, VisionError};
use crate::look::LookKind;
use crate::model::{Estimate, ModelIdentity, ModelKind, Question, Reply, VisionModel};
use crate::prompt::{PROMPT_VERSION, system_prompt};
use crate::schema::{reply_schema, schema_digest};
use crate::settings::ModelSettings;
use async_trait::async_trait;
use http_support::{
    HttpClient, HttpError, Idempotence, Limits, Response, RetryPolicy, Secret, SharedPause,
    body_excerpt, looks_like_html,
};
use reqwest::RequestBuilder;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tdbal_types::{SheetNumber, Tokens};

/// Base URL of OpenAI's own API.
pub const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";

/// Approximate number of characters of English or JSON per token (OpenAI's rule of thumb).
const CHARS_PER_TOKEN: usize = 4;

/// Typical tokens of an answer about a sheet: per entry, and for the rest of the answer.
const SHEET_OUTPUT_TOKENS: (u64, u64) = (32, 120);

/// Typical tokens of an answer to a close look: for the entry, and for the description.
const CLOSE_OUTPUT_TOKENS: (u64, u64) = (28, 44);

/// A client for chat completions. Share one client between all workers: a rate limit that one of
/// them meets then slows down all of them.
pub struct OpenAi {
    pub(super) http: HttpClient,
    pub(super) base_url: String,
    key: Secret,
    pub(super) settings: ModelSettings,
    /// Parameters that the server has rejected; later requests leave them out.
    rejected: Mutex<BTreeSet<Parameter>>,
}

impl OpenAi {
    /// Creates a client for the server at `base_url`, which must include the version, as in `/v1`.
    /// An empty key is not sent, for servers that need none.
    pub fn new(
        client: reqwest::Client,
        base_url: &str,
        key: Secret,
        settings: ModelSettings,
        policy: RetryPolicy,
    ) -> Self {
        Self {
            http: HttpClient::new(client, policy).with_secret(key.clone()),
            // With a trailing slash the URLs would have `//`, which some servers do not accept.
            base_url: base_url.trim().trim_end_matches('/').to_owned(),
            key,
            settings,
            rejected: Mutex::default(),
        }
    }

    /// Sets the time and size limits of a single attempt.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.http = self.http.with_limits(limits);
        self
    }

    /// Shares rate-limit pauses with other clients of the same account.
    #[must_use]
    pub fn with_pause(mut self, pause: SharedPause) -> Self {
        self.http = self.http.with_pause(pause);
        self
    }

    /// The settings of the model.
    pub const fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    /// The pause that a rate limit sets for all requests.
    pub const fn pause(&self) -> &SharedPause {
        self.http.pause()
    }

    /// Sends the question and reads the completion. Repeats the request without a parameter that
    /// the server rejects.
    async fn complete(
        &self,
        question: &Question,
        cap: u32,
        spent: &Spent,
    ) -> Result<(ChatCompletion, Option<String>), VisionError> {
        let url = format!("{}/chat/completions", self.base_url);
        loop {
            // Read on each attempt: another worker may have met a rejection in the meantime.
            let omitted = self.rejected().clone();
            let body = request::body(&self.settings, question, cap, &omitted);
            let sent = self
                .http
                .send(
                    // A repeated question changes nothing at the server; at worst it is paid twice.
                    Idempotence::Repeatable,
                    |client| {
                        let request = client
                            .post(&url)
                            .header("content-type", "application/json")
                            .body(body.clone());
                        self.with_auth(request)
                    },
                    classify,
                )
                .await;
            let error = match sent {
                Ok(response) => return read(&response, question, spent),
                Err(error) => error,
            };
            match self.newly_rejected(&error, &omitted) {
                Some(parameter) => {
                    tracing::warn!(
                        model = %self.settings.name, parameter = parameter.name(),
                        "the server rejects a parameter; leaving it out from now on"
                    );
                    self.rejected().insert(parameter);
                }
                None => return Err(self.failure(question, error, spent)),
            }
        }
    }

    /// Adds the key to the request, unless it is empty.
    pub(super) fn with_auth(&self, request: RequestBuilder) -> RequestBuilder {
        if self.key.is_empty() {
            request
        } else {
            request.bearer_auth(self.key.expose())
        }
    }

    fn rejected(&self) -> MutexGuard<'_, BTreeSet<Parameter>> {
        // The set is valid after every operation, so a panic of another worker does not matter.
        self.rejected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parameter that made the server reject the request, if it was sent and can be left out.
    fn newly_rejected(
        &self,
        error: &HttpError,
        omitted: &BTreeSet<Parameter>,
    ) -> Option<Parameter> {
        let response = error.response().filter(|response| response.status == 400)?;
        let fault = ApiFault::parse(&response.body)?;
        let parameter = Parameter::named_by(&fault)?;
        // A parameter that was not sent cannot be the cause: repeating the request would never end.
        let was_sent = !omitted.contains(&parameter) && parameter.is_sent(&self.settings);
        was_sent.then_some(parameter)
    }

    /// The error for a request that failed after all attempts.
    fn failure(&self, question: &Question, error: HttpError, spent: &Spent) -> VisionError {
        let request_id = error
            .response()
            .and_then(|response| response.header("x-request-id"))
            .map(ToOwned::to_owned);
        // A success status here means that every attempt got something other than a completion.
        let cause = match error.response() {
            Some(response) if response.status.is_success() => self.not_a_completion(response),
            Some(response) => {
                let fault = ApiFault::parse(&response.body);
                let detail = match &fault {
                    Some(fault) => body_excerpt(fault.to_string().as_bytes(), self.http.secrets()),
                    None => body_excerpt(&response.body, self.http.secrets()),
                };
                let status = response.status;
                // Checked first: a cause that concerns all actors must not be reported as a failure
                // of one.
                let stop = fault::stop_cause(
                    status.as_u16(),
                    fault.as_ref(),
                    &self.base_url,
                    &self.settings.name,
                    &detail,
                );
                if let Some(cause) = stop {
                    return VisionError::StopsRun {
                        cause,
                        spent: Box::new(*spent),
                        source: Some(Box::new(error)),
                    };
                }
                if fault.is_some_and(|fault| fault.is_content_filter()) {
                    ActorFailure::ContentFilter
                } else if looks_like_html(&String::from_utf8_lossy(&response.body)) {
                    ActorFailure::Html {
                        page: format!("{status}, {detail}"),
                    }
                // 429 after all attempts is a lasting rate limit. The request itself was valid.
                } else if status.is_client_error() && status != 429 {
                    ActorFailure::Rejected {
                        detail: format!("{status}, {detail}"),
                    }
                } else {
                    ActorFailure::Unavailable
                }
            }
            None => ActorFailure::Unavailable,
        };
        failed(question, cause, request_id, spent).caused_by(error)
    }

    /// The failure for a successful reply that is not a chat completion.
    fn not_a_completion(&self, response: &Response) -> ActorFailure {
        let excerpt = body_excerpt(&response.body, self.http.secrets());
        if looks_like_html(&String::from_utf8_lossy(&response.body)) {
            ActorFailure::Html { page: excerpt }
        } else {
            ActorFailure::Broken {
                detail: ChatCompletion::parse(&response.body)
                    .err()
                    .unwrap_or(excerpt),
            }
        }
    }
}

/// Reads a successful reply and the server's ID of the request.
fn read(
    response: &Response,
    question: &Question,
    spent: &Spent,
) -> Result<(ChatCompletion, Option<String>), VisionError> {
    let request_id = response.header("x-request-id").map(ToOwned::to_owned);
    let completion = ChatCompletion::parse(&response.body)
        .map_err(|detail| failed(question, ActorFailure::Broken { detail }, None, spent))?;
    // Some compatible servers send no header with the ID.
    let request_id = request_id.or_else(|| completion.id.clone());
    Ok((completion, request_id))
}

/// The error for a question that failed without stopping the run.
fn failed(
    question: &Question,
    cause: ActorFailure,
    request_id: Option<String>,
    spent: &Spent,
) -> VisionError {
    VisionError::ActorFailed {
        actor: question.actor.clone(),
        cause,
        request_id,
        spent: Box::new(*spent),
        source: None,
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("base_url", &self.base_url)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "openai:{}", self.settings.name)
    }
}

#[async_trait]
impl VisionModel for OpenAi {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        let mut spent = Spent::default();
        let mut cap = self.settings.output_cap(question.pictures.len());
        let mut raised = false;
        loop {
            let (completion, request_id) = self.complete(question, cap, &spent).await?;
            // A truncated first attempt is paid for too.
            spent.tokens += completion.tokens();
            spent.cost = self.settings.prices.of(spent.tokens);
            let failure = match completion.ending() {
                Ending::Answer(text) => {
                    return Ok(Reply {
                        text,
                        model: completion
                            .model
                            .unwrap_or_else(|| self.settings.name.clone()),
                        request_id,
                        tokens: spent.tokens,
                        cost: spent.cost,
                    });
                }
                // Raised once only: a model that exceeds four times the limit may never finish.
                Ending::Truncated => match self.settings.raised_cap(cap).filter(|_| !raised) {
                    Some(higher) => {
                        tracing::warn!(
                            actor = %question.actor, cap, higher,
                            "the answer was cut off, asking again with a higher limit"
                        );
                        (cap, raised) = (higher, true);
                        continue;
                    }
                    None => ActorFailure::Truncated { cap },
                },
                Ending::Refused(text) => ActorFailure::Refused {
                    text: body_excerpt(text.as_bytes(), self.http.secrets()),
                },
                Ending::Filtered => ActorFailure::ContentFilter,
                Ending::Other(finish_reason) => ActorFailure::UnexpectedFinish { finish_reason },
            };
            return Err(failed(question, failure, request_id, &spent));
        }
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            kind: ModelKind::Live,
            model: self.settings.name.clone(),
            prompt_version: PROMPT_VERSION.to_owned(),
            schema_digest: schema_digest(),
        }
    }

    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        let numbers: Vec<SheetNumber> = (0..pictures).map(SheetNumber::from_position).collect();
        let schema = reply_schema(look, &numbers).to_string().len();
        // The user text has about 60 characters and repeats each number, at about 4 characters.
        let text = (system_prompt(look).len() + schema + 4 * pictures + 60) / CHARS_PER_TOKEN;
        let image = self
            .settings
            .image_tokens
            .tokens(width, height)
            .unwrap_or_default();
        let (per_picture, rest) = if look.is_sheet() {
            SHEET_OUTPUT_TOKENS
        } else {
            CLOSE_OUTPUT_TOKENS
        };
        let tokens = Tokens {
            input: image + text as u64,
            cached: 0,
            output: per_picture * pictures as u64 + rest,
        };
        Estimate {
            tokens,
            cost: self.settings.prices.of(tokens),
        }
    }
}
