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

/// A lease renewed at second 0, which expires at second 60.
fn lease() -> Lease {
    let holder = Holder {
        run: RunId::new("r").unwrap(),
        host: "h".into(),
        pid: 1,
    };
    Lease::new(holder, "n".into(), at(-30), TTL).renewed(at(0), TTL)
}

fn status(now: i64, unchanged_for: u64, is_alive: Option<bool>) -> LeaseStatus {
    lease().status(Observation {
        now: at(now),
        unchanged_for: seconds(unchanged_for),
        is_alive,
    })
}

#[test]
fn lease_is_held_until_expiry_or_known_death_of_its_holder() {
    for is_alive in [None, Some(true)] {
        assert_eq!(status(10, 0, is_alive), LeaseStatus::Held(seconds(50)));
        assert_eq!(status(59, 59, is_alive), LeaseStatus::Held(seconds(1)));
        assert_eq!(status(60, 60, is_alive), LeaseStatus::Free);
    }
    for now in [-1000, 0, 59, 60, 1000] {
        assert_eq!(status(now, 0, Some(false)), LeaseStatus::Free);
    }
}

#[test]
fn apparently_expired_lease_is_watched_before_it_is_free() {
    for now in [60, 61, 3600, 1_000_000] {
        assert_eq!(status(now, 0, None), LeaseStatus::Watch(seconds(30)));
        assert_eq!(status(now, 29, Some(true)), LeaseStatus::Watch(seconds(1)));
        assert_eq!(status(now, 30, None), LeaseStatus::Free);
    }
}

#[test]
fn reader_clock_behind_holds_lease_at_most_its_time_to_live() {
    // By such a clock the lease expires later than its time to live allows.
    for now in [-1, -61, -3600, -1_000_000] {
        assert_eq!(status(now, 0, None), LeaseStatus::Held(TTL));
        assert_eq!(status(now, 59, None), LeaseStatus::Held(seconds(1)));
        assert_eq!(status(now, 60, None), LeaseStatus::Free);
    }
}

#[test]
fn nonsensical_lease_is_not_held_forever() {
    let backwards = Lease {
        expires_at: at(-5),
        ..lease()
    };
    let endless = Lease {
        expires_at: Timestamp::MAX,
        ..lease()
    };
    let observed = |unchanged_for| Observation {
        now: at(0),
        unchanged_for,
        is_alive: None,
    };
    assert_eq!(
        backwards.status(observed(Duration::ZERO)),
        LeaseStatus::Free
    );
    assert_eq!(
        endless.status(observed(Duration::ZERO)),
        LeaseStatus::Held(MAX_TIME_TO_LIVE)
    );
    assert_eq!(
        endless.status(observed(MAX_TIME_TO_LIVE)),
        LeaseStatus::Free
    );
    assert_eq!(
        status_of_unreadable(TTL, seconds(20)),
        LeaseStatus::Watch(seconds(40))
    );
    assert_eq!(status_of_unreadable(TTL, TTL), LeaseStatus::Free);
}

#[test]
fn holder_relies_on_the_clock_that_leaves_less_time() {
    let left = |now, since| remaining_for_holder(&lease(), TTL, at(now), seconds(since));
    assert_eq!(left(20, 20), seconds(40));
    assert_eq!(left(-500, 20), seconds(40), "the wall clock jumped back");
    assert_eq!(
        left(500, 20),
        Duration::ZERO,
        "the wall clock jumped forward"
    );
    assert_eq!(left(50, 5), seconds(10), "the machine was suspended");
}

#[test]
fn extreme_times_do_not_overflow() {
    assert_eq!(after(Timestamp::MAX, TTL), Timestamp::MAX);
    assert_eq!(between(at(1), at(0)), Duration::ZERO);
    between(Timestamp::MIN, Timestamp::MAX);
}

proptest! {
    /// Whatever the reader's wall clock says, a lease that is renewed every third of its time to
    /// live is never free, and one that is not renewed is free after its time to live.
    #[test]
    fn reader_clock_neither_frees_live_nor_keeps_dead_leases(
        now in -10_000_000_i64..10_000_000,
        unchanged_for in 0_u64..200,
        is_alive in prop_oneof![Just(None), Just(Some(true))],
    ) {
        let status = status(now, unchanged_for, is_alive);
        if unchanged_for <= TTL.as_secs() / 3 {
            prop_assert_ne!(status, LeaseStatus::Free);
        }
        if unchanged_for >= TTL.as_secs() {
            prop_assert_eq!(status, LeaseStatus::Free);
        }
    }
}
