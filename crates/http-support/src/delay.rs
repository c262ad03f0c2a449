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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn now() -> Timestamp {
        "1994-11-06T08:49:00Z".parse().unwrap()
    }

    fn millis(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn milliseconds_may_have_decimals() {
        assert_eq!(retry_after_ms("250"), Some(millis(250)));
        assert_eq!(retry_after_ms(" 1500.0 "), Some(millis(1500)));
        assert_eq!(retry_after_ms("-1"), None);
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(retry_after("2", now()), Some(millis(2_000)));
        assert_eq!(retry_after("0.25", now()), Some(millis(250)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now()),
            Some(millis(37_000))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:48:00 GMT", now()),
            Some(millis(0)),
            "a date that has passed"
        );
        for nonsense in [
            "",
            "soon",
            "-3",
            "1e9",
            "inf",
            "NaN",
            "99999999999999999999999999",
        ] {
            assert_eq!(retry_after(nonsense, now()), None, "{nonsense:?}");
        }
    }

    #[test]
    fn go_durations_are_understood() {
        for (text, expected) in [
            ("1s", 1_000),
            ("6m0s", 360_000),
            ("120ms", 120),
            ("1h2m3.5s", 3_723_500),
            ("1m30ms", 60_030),
            ("0.5m", 30_000),
        ] {
            assert_eq!(go_duration(text), Some(millis(expected)), "{text}");
        }
        for nonsense in ["", "5", "s", "1.2.3s", "1 s", "-1s", "1d", "1sx"] {
            assert_eq!(go_duration(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn the_most_exact_header_wins() {
        let all = HashMap::from([
            ("retry-after-ms", "7"),
            ("retry-after", "2"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        let without = |names: &[&str]| {
            let mut kept = all.clone();
            kept.retain(|name, _| !names.contains(name));
            server_delay(|name| kept.get(name).copied(), now())
        };
        assert_eq!(without(&[]), Some(millis(7)));
        assert_eq!(without(&["retry-after-ms"]), Some(millis(2_000)));
        assert_eq!(
            without(&["retry-after-ms", "retry-after"]),
            Some(millis(360_000))
        );
        assert_eq!(
            without(&[
                "retry-after-ms",
                "retry-after",
                "x-ratelimit-remaining-tokens"
            ]),
            None,
            "a limit that is not used up asks for nothing"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (retry_after_ms(&text), retry_after(&text, now()), go_duration(&text));
        }
    }
}
