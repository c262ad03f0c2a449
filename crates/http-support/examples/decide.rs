//! Decides what to do after failed attempts, without a clock, a network or a random number.
#![allow(clippy::print_stdout, reason = "an example")]

use http_support::{Decision, Outcome, RetryPolicy, Secret, decide, redact, retry_after_ms};
use std::error::Error;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let policy = RetryPolicy::default();
    let after = retry_after_ms("1500");
    let outcomes = [
        Outcome::RateLimited { after },
        Outcome::Transient { after: None },
        Outcome::Permanent,
        Outcome::Ambiguous,
    ];
    for outcome in outcomes {
        let (attempt, elapsed, jitter) = (2, Duration::from_secs(3), 0.5);
        match decide(outcome, attempt, elapsed, &policy, jitter) {
            Decision::Retry { after } => println!("{outcome:?}: again in {after:?}"),
            Decision::GiveUp { because } => println!("{outcome:?}: given up, {because}"),
        }
    }

    let secret = Secret::new("sk-abc");
    let message = redact("the key sk-abc was refused", std::slice::from_ref(&secret));
    println!("{message}; {secret:?}");
    if message.contains("sk-abc") {
        return Err("the message shows the secret".into());
    }
    Ok(())
}
