//! What every HTTP client of tdbal shares: when to retry a request and how long to wait, how to
//! read the delay that a server asks for, and how to keep secrets out of messages. These parts are
//! pure: time and randomness are passed in.
//!
//! The feature `client` adds [`HttpClient`], a thin retry loop over `reqwest` that applies them,
//! and [`SharedPause`], which makes all workers wait when one of them is rate limited.

mod delay;
mod excerpt;
mod retry;
mod secret;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod pause;
#[cfg(feature = "client")]
mod response;

pub use delay::{go_duration, retry_after, retry_after_ms, server_delay};
pub use excerpt::{MAX_EXCERPT_CHARS, body_excerpt, looks_like_html};
pub use retry::{Decision, GiveUp, Outcome, RetryPolicy, decide, full_jitter};
pub use secret::{REDACTED, Secret, redact};

#[cfg(feature = "client")]
pub use client::{
    HttpClient, Idempotence, Limits, Verdict, classify_by_status, delay_from_headers,
};
#[cfg(feature = "client")]
pub use error::{Cause, HttpError, HttpErrorKind};
#[cfg(feature = "client")]
pub use pause::SharedPause;
#[cfg(feature = "client")]
pub use response::Response;
