//! A thin loop over `reqwest`: sends, classifies, waits, sends again.

use crate::delay::server_delay;
use crate::error::{Cause, HttpError};
use crate::excerpt::body_excerpt;
use crate::pause::SharedPause;
use crate::response::Response;
use crate::retry::{Decision, GiveUp, Outcome, RetryPolicy, decide, full_jitter};
use crate::secret::{Secret, redact};
use bytes::BytesMut;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Request, RequestBuilder, StatusCode};
use std::time::Duration;
use tokio::time::Instant;

/// Whether a request may reach the server twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotence {
    /// Twice does no harm.
    Repeatable,
    /// Twice would pay or do twice. It is tried again only where the server certainly did not act:
    /// a rate limit, and a connection that did not come about. Anything else that may pass is
    /// [`HttpErrorKind::Ambiguous`](crate::HttpErrorKind::Ambiguous).
    NotRepeatable,
}

/// What a whole reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What was asked for.
    Ok,
    /// A failure that may pass.
    Retry {
        /// The delay that the server asked for.
        after: Option<Duration>,
    },
    /// The server turned the request away and did nothing; all workers wait.
    RateLimited {
        /// The delay that the server asked for.
        after: Option<Duration>,
    },
    /// A failure that will not pass.
    Permanent,
}

/// What one attempt may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The time for one attempt, from connecting to the body's end.
    pub attempt_timeout: Duration,
    /// The size of a reply's body in bytes.
    pub max_response_bytes: usize,
}

impl Default for Limits {
    /// 120 s and 16 MiB.
    fn default() -> Self {
        Self {
            attempt_timeout: Duration::from_mins(2),
            max_response_bytes: 16 << 20,
        }
    }
}

/// Sends requests, again where that is right, and slows down together with its clones.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    policy: RetryPolicy,
    limits: Limits,
    pause: SharedPause,
    secrets: Vec<Secret>,
}

impl HttpClient {
    /// Sends with `client`, as often as `policy` allows.
    pub fn new(client: reqwest::Client, policy: RetryPolicy) -> Self {
        Self {
            client,
            policy,
            limits: Limits::default(),
            pause: SharedPause::new(),
            secrets: Vec::new(),
        }
    }

    /// Sets what one attempt may take.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Shares a gate with other clients of the same service.
    #[must_use]
    pub fn with_pause(mut self, pause: SharedPause) -> Self {
        self.pause = pause;
        self
    }

    /// Names a secret that no error may show.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// The gate that a rate limit closes.
    pub const fn pause(&self) -> &SharedPause {
        &self.pause
    }

    /// The secrets that no error may show.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Sends a request until `classify` takes a reply for [`Verdict::Ok`], or gives up.
    ///
    /// `build` makes the request, anew for each attempt; `classify` is given the status, headers
    /// and body of a whole reply (of an unsuccessful reply whose body was cut, what came of it).
    /// Dropping the future abandons the request; the server may still act on it.
    ///
    /// # Errors
    /// When the failure will not pass, attempts or time run out, or a request that must not be
    /// repeated may have been acted on.
    pub async fn send(
        &self,
        idempotence: Idempotence,
        build: impl Fn(&reqwest::Client) -> RequestBuilder + Send + Sync,
        classify: impl Fn(StatusCode, &HeaderMap, &[u8]) -> Verdict + Send + Sync,
    ) -> Result<Response, HttpError> {
        self.pause.wait().await;
        let start = Instant::now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let request = match build(&self.client).build() {
                Ok(request) => request,
                Err(source) => return Err(build_error(source, attempts)),
            };
            let method = request.method().to_string();
            let url = self.shown_url(&request);
            let attempt = self.attempt(request, &classify).await;
            let elapsed = start.elapsed();
            let failure = match attempt {
                Ok(response) => {
                    return Ok(Response {
                        attempts,
                        elapsed,
                        ..response
                    });
                }
                Err(failure) => failure,
            };
            let outcome = failure.outcome(idempotence);
            let jitter = full_jitter(&mut rand::rng());
            let decision = decide(outcome, attempts, elapsed, &self.policy, jitter);
            if let Outcome::RateLimited { after } = outcome {
                let pause = after.map_or_else(
                    || self.policy.backoff(attempts, jitter),
                    |after| after.min(self.policy.server_delay_cap),
                );
                tracing::warn!(%method, %url, ?pause, "rate limit reached, all workers wait");
                self.pause.pause_for(pause);
            }
            match decision {
                Decision::Retry { after } => {
                    tracing::debug!(
                        %method, %url, attempts, ?after, cause = %failure.cause, "trying again"
                    );
                    tokio::time::sleep(after).await;
                    self.pause.wait().await;
                }
                Decision::GiveUp { because } => {
                    return Err(HttpError {
                        method,
                        url,
                        attempts,
                        elapsed,
                        because,
                        cause: failure.cause,
                        response: failure.response.map(|response| {
                            Box::new(Response {
                                attempts,
                                elapsed,
                                ..response
                            })
                        }),
                    });
                }
            }
        }
    }

    /// Sends once, and reads the reply to its end.
    async fn attempt(
        &self,
        request: Request,
        classify: &(impl Fn(StatusCode, &HeaderMap, &[u8]) -> Verdict + Sync),
    ) -> Result<Response, Failure> {
        let limit = self.limits.attempt_timeout;
        let (response, cut) = tokio::time::timeout(limit, self.exchange(request))
            .await
            .map_err(|_| Failure::of(Cause::Timeout(limit)))??;
        let status = response.status;
        if let Some(source) = cut
            && status.is_success()
        {
            return Err(Failure::of(Cause::CutBody { status, source }));
        }
        match classify(status, &response.headers, &response.body) {
            Verdict::Ok => Ok(response),
            verdict => Err(Failure {
                verdict: Some(verdict),
                cause: Cause::Status {
                    status,
                    excerpt: body_excerpt(&response.body, &self.secrets),
                },
                response: Some(response),
            }),
        }
    }

    /// A reply, and what cut its body short, if something did.
    async fn exchange(
        &self,
        request: Request,
    ) -> Result<(Response, Option<reqwest::Error>), Failure> {
        let mut reply = self.client.execute(request).await.map_err(|error| {
            let connect = error.is_connect();
            let error = error.without_url();
            Failure::of(if connect {
                Cause::Connect(error)
            } else {
                Cause::Transport(error)
            })
        })?;
        let limit = self.limits.max_response_bytes;
        let too_large = || Failure::of(Cause::TooLarge { limit });
        if reply
            .content_length()
            .is_some_and(|length| length > limit as u64)
        {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        let cut = loop {
            match reply.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(too_large()),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break None,
                Err(error) => break Some(error.without_url()),
            }
        };
        let response = Response {
            status: reply.status(),
            headers: std::mem::take(reply.headers_mut()),
            body: body.freeze(),
            attempts: 0,
            elapsed: Duration::ZERO,
        };
        Ok((response, cut))
    }

    /// A request's URL without user, password and query, which may hold a signature.
    fn shown_url(&self, request: &Request) -> String {
        let mut url = request.url().clone();
        // Both fail only for URLs that cannot have these parts.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        redact(url.as_str(), &self.secrets)
    }
}

/// A failed attempt.
struct Failure {
    cause: Cause,
    verdict: Option<Verdict>,
    response: Option<Response>,
}

impl Failure {
    fn of(cause: Cause) -> Self {
        Self {
            cause,
            verdict: None,
            response: None,
        }
    }

    /// What follows from it for a request of this kind.
    fn outcome(&self, idempotence: Idempotence) -> Outcome {
        let repeatable = |after| match idempotence {
            Idempotence::Repeatable => Outcome::Transient { after },
            Idempotence::NotRepeatable => Outcome::Ambiguous,
        };
        match (&self.cause, self.verdict) {
            (_, Some(Verdict::RateLimited { after })) => Outcome::RateLimited { after },
            (_, Some(Verdict::Retry { after })) => repeatable(after),
            (_, Some(Verdict::Permanent | Verdict::Ok)) | (Cause::Build(_), None) => {
                Outcome::Permanent
            }
            (Cause::Connect(_), None) => Outcome::Transient { after: None },
            (Cause::TooLarge { .. }, None) => match idempotence {
                Idempotence::Repeatable => Outcome::Permanent,
                Idempotence::NotRepeatable => Outcome::Ambiguous,
            },
            (
                Cause::Timeout(_)
                | Cause::Transport(_)
                | Cause::CutBody { .. }
                | Cause::Status { .. },
                None,
            ) => repeatable(None),
        }
    }
}

/// A request that could not be made has neither a method nor a URL to name.
fn build_error(source: reqwest::Error, attempts: u32) -> HttpError {
    HttpError {
        method: "a request".to_owned(),
        url: "to an unusable URL".to_owned(),
        attempts,
        elapsed: Duration::ZERO,
        because: GiveUp::Permanent,
        cause: Cause::Build(source.without_url()),
        response: None,
    }
}

/// The delay that a reply's headers ask for ([`server_delay`]), by this machine's clock.
pub fn delay_from_headers(headers: &HeaderMap) -> Option<Duration> {
    server_delay(
        |name| headers.get(name).and_then(|value| value.to_str().ok()),
        Timestamp::now(),
    )
}

/// The usual reading of a status: 2xx is well; 429 is a rate limit; 408, 409, 425 and 5xx may pass;
/// anything else will not.
pub fn classify_by_status(status: StatusCode, headers: &HeaderMap) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Ok,
        429 => Verdict::RateLimited {
            after: delay_from_headers(headers),
        },
        408 | 409 | 425 | 500..=599 => Verdict::Retry {
            after: delay_from_headers(headers),
        },
        _ => Verdict::Permanent,
    }
}
