//! How a request failed for good.

use crate::response::Response;
use crate::retry::GiveUp;
use reqwest::StatusCode;
use std::fmt;
use std::time::Duration;

/// A request that failed for good. Its message names the method, the URL without its query, how
/// often and for how long it was tried, and the last cause; never a secret.
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

/// What the caller can conclude from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpErrorKind {
    /// The server did not do what it was asked for, and trying again would not help.
    Permanent,
    /// The failure may pass, but attempts or time are used up. The server did not act, or acting
    /// twice would do no harm.
    Exhausted,
    /// The server may have acted on a request that must not be repeated. Find out before sending
    /// it again.
    Ambiguous,
}

/// What went wrong in the last attempt.
#[derive(Debug)]
pub enum Cause {
    /// The request could not be made, such as for a URL that is none.
    Build(reqwest::Error),
    /// No connection came about; the server saw nothing of the request.
    Connect(reqwest::Error),
    /// No whole reply came within the time limit of an attempt.
    Timeout(Duration),
    /// The connection broke, or what came over it was no HTTP.
    Transport(reqwest::Error),
    /// The reply's body ended too early.
    CutBody {
        /// The reply's status.
        status: StatusCode,
        /// What reading it ended with.
        source: reqwest::Error,
    },
    /// The reply's body is larger than the limit.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A whole reply that is not the wanted one.
    Status {
        /// The reply's status.
        status: StatusCode,
        /// How its body begins, without secrets.
        excerpt: String,
    },
}

impl HttpError {
    /// What the caller can conclude.
    pub const fn kind(&self) -> HttpErrorKind {
        match self.because {
            GiveUp::Permanent => HttpErrorKind::Permanent,
            GiveUp::Ambiguous => HttpErrorKind::Ambiguous,
            GiveUp::Attempts | GiveUp::Budget => HttpErrorKind::Exhausted,
        }
    }

    /// The last attempt's cause.
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// The last reply, where a whole one came. Its body is as the server sent it, not redacted.
    pub fn response(&self) -> Option<&Response> {
        self.response.as_deref()
    }

    /// The last reply's status, where one came.
    pub const fn status(&self) -> Option<StatusCode> {
        match self.cause {
            Cause::CutBody { status, .. } | Cause::Status { status, .. } => Some(status),
            _ => None,
        }
    }

    /// How often the request was sent.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The time from the first attempt's begin to the last one's end.
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
            Self::Build(_) => f.write_str("the request could not be made; check the base URL"),
            Self::Connect(_) => f.write_str("no connection"),
            Self::Timeout(limit) => write!(f, "no reply within {} s", limit.as_secs_f64()),
            Self::Transport(_) => f.write_str("the connection broke"),
            Self::CutBody { status, .. } => {
                write!(f, "the body of the reply ({status}) ended too early")
            }
            Self::TooLarge { limit } => write!(f, "the reply is larger than {limit} bytes"),
            Self::Status { status, excerpt } => write!(f, "{status}: {excerpt}"),
        }
    }
}
