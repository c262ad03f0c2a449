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
