//! What a lease says, and what that means for who reads it. Nothing here reads a clock.
//!
//! Clocks of machines differ, and jump. A lease is therefore judged by two: the reader's wall clock,
//! and how long the reader has seen the lease unchanged, by a clock that does not jump.
//! - A lease that has not changed for its whole time to live has expired, whatever the wall clocks
//!   say. So one that was written by a clock that runs ahead, or read by one that jumped back, is
//!   held for no longer than that.
//! - A lease that has expired by the reader's wall clock is watched for half its time to live before
//!   it is taken over: a holder that lives renews it within a third. So a clock that runs ahead,
//!   or jumped forward, takes nothing from a holder that lives.

use crate::Holder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest time to live that a lease may have, and that is believed.
pub(super) const LONGEST: Duration = Duration::from_hours(1);

/// The part of its time to live for which a lease that seems expired is watched: one half. A holder
/// that lives renews it within a third (`LeaseSettings`).
const WATCH_PARTS: u32 = 2;

/// A lease as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lease {
    pub(super) holder: Holder,
    /// Tells this taking of the lock from all others, those of the same holder too.
    pub(super) nonce: String,
    pub(super) acquired_at: Timestamp,
    pub(super) renewed_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// What a reader knows beside the lease.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// The reader's wall clock.
    pub(super) now: Timestamp,
    /// How long the reader has seen the lease unchanged, by a clock that does not jump.
    pub(super) unchanged_for: Duration,
    /// Whether the holder's process lives, where the reader can tell.
    pub(super) is_alive: Option<bool>,
}

/// What a lease means for who would like to have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be taken over.
    Free,
    /// It seems expired: it can be taken over if it does not change for this long.
    Watch(Duration),
    /// It is held for this long, if it is not renewed.
    Held(Duration),
}

impl Lease {
    /// A lease from `now` on.
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

    /// The same lease, from `now` on.
    pub(super) fn renewed(&self, now: Timestamp, time_to_live: Duration) -> Self {
        Self {
            renewed_at: now,
            expires_at: after(now, time_to_live),
            ..self.clone()
        }
    }

    /// How long it lasts when it is not renewed. Both times are from one clock, so it holds
    /// whatever that clock says.
    pub(super) fn time_to_live(&self) -> Duration {
        between(self.renewed_at, self.expires_at).min(LONGEST)
    }

    /// What it means for somebody else.
    pub(super) fn standing(&self, sight: Sight) -> Standing {
        if sight.is_alive == Some(false) {
            return Standing::Free;
        }
        let time_to_live = self.time_to_live();
        let left_by_sight = time_to_live.saturating_sub(sight.unchanged_for);
        let left_by_clock = between(sight.now, self.expires_at);
        if left_by_sight.is_zero() {
            Standing::Free
        } else if left_by_clock.is_zero() {
            watch(time_to_live, sight.unchanged_for)
        } else {
            Standing::Held(left_by_sight.min(left_by_clock))
        }
    }

    /// Whether it is only there because nobody took it away, as far as one look can tell.
    pub(super) fn is_stale(&self, now: Timestamp, is_alive: Option<bool>) -> bool {
        is_alive == Some(false) || self.expires_at <= now
    }
}

/// What an object means that cannot be read as a lease: a lease of a later version of this program,
/// which its holder renews, or nothing.
pub(super) fn standing_of_unreadable(time_to_live: Duration, unchanged_for: Duration) -> Standing {
    match time_to_live.saturating_sub(unchanged_for) {
        Duration::ZERO => Standing::Free,
        left => Standing::Watch(left),
    }
}

fn watch(time_to_live: Duration, unchanged_for: Duration) -> Standing {
    match (time_to_live / WATCH_PARTS).saturating_sub(unchanged_for) {
        Duration::ZERO => Standing::Free,
        left => Standing::Watch(left),
    }
}

/// How long the holder of a lease can count on it.
pub(super) fn left_to_holder(
    lease: &Lease,
    time_to_live: Duration,
    now: Timestamp,
    since_renewal: Duration,
) -> Duration {
    // Of the wall clock and the one that does not jump, which may stand still while the machine
    // sleeps, the one that says that more time has passed.
    let passed = since_renewal.max(between(lease.renewed_at, now));
    time_to_live.saturating_sub(passed)
}

/// The time from `start` to `end`, zero where `end` is earlier.
pub(super) fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(start)).unwrap_or_default()
}

/// The time `duration` after `start`.
pub(super) fn after(start: Timestamp, duration: Duration) -> Timestamp {
    start.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
