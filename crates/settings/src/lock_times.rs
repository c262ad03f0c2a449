//! The durations of locks.

use std::time::Duration;

/// How long locks last, and how long to wait for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockTimes {
    /// The time after which a lock expires unless it is renewed.
    pub time_to_live: Duration,
    /// How long to wait for a lock whose holder may be dead.
    pub patience: Duration,
}
