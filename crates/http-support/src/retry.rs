//! Whether to try again, and when.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How often and for how long a request is tried.
///
/// In settings the delays are seconds, decimals allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryPolicy {
    /// How many times a request is sent at most, the first one included.
    pub max_attempts: u32,
    /// The longest pause before the second attempt; it doubles with every further one.
    #[serde(rename = "base_delay_seconds", with = "seconds")]
    pub base_delay: Duration,
    /// The longest pause of our own choosing.
    #[serde(rename = "max_delay_seconds", with = "seconds")]
    pub max_delay: Duration,
    /// The longest pause that a server can impose; where it asks for more, this is waited.
    #[serde(rename = "server_delay_cap_seconds", with = "seconds")]
    pub server_delay_cap: Duration,
    /// No attempt is begun later than this after the first one.
    #[serde(rename = "total_budget_seconds", with = "seconds")]
    pub total_budget: Duration,
}

impl Default for RetryPolicy {
    /// 5 attempts, pauses up to 0.5 s doubling to 30 s, up to 120 s where the server asks for it,
    /// 10 minutes in all.
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
    /// The longest pause after attempt number `attempt`, counted from 1.
    fn ceiling(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.base_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay)
    }

    /// The pause after attempt number `attempt`, counted from 1: `jitter`, from 0 to 1, of its
    /// ceiling. Drawn evenly ([`full_jitter`]) this is "full jitter", which spreads clients that
    /// failed together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    pub fn backoff(&self, attempt: u32, jitter: f64) -> Duration {
        fraction(self.ceiling(attempt), jitter)
    }
}

/// A number drawn evenly from 0 to 1, for [`decide`] and [`RetryPolicy::backoff`].
pub fn full_jitter(rng: &mut (impl Rng + ?Sized)) -> f64 {
    rng.random()
}

/// A part of a duration; what is not from 0 to 1 is brought there.
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
    /// The server turns requests away for now, and did nothing.
    RateLimited {
        /// The delay it asked for.
        after: Option<Duration>,
    },
    /// A failure that may pass, of a request that can be repeated.
    Transient {
        /// The delay that the server asked for.
        after: Option<Duration>,
    },
    /// A failure that will not pass.
    Permanent,
    /// The server may have acted on a request that must not be repeated.
    Ambiguous,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait so long, then try again.
    Retry {
        /// The pause.
        after: Duration,
    },
    /// Do not try again.
    GiveUp {
        /// Why not.
        because: GiveUp,
    },
}

/// Why a request is not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// The failure will not pass.
    Permanent,
    /// The server may have acted, and the request must not be repeated.
    Ambiguous,
    /// All attempts are used up.
    Attempts,
    /// The next attempt would begin after the time budget's end.
    Budget,
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permanent => "it will not pass by itself",
            Self::Ambiguous => "the server may have acted on it, so it was not repeated",
            Self::Attempts => "no attempts left",
            Self::Budget => "no time left for another attempt",
        })
    }
}

/// Decides what follows on attempt number `attempt` (counted from 1) that ended `elapsed` after the
/// first one began. `jitter` is a number from 0 to 1 ([`full_jitter`]).
///
/// A server's own delay is kept, up to the policy's cap, and lengthened by at most the base delay,
/// so that workers which were turned away together do not come back together.
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
    if elapsed.saturating_add(after) > policy.total_budget {
        return give_up(GiveUp::Budget);
    }
    Decision::Retry { after }
}

const fn give_up(because: GiveUp) -> Decision {
    Decision::GiveUp { because }
}

/// Durations as seconds with decimals.
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
