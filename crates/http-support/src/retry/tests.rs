use super::*;
use proptest::prelude::*;
use rand::SeedableRng;

const TRANSIENT: Outcome = Outcome::Transient { after: None };

fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

fn after(decision: Decision) -> Duration {
    match decision {
        Decision::Retry { after } => after,
        Decision::GiveUp { because } => panic!("gave up: {because}"),
    }
}

#[test]
fn backoff_doubles_up_to_the_longest_pause() {
    let policy = RetryPolicy::default();
    let at = |attempt, jitter| policy.backoff(attempt, jitter);
    assert_eq!(at(1, 1.0), millis(500));
    assert_eq!(at(2, 1.0), millis(1_000));
    assert_eq!(at(3, 0.5), millis(1_000));
    assert_eq!(at(3, 0.0), millis(0));
    assert_eq!(at(7, 1.0), millis(30_000));
    assert_eq!(at(u32::MAX, 1.0), millis(30_000));
    assert_eq!(at(1, f64::NAN), millis(500));
}

#[test]
fn server_delays_are_honoured_up_to_the_cap() {
    let policy = RetryPolicy::default();
    let limited = |seconds| {
        let outcome = Outcome::RateLimited {
            after: Some(Duration::from_secs(seconds)),
        };
        after(decide(outcome, 1, Duration::ZERO, &policy, 0.0))
    };
    assert_eq!(limited(7), millis(7_000));
    assert_eq!(limited(3_600), millis(120_000));
}

#[test]
fn jitter_only_lengthens_a_server_delay() {
    let outcome = Outcome::Transient {
        after: Some(millis(100)),
    };
    let decision = decide(outcome, 1, Duration::ZERO, &RetryPolicy::default(), 1.0);
    assert_eq!(after(decision), millis(600));
}

#[test]
fn retries_stop_when_attempts_or_time_run_out() {
    let policy = RetryPolicy::default();
    let because = |outcome, attempt, elapsed| match decide(outcome, attempt, elapsed, &policy, 1.0)
    {
        Decision::GiveUp { because } => Some(because),
        Decision::Retry { .. } => None,
    };
    assert_eq!(because(TRANSIENT, 4, Duration::ZERO), None);
    assert_eq!(
        because(TRANSIENT, 5, Duration::ZERO),
        Some(GiveUp::Attempts)
    );
    assert_eq!(because(TRANSIENT, 1, millis(599_500)), None);
    assert_eq!(because(TRANSIENT, 1, millis(599_501)), Some(GiveUp::Budget));
}

#[test]
fn permanent_and_ambiguous_failures_are_not_retried() {
    for (outcome, expected) in [
        (Outcome::Permanent, GiveUp::Permanent),
        (Outcome::Ambiguous, GiveUp::Ambiguous),
    ] {
        let decision = decide(outcome, 1, Duration::ZERO, &RetryPolicy::default(), 0.0);
        assert_eq!(decision, give_up(expected));
    }
}

#[test]
fn policy_settings_are_in_seconds() {
    let policy: RetryPolicy =
        serde_json::from_str(r#"{"max_attempts": 2, "base_delay_seconds": 0.25}"#).unwrap();
    assert_eq!(policy.base_delay, millis(250));
    assert_eq!(policy.max_delay, RetryPolicy::default().max_delay);
    assert!(serde_json::from_str::<RetryPolicy>(r#"{"base_delay_seconds": -1}"#).is_err());
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<RetryPolicy>(&text).unwrap(), policy);
}

proptest! {
    #[test]
    fn jittered_pauses_stay_within_the_longest_pause(seed: u64, attempt in 1_u32..100) {
        let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
        let policy = RetryPolicy::default();
        let pause = policy.backoff(attempt, full_jitter(&mut rng));
        prop_assert!(pause <= policy.ceiling(attempt));
    }
}
