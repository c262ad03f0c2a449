//! Classification of Replicate's responses: which of them to retry, and when.

use http_support::{Verdict, classify_by_status, delay_from_headers};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use std::time::Duration;

/// Classifies an API response by its status. For a rate limit without a delay in the headers, the
/// delay is taken from the body.
pub(super) fn classify_api_response(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Verdict {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Verdict::RateLimited {
            after: delay_from_headers(headers).or_else(|| throttle_delay(body)),
        },
        _ => classify_by_status(status, headers),
    }
}

/// Classifies the response to a download. Unlike other requests, it retries a 404, because a new
/// output may not have reached the file server yet, and an empty body, because the output was
/// incomplete.
pub(super) fn classify_download(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
    let retry = Verdict::Retry {
        after: delay_from_headers(headers),
    };
    match status {
        StatusCode::NOT_FOUND => retry,
        status if status.is_success() && body.is_empty() => retry,
        _ => classify_by_status(status, headers),
    }
}

/// Returns the delay that the body of a rate-limit response asks for: `retry_after` in seconds,
/// else the first `~30s` in `detail`.
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
        // Such as "Your rate limit resets in ~30s."
        let (_, after) = throttled.detail.as_str()?.split_once('~')?;
        let (number, _) = after.split_once('s')?;
        number.parse().ok()
    })?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests;
