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
pub(crate) const LONGEST: Duration = Duration::from_hours(1);

/// The part of its time to live for which a lease that seems expired is watched: one half. A holder
/// that lives renews it within a third (`LeaseSettings`).
const WATCH_PARTS: u32 = 2;

/// A lease as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    pub(crate) holder: Holder,
    /// Tells this taking of the lock from all others, those of the same holder too.
    pub(crate) nonce: String,
    pub(crate) acquired_at: Timestamp,
    pub(crate) renewed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// What a reader knows beside the lease.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    /// The reader's wall clock.
    pub(crate) now: Timestamp,
    /// How long the reader has seen the lease unchanged, by a clock that does not jump.
    pub(crate) unchanged_for: Duration,
    /// Whether the holder's process lives, where the reader can tell.
    pub(crate) is_alive: Option<bool>,
}

/// What a lease means for who would like to have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can be taken over.
    Free,
    /// It seems expired: it can be taken over if it does not change for this long.
    Watch(Duration),
    /// It is held for this long, if it is not renewed.
    Held(Duration),
}

impl Lease {
    /// A lease from `now` on.
    pub(crate) fn new(
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
    pub(crate) fn renewed(&self, now: Timestamp, time_to_live: Duration) -> Self {
        Self {
            renewed_at: now,
            expires_at: after(now, time_to_live),
            ..self.clone()
        }
    }

    /// How long it lasts when it is not renewed. Both times are from one clock, so it holds
    /// whatever that clock says.
    pub(crate) fn time_to_live(&self) -> Duration {
        between(self.renewed_at, self.expires_at).min(LONGEST)
    }

    /// What it means for somebody else.
    pub(crate) fn standing(&self, sight: Sight) -> Standing {
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
    pub(crate) fn is_stale(&self, now: Timestamp, is_alive: Option<bool>) -> bool {
        is_alive == Some(false) || self.expires_at <= now
    }
}

/// What an object means that cannot be read as a lease: a lease of a later version of this program,
/// which its holder renews, or nothing.
pub(crate) fn standing_of_unreadable(time_to_live: Duration, unchanged_for: Duration) -> Standing {
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
pub(crate) fn left_to_holder(
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
pub(crate) fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(start)).unwrap_or_default()
}

/// The time `duration` after `start`.
pub(crate) fn after(start: Timestamp, duration: Duration) -> Timestamp {
    start.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tdbal_types::RunId;

    const TTL: Duration = Duration::from_mins(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Renewed at second 0, so that it expires at second 60.
    fn lease() -> Lease {
        let holder = Holder {
            run: RunId::new("r").unwrap(),
            host: "h".into(),
            pid: 1,
        };
        Lease::new(holder, "n".into(), at(-30), TTL).renewed(at(0), TTL)
    }

    fn standing(now: i64, unchanged_for: u64, is_alive: Option<bool>) -> Standing {
        lease().standing(Sight {
            now: at(now),
            unchanged_for: seconds(unchanged_for),
            is_alive,
        })
    }

    #[test]
    fn it_is_held_until_it_expires_unless_its_holder_is_known_to_be_dead() {
        for is_alive in [None, Some(true)] {
            assert_eq!(standing(10, 0, is_alive), Standing::Held(seconds(50)));
            assert_eq!(standing(59, 59, is_alive), Standing::Held(seconds(1)));
            assert_eq!(standing(60, 60, is_alive), Standing::Free);
        }
        for now in [-1000, 0, 59, 60, 1000] {
            assert_eq!(standing(now, 0, Some(false)), Standing::Free);
        }
    }

    #[test]
    fn one_that_seems_expired_is_watched_before_it_is_free() {
        for now in [60, 61, 3600, 1_000_000] {
            assert_eq!(standing(now, 0, None), Standing::Watch(seconds(30)));
            assert_eq!(standing(now, 29, Some(true)), Standing::Watch(seconds(1)));
            assert_eq!(standing(now, 30, None), Standing::Free);
        }
    }

    #[test]
    fn a_clock_that_is_behind_or_jumped_back_holds_it_no_longer_than_it_lives() {
        // For such a clock the expiry is nonsense: more than the time to live in the future.
        for now in [-1, -61, -3600, -1_000_000] {
            assert_eq!(standing(now, 0, None), Standing::Held(TTL));
            assert_eq!(standing(now, 59, None), Standing::Held(seconds(1)));
            assert_eq!(standing(now, 60, None), Standing::Free);
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_held_for_ever() {
        let backwards = Lease {
            expires_at: at(-5),
            ..lease()
        };
        let endless = Lease {
            expires_at: Timestamp::MAX,
            ..lease()
        };
        let sight = |unchanged_for| Sight {
            now: at(0),
            unchanged_for,
            is_alive: None,
        };
        assert_eq!(backwards.standing(sight(Duration::ZERO)), Standing::Free);
        assert_eq!(
            endless.standing(sight(Duration::ZERO)),
            Standing::Held(LONGEST)
        );
        assert_eq!(endless.standing(sight(LONGEST)), Standing::Free);
        assert_eq!(
            standing_of_unreadable(TTL, seconds(20)),
            Standing::Watch(seconds(40))
        );
        assert_eq!(standing_of_unreadable(TTL, TTL), Standing::Free);
    }

    #[test]
    fn a_holder_counts_on_it_by_the_clock_that_says_less() {
        let left = |now, since| left_to_holder(&lease(), TTL, at(now), seconds(since));
        assert_eq!(left(20, 20), seconds(40));
        assert_eq!(left(-500, 20), seconds(40), "the wall clock jumped back");
        assert_eq!(left(500, 20), Duration::ZERO, "it jumped forward");
        assert_eq!(left(50, 5), seconds(10), "the machine slept");
    }

    #[test]
    fn times_at_the_end_of_time_do_not_overflow() {
        assert_eq!(after(Timestamp::MAX, TTL), Timestamp::MAX);
        assert_eq!(between(at(1), at(0)), Duration::ZERO);
        between(Timestamp::MIN, Timestamp::MAX);
    }

    proptest! {
        /// Whatever the reader's clock says, a lease that its holder renews every third of its time
        /// to live is never free, and one that nobody renews is free after its time to live.
        #[test]
        fn no_clock_robs_the_living_or_keeps_the_dead(
            now in -10_000_000_i64..10_000_000,
            unchanged_for in 0_u64..200,
            is_alive in prop_oneof![Just(None), Just(Some(true))],
        ) {
            let standing = standing(now, unchanged_for, is_alive);
            if unchanged_for <= TTL.as_secs() / 3 {
                prop_assert_ne!(standing, Standing::Free);
            }
            if unchanged_for >= TTL.as_secs() {
                prop_assert_eq!(standing, Standing::Free);
            }
        }
    }
}
