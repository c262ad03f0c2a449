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
fn retry_after_ms_accepts_decimals() {
    assert_eq!(retry_after_ms("250"), Some(millis(250)));
    assert_eq!(retry_after_ms(" 1500.0 "), Some(millis(1500)));
    assert_eq!(retry_after_ms("-1"), None);
}

#[test]
fn retry_after_accepts_seconds_and_dates() {
    assert_eq!(retry_after("2", now()), Some(millis(2_000)));
    assert_eq!(retry_after("0.25", now()), Some(millis(250)));
    assert_eq!(
        retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now()),
        Some(millis(37_000))
    );
    assert_eq!(
        retry_after("Sun, 06 Nov 1994 08:48:00 GMT", now()),
        Some(millis(0)),
        "a date in the past"
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
fn go_durations_are_parsed() {
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
fn the_most_precise_delay_header_wins() {
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
        "a limit with requests remaining asks for no delay"
    );
}

proptest! {
    #[test]
    fn parsing_arbitrary_text_never_panics(text in ".{0,40}") {
        let _ = (retry_after_ms(&text), retry_after(&text, now()), go_duration(&text));
    }
}
