//! The content of a lease, and the rules by which other runs judge it. Nothing here reads a clock.
//!
//! Clocks of different machines disagree, and wall clocks jump. A reader therefore uses two clocks:
//! its wall clock, and a monotonic clock that measures for how long it has seen the lease
//! unchanged.
//! - A lease that is unchanged for its whole time to live has expired, whatever the wall clocks
//!   say. This bounds the lifetime of a lease written by a clock that is ahead, or read by one that
//!   jumped back.
//! - A lease that has expired by the reader's wall clock is watched for half its time to live
//!   before it is taken over. A live holder renews it within a third, so a clock that is ahead or
//!   jumped forward cannot take the lease from a live holder.

use crate::Holder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Maximum time to live. A longer one found in a lease counts as this long.
pub(super) const MAX_TIME_TO_LIVE: Duration = Duration::from_hours(1);

/// An apparently expired lease is watched for `time_to_live / WATCH_DIVISOR`. This has to be longer
/// than the third within which a live holder renews it (`LeaseSettings`).
const WATCH_DIVISOR: u32 = 2;

/// The stored form of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lease {
    pub(super) holder: Holder,
    /// Random value that identifies this acquisition, even among those of the same holder.
    pub(super) nonce: String,
    pub(super) acquired_at: Timestamp,
    pub(super) renewed_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// What a reader knows besides the content of the lease.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    /// Time of the reader's wall clock.
    pub(super) now: Timestamp,
    /// For how long the reader has seen the lease unchanged, by its monotonic clock.
    pub(super) unchanged_for: Duration,
    /// Whether the holder's process is alive, if the reader can tell.
    pub(super) is_alive: Option<bool>,
}

/// What a lease means for a run that wants the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeaseStatus {
    /// The lease can be taken over.
    Free,
    /// The lease seems expired, and can be taken over if it stays unchanged for this long.
    Watch(Duration),
    /// The lease is held, and expires after this long unless it is renewed.
    Held(Duration),
}

impl Lease {
    /// A lease that starts at `now`.
    pub(super) fn new(
        holder: Holder,
        nonce: String,
        now: Timestamp,
        time_to_live: Duration,
    ) -> Self {
        Self {
            holder,
            nonce,
            acquired_at: now,
            renewed_at: now,
            expires_at: after(now, time_to_live),
        }
    }

    /// The same lease, extended from `now`.
    pub(super) fn renewed(&self, now: Timestamp, time_to_live: Duration) -> Self {
        Self {
            renewed_at: now,
            expires_at: after(now, time_to_live),
            ..self.clone()
        }
    }

    /// The time from renewal to expiry. Both times come from the same clock, so the difference is
    /// right even if that clock is wrong.
    pub(super) fn time_to_live(&self) -> Duration {
        between(self.renewed_at, self.expires_at).min(MAX_TIME_TO_LIVE)
    }

    /// The status of the lease for a reader other than its holder.
    pub(super) fn status(&self, observation: Observation) -> LeaseStatus {
        if observation.is_alive == Some(false) {
            return LeaseStatus::Free;
        }
        let time_to_live = self.time_to_live();
        let left_if_unchanged = time_to_live.saturating_sub(observation.unchanged_for);
        let left_by_clock = between(observation.now, self.expires_at);
        if left_if_unchanged.is_zero() {
            LeaseStatus::Free
        } else if left_by_clock.is_zero() {
            watch(time_to_live, observation.unchanged_for)
        } else {
            LeaseStatus::Held(left_if_unchanged.min(left_by_clock))
        }
    }

    /// Whether the lease seems abandoned, judging by a single read.
    pub(super) fn is_stale(&self, now: Timestamp, is_alive: Option<bool>) -> bool {
        is_alive == Some(false) || self.expires_at <= now
    }
}

/// The status of an object that cannot be parsed as a lease. It may be a lease of a later version
/// of this program, so it is free only once it has not been renewed for `time_to_live`.
pub(super) fn status_of_unreadable(time_to_live: Duration, unchanged_for: Duration) -> LeaseStatus {
    match time_to_live.saturating_sub(unchanged_for) {
        Duration::ZERO => LeaseStatus::Free,
        left => LeaseStatus::Watch(left),
    }
}

fn watch(time_to_live: Duration, unchanged_for: Duration) -> LeaseStatus {
    match (time_to_live / WATCH_DIVISOR).saturating_sub(unchanged_for) {
        Duration::ZERO => LeaseStatus::Free,
        left => LeaseStatus::Watch(left),
    }
}

/// For how long the holder of a lease can rely on it.
pub(super) fn remaining_for_holder(
    lease: &Lease,
    time_to_live: Duration,
    now: Timestamp,
    since_renewal: Duration,
) -> Duration {
    // The monotonic clock may stop while the machine is suspended, and the wall clock may jump
    // back. Using the longer of the two elapsed times errs towards giving up the lock.
    let passed = since_renewal.max(between(lease.renewed_at, now));
    time_to_live.saturating_sub(passed)
}

/// The time from `start` to `end`; zero if `end` is earlier.
fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(start)).unwrap_or_default()
}

/// The time `duration` after `start`, at most [`Timestamp::MAX`].
pub(super) fn after(start: Timestamp, duration: Duration) -> Timestamp {
    start.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
