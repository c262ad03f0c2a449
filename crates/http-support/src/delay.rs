//! Parsing of the delay that a server asks for in its response headers.

use jiff::Timestamp;
use std::time::Duration;

/// Parses a `retry-after-ms` header: milliseconds, decimals allowed.
pub fn retry_after_ms(value: &str) -> Option<Duration> {
    decimal(value.trim()).and_then(|millis| seconds(millis / 1_000.0))
}

/// Parses a `retry-after` header: seconds, decimals allowed, or an HTTP date (RFC 9110, section
/// 10.2.3), which is converted to a delay from `now`. A date in the past gives zero.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Some(delay) = decimal(value) {
        return seconds(delay);
    }
    // The current form of HTTP dates is also valid in RFC 2822.
    let then = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()?;
    // The conversion fails for a negative span: the date is in the past.
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Parses a duration in Go's notation, such as `1s`, `6m0s`, `120ms` or `1h2.5m`. OpenAI sends its
/// `x-ratelimit-reset-requests` and `x-ratelimit-reset-tokens` headers in this form.
pub fn go_duration(value: &str) -> Option<Duration> {
    let mut rest = value.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at_checked(digits)?;
        // `ms` must come before `m`; otherwise 120ms would be read as 120 minutes.
        let (tail, unit) = [
            ("ms", 1e-3),
            ("us", 1e-6),
            ("µs", 1e-6),
            ("ns", 1e-9),
            ("h", 3_600.0),
            ("m", 60.0),
            ("s", 1.0),
        ]
        .into_iter()
        .find_map(|(name, unit)| Some((tail.strip_prefix(name)?, unit)))?;
        total = total.checked_add(seconds(decimal(number)? * unit)?)?;
        rest = tail;
    }
    Some(total)
}

/// Returns the delay that the response headers ask for, if any: `retry-after-ms`, else
/// `retry-after`, else the longest `x-ratelimit-reset-*` among the limits with nothing remaining.
///
/// `header` looks up a header by its lower-case name. `now` is the time from which an HTTP date in
/// `retry-after` is counted.
pub fn server_delay<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
) -> Option<Duration> {
    let reset = |limit: &str| {
        // Reset times come with every response, but only an exhausted limit requires waiting.
        let used_up = header(&format!("x-ratelimit-remaining-{limit}"))?.trim() == "0";
        used_up
            .then(|| header(&format!("x-ratelimit-reset-{limit}")).and_then(go_duration))
            .flatten()
    };
    header("retry-after-ms")
        .and_then(retry_after_ms)
        .or_else(|| header("retry-after").and_then(|value| retry_after(value, now)))
        .or_else(|| reset("requests").max(reset("tokens")))
}

/// Parses a non-negative decimal number without sign or exponent. `f64`'s own parser would also
/// accept `inf` and `1e9`, which no server means as a delay.
fn decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// Converts seconds to a duration, or returns `None` if the value is out of range.
fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

#[cfg(test)]
mod tests;
