//! How long a server asks to be left alone.

use jiff::Timestamp;
use std::time::Duration;

/// Reads `retry-after-ms`: milliseconds, decimals allowed.
pub fn retry_after_ms(value: &str) -> Option<Duration> {
    decimal(value.trim()).and_then(|millis| seconds(millis / 1_000.0))
}

/// Reads `retry-after`: seconds, decimals allowed, or an HTTP date (RFC 9110, section 10.2.3),
/// which is taken relative to `now`. A date that has passed means no delay.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Some(delay) = decimal(value) {
        return seconds(delay);
    }
    let then = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Reads a duration as Go writes it: `1s`, `6m0s`, `120ms`, `1h2.5m`. OpenAI's
/// `x-ratelimit-reset-requests` and `x-ratelimit-reset-tokens` have this form.
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
        // `ms` stands before `m`, or 120ms would be 120 minutes.
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

/// The delay that a reply's headers ask for, where they ask for one: `retry-after-ms`, else
/// `retry-after`, else the longest `x-ratelimit-reset-*` of those limits of which nothing remains.
///
/// `header` looks up a header by its lower-case name.
pub fn server_delay<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    now: Timestamp,
) -> Option<Duration> {
    let reset = |limit: &str| {
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

/// A plain decimal number that is not negative: no sign, no exponent, no `inf`.
fn decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// So many seconds, unless no duration holds them.
fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

#[cfg(test)]
mod tests;
