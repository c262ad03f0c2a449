//! What the replies of Replicate's API mean for the next attempt.

use http_support::{Verdict, classify_by_status, delay_from_headers};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use std::time::Duration;

/// How a reply of the API is read: by its status; a rate limit also by what its body says of it.
pub(super) fn reading(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Verdict::RateLimited {
            after: delay_from_headers(headers).or_else(|| throttle_delay(body)),
        },
        _ => classify_by_status(status, headers),
    }
}

/// How a reply to a download is read. An output that is not found may only not have arrived where it
/// is served from, and one that is empty was not whole.
pub(super) fn downloaded(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
    let passing = Verdict::Retry {
        after: delay_from_headers(headers),
    };
    match status {
        StatusCode::NOT_FOUND => passing,
        status if status.is_success() && body.is_empty() => passing,
        _ => classify_by_status(status, headers),
    }
}

/// The delay that the body of a rate limit asks for: `retry_after` in seconds, else the first `~30s`
/// in its `detail`.
fn throttle_delay(body: &[u8]) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Throttled {
        #[serde(default)]
        retry_after: serde_json::Value,
        #[serde(default)]
        detail: serde_json::Value,
    }
    let throttled: Throttled = serde_json::from_slice(body).ok()?;
    let seconds = throttled.retry_after.as_f64().or_else(|| {
        let (_, after) = throttled.detail.as_str()?.split_once('~')?;
        let (number, _) = after.split_once('s')?;
        number.parse().ok()
    })?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests;
