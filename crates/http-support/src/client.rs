//! A retry loop over `reqwest`.

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

/// Whether it is safe for a request to reach the server twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotence {
    /// Repeating the request does no harm.
    Repeatable,
    /// Repeating the request would pay or act twice. It is retried only where the server certainly
    /// did not act: after a rate limit, and when no connection was established. Any other temporary
    /// failure is reported as [`HttpErrorKind::Ambiguous`](crate::HttpErrorKind::Ambiguous).
    NotRepeatable,
}

/// How the caller classifies a complete response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The request succeeded.
    Ok,
    /// The request failed, and a retry may succeed.
    Retry {
        /// The delay that the server asked for, if any.
        after: Option<Duration>,
    },
    /// The server turned the request away without acting on it. All workers pause.
    RateLimited {
        /// The delay that the server asked for, if any.
        after: Option<Duration>,
    },
    /// The request failed, and a retry would fail in the same way.
    Permanent,
}

/// Limits for a single attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Time limit for one attempt, from connecting to the end of the body.
    pub attempt_timeout: Duration,
    /// Maximum size of a response body, in bytes.
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

/// An HTTP client that retries temporary failures and shares rate limits with its clones.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    policy: RetryPolicy,
    limits: Limits,
    pause: SharedPause,
    secrets: Vec<Secret>,
}

impl HttpClient {
    /// Creates a client that sends through `client` and retries according to `policy`.
    pub fn new(client: reqwest::Client, policy: RetryPolicy) -> Self {
        Self {
            client,
            policy,
            limits: Limits::default(),
            pause: SharedPause::new(),
            secrets: Vec::new(),
        }
    }

    /// Replaces the limits for a single attempt.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Shares rate-limit pauses with other clients of the same service.
    #[must_use]
    pub fn with_pause(mut self, pause: SharedPause) -> Self {
        self.pause = pause;
        self
    }

    /// Adds a secret to redact from every error.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Returns the pause that a rate limit starts for this client and its clones.
    pub const fn pause(&self) -> &SharedPause {
        &self.pause
    }

    /// Returns the secrets that are redacted from every error.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Sends a request and retries it until `classify` returns [`Verdict::Ok`] or the policy gives
    /// up.
    ///
    /// `build` creates the request for each attempt. `classify` gets the status, headers and body
    /// of each response that arrived completely; for an unsuccessful status whose body was cut off,
    /// it gets the part of the body that arrived.
    ///
    /// Dropping the future abandons the request; the server may still act on it.
    ///
    /// # Errors
    /// When the failure is permanent, when attempts or time run out, or when the server may have
    /// acted on a request that must not be repeated.
    pub async fn send(
        &self,
        idempotence: Idempotence,
        build: impl Fn(&reqwest::Client) -> RequestBuilder + Send + Sync,
        classify: impl Fn(StatusCode, &HeaderMap, &[u8]) -> Verdict + Send + Sync,
    ) -> Result<Response, HttpError> {
        // A pause may be active already, started by another worker's rate limit.
        self.pause.wait().await;
        // The time budget starts with the first attempt, not with the wait before it.
        let start = Instant::now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            // Sending consumes a request, so each attempt builds its own.
            let request = match build(&self.client).build() {
                Ok(request) => request,
                Err(source) => return Err(build_error(source, attempts)),
            };
            let method = request.method().to_string();
            let url = self.redacted_url(&request);
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
            // Also when this request gives up: the limit holds for the other workers' requests too.
            if let Outcome::RateLimited { after } = outcome {
                let pause = after.map_or_else(
                    || self.policy.backoff(attempts, jitter),
                    |after| after.min(self.policy.server_delay_cap),
                );
                tracing::warn!(%method, %url, ?pause, "rate limited; pausing all workers");
                self.pause.pause_for(pause);
            }
            match decision {
                Decision::Retry { after } => {
                    tracing::debug!(
                        %method, %url, attempts, ?after, cause = %failure.cause, "retrying"
                    );
                    tokio::time::sleep(after).await;
                    // Another worker may have been rate limited during the sleep.
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

    /// Sends the request once and classifies the response.
    async fn attempt(
        &self,
        request: Request,
        classify: &(impl Fn(StatusCode, &HeaderMap, &[u8]) -> Verdict + Sync),
    ) -> Result<Response, Failure> {
        let limit = self.limits.attempt_timeout;
        let (response, body_error) = tokio::time::timeout(limit, self.exchange(request))
            .await
            .map_err(|_| Failure::new(Cause::Timeout(limit)))??;
        let status = response.status;
        // A cut-off error body still has a status to classify; a cut-off success is unusable.
        if let Some(source) = body_error
            && status.is_success()
        {
            return Err(Failure::new(Cause::CutBody { status, source }));
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

    /// Sends the request and reads the response, together with the error that cut its body off, if
    /// any.
    async fn exchange(
        &self,
        request: Request,
    ) -> Result<(Response, Option<reqwest::Error>), Failure> {
        let mut reply = self.client.execute(request).await.map_err(|error| {
            let connect = error.is_connect();
            // The URL may carry a signature or a key.
            let error = error.without_url();
            Failure::new(if connect {
                Cause::Connect(error)
            } else {
                Cause::Transport(error)
            })
        })?;
        let limit = self.limits.max_response_bytes;
        let too_large = || Failure::new(Cause::TooLarge { limit });
        // Reject by the declared length before reading; the loop below catches an undeclared or
        // false one.
        if reply
            .content_length()
            .is_some_and(|length| length > limit as u64)
        {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        let body_error = loop {
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
            // `send` fills in the attempts and the time.
            attempts: 0,
            elapsed: Duration::ZERO,
        };
        Ok((response, body_error))
    }

    /// Returns the URL without user, password, query and fragment, since each can hold a secret.
    fn redacted_url(&self, request: &Request) -> String {
        let mut url = request.url().clone();
        // Both fail only for URLs that cannot have a user or password.
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
    fn new(cause: Cause) -> Self {
        Self {
            cause,
            verdict: None,
            response: None,
        }
    }

    /// Returns how this failure counts for a request of the given idempotence.
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
            // Without a connection the server cannot have acted, so even a paid request is retried.
            (Cause::Connect(_), None) => Outcome::Transient { after: None },
            // A retry would be as large again. The server may have acted before it responded.
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

/// Creates the error for a request that could not be built and so has no method or URL to name.
fn build_error(source: reqwest::Error, attempts: u32) -> HttpError {
    HttpError {
        method: "request".to_owned(),
        url: "to an invalid URL".to_owned(),
        attempts,
        elapsed: Duration::ZERO,
        because: GiveUp::Permanent,
        cause: Cause::Build(source.without_url()),
        response: None,
    }
}

/// Returns the delay that the response headers ask for ([`server_delay`]), measured from this
/// machine's current time.
pub fn delay_from_headers(headers: &HeaderMap) -> Option<Duration> {
    server_delay(
        |name| headers.get(name).and_then(|value| value.to_str().ok()),
        Timestamp::now(),
    )
}

/// Classifies a response by its status: 2xx succeeds; 429 is a rate limit; 408, 409, 425 and 5xx
/// can be retried; every other status is permanent.
pub fn classify_by_status(status: StatusCode, headers: &HeaderMap) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Ok,
        429 => Verdict::RateLimited {
            after: delay_from_headers(headers),
        },
        // 409 (conflict) and 425 (too early) depend on what else the server is doing.
        408 | 409 | 425 | 500..=599 => Verdict::Retry {
            after: delay_from_headers(headers),
        },
        _ => Verdict::Permanent,
    }
}
