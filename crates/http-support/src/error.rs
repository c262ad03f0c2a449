//! The error of a request that is not retried any further.

use crate::response::Response;
use crate::retry::GiveUp;
use reqwest::StatusCode;
use std::fmt;
use std::time::Duration;

/// A request that failed for good.
///
/// The message names the method, the URL without its query, the number of attempts, the time spent
/// and the cause of the last failure. It never contains a secret.
#[derive(Debug)]
pub struct HttpError {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) because: GiveUp,
    pub(crate) cause: Cause,
    pub(crate) response: Option<Box<Response>>,
}

/// What the caller can conclude from a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpErrorKind {
    /// The server did not carry out the request, and a retry would fail in the same way.
    Permanent,
    /// The failure may be temporary, but the attempts or the time ran out. Either the server did
    /// not act, or the request is safe to repeat.
    Exhausted,
    /// The server may have acted on a request that must not be repeated. Find out before sending
    /// it again.
    Ambiguous,
}

/// What went wrong in the last attempt.
#[derive(Debug)]
pub enum Cause {
    /// The request could not be built, for example because its URL is invalid.
    Build(reqwest::Error),
    /// No connection was established, so the server saw nothing of the request.
    Connect(reqwest::Error),
    /// No complete response arrived within the time limit for one attempt.
    Timeout(Duration),
    /// The connection was lost, or the server did not speak HTTP.
    Transport(reqwest::Error),
    /// The response body ended before it was complete.
    CutBody {
        /// The status of the incomplete response.
        status: StatusCode,
        /// The error that ended the body.
        source: reqwest::Error,
    },
    /// The response body is larger than allowed.
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A complete response that the caller did not accept.
    Status {
        /// The status of the response.
        status: StatusCode,
        /// The beginning of the body, with secrets redacted.
        excerpt: String,
    },
}

impl HttpError {
    /// Returns what the caller can conclude from this error.
    pub const fn kind(&self) -> HttpErrorKind {
        match self.because {
            GiveUp::Permanent => HttpErrorKind::Permanent,
            GiveUp::Ambiguous => HttpErrorKind::Ambiguous,
            GiveUp::Attempts | GiveUp::Budget => HttpErrorKind::Exhausted,
        }
    }

    /// Returns what went wrong in the last attempt.
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Returns the last response, if it was complete. Its body is not redacted.
    pub fn response(&self) -> Option<&Response> {
        self.response.as_deref()
    }

    /// Returns the status of the last response, if there was one.
    pub const fn status(&self) -> Option<StatusCode> {
        match self.cause {
            Cause::CutBody { status, .. } | Cause::Status { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Returns how many times the request was sent.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the time from the start of the first attempt to the end of the last.
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            url,
            attempts,
            elapsed,
            because,
            cause,
            response: _,
        } = self;
        let plural = if *attempts == 1 { "" } else { "s" };
        write!(
            f,
            "{method} {url} failed after {attempts} attempt{plural} in {:.1} s ({because}): {cause}",
            elapsed.as_secs_f64()
        )
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Build(source)
            | Cause::Connect(source)
            | Cause::Transport(source)
            | Cause::CutBody { source, .. } => Some(source),
            Cause::Timeout(_) | Cause::TooLarge { .. } | Cause::Status { .. } => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(_) => f.write_str("could not build the request; check the base URL"),
            Self::Connect(_) => f.write_str("could not connect to the server"),
            Self::Timeout(limit) => write!(f, "no response within {} s", limit.as_secs_f64()),
            Self::Transport(_) => f.write_str("the connection was lost"),
            Self::CutBody { status, .. } => {
                write!(f, "the response body ended early (status {status})")
            }
            Self::TooLarge { limit } => {
                write!(f, "the response is larger than the limit of {limit} bytes")
            }
            Self::Status { status, excerpt } => write!(f, "{status}: {excerpt}"),
        }
    }
}
