//! Whether to retry a failed request, and when.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How many times and for how long a request is retried.
///
/// In settings, durations are given in seconds; decimals are allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryPolicy {
    /// Maximum number of times a request is sent, the first attempt included.
    pub max_attempts: u32,
    /// Longest pause after the first attempt. It doubles after each further attempt, up to
    /// `max_delay`.
    #[serde(rename = "base_delay_seconds", with = "seconds")]
    pub base_delay: Duration,
    /// Longest pause between attempts when the server does not ask for a delay.
    #[serde(rename = "max_delay_seconds", with = "seconds")]
    pub max_delay: Duration,
    /// Longest delay to accept from the server; a longer one is shortened to this value.
    #[serde(rename = "server_delay_cap_seconds", with = "seconds")]
    pub server_delay_cap: Duration,
    /// Time limit for starting another attempt, counted from the start of the first.
    #[serde(rename = "total_budget_seconds", with = "seconds")]
    pub total_budget: Duration,
}

impl Default for RetryPolicy {
    /// 5 attempts within 10 minutes; pauses of up to 0.5 s, doubling to 30 s; server delays of up
    /// to 120 s.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            server_delay_cap: Duration::from_mins(2),
            total_budget: Duration::from_mins(10),
        }
    }
}

impl RetryPolicy {
    /// Returns the longest pause after attempt number `attempt`, counted from 1.
    fn ceiling(&self, attempt: u32) -> Duration {
        // A larger shift would overflow; the pause has reached its maximum long before.
        let doublings = attempt.saturating_sub(1).min(31);
        self.base_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay)
    }

    /// Returns the pause after attempt number `attempt`, counted from 1: the longest pause for that
    /// attempt times `jitter`, a number from 0 to 1.
    ///
    /// With a uniformly random jitter ([`full_jitter`]) this is the "full jitter" strategy, which
    /// spreads out clients that failed at the same time (Brooker, "Exponential Backoff And Jitter",
    /// AWS Architecture Blog, 2015).
    pub fn backoff(&self, attempt: u32, jitter: f64) -> Duration {
        fraction(self.ceiling(attempt), jitter)
    }
}

/// Draws a uniformly random jitter from 0 to 1, for [`decide`] and [`RetryPolicy::backoff`].
pub fn full_jitter(rng: &mut (impl Rng + ?Sized)) -> f64 {
    rng.random()
}

/// Multiplies a duration by `part`, clamped to 0 to 1; a NaN or infinite `part` counts as 1.
fn fraction(whole: Duration, part: f64) -> Duration {
    let part = if part.is_finite() {
        part.clamp(0.0, 1.0)
    } else {
        1.0
    };
    whole.mul_f64(part)
}

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The server rejected the request because of a rate limit and did not act on it.
    RateLimited {
        /// The delay that the server asked for, if any.
        after: Option<Duration>,
    },
    /// A temporary failure of a request that is safe to repeat.
    Transient {
        /// The delay that the server asked for, if any.
        after: Option<Duration>,
    },
    /// A failure that a retry would not change.
    Permanent,
    /// The server may have acted on a request that must not be repeated.
    Ambiguous,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait, then retry.
    Retry {
        /// How long to wait before the next attempt.
        after: Duration,
    },
    /// Do not retry.
    GiveUp {
        /// Why the request is not retried.
        because: GiveUp,
    },
}

/// Why a request is not retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// A retry would fail in the same way.
    Permanent,
    /// The server may have acted, and the request must not be repeated.
    Ambiguous,
    /// The maximum number of attempts is reached.
    Attempts,
    /// The next attempt would start after the time limit.
    Budget,
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permanent => "not retryable",
            Self::Ambiguous => "not retried because the server may have acted on it",
            Self::Attempts => "no attempts left",
            Self::Budget => "no time left for another attempt",
        })
    }
}

/// Decides what to do after attempt number `attempt` (counted from 1) failed, `elapsed` after the
/// first attempt started. `jitter` is a number from 0 to 1 ([`full_jitter`]).
///
/// A delay that the server asks for is accepted up to the policy's cap, then lengthened by up to
/// the base delay, which keeps workers that were rejected together from returning together.
pub fn decide(
    outcome: Outcome,
    attempt: u32,
    elapsed: Duration,
    policy: &RetryPolicy,
    jitter: f64,
) -> Decision {
    let server_delay = match outcome {
        Outcome::Permanent => return give_up(GiveUp::Permanent),
        Outcome::Ambiguous => return give_up(GiveUp::Ambiguous),
        Outcome::RateLimited { after } | Outcome::Transient { after } => after,
    };
    if attempt >= policy.max_attempts {
        return give_up(GiveUp::Attempts);
    }
    let after = match server_delay {
        Some(delay) => delay
            .min(policy.server_delay_cap)
            .saturating_add(fraction(policy.base_delay, jitter)),
        None => policy.backoff(attempt, jitter),
    };
    // Compare the end of the pause: waiting first and then giving up would waste the wait.
    if elapsed.saturating_add(after) > policy.total_budget {
        return give_up(GiveUp::Budget);
    }
    Decision::Retry { after }
}

const fn give_up(because: GiveUp) -> Decision {
    Decision::GiveUp { because }
}

/// Serialises durations as seconds with decimals.
mod seconds {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(value: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_f64(value.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(input)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
