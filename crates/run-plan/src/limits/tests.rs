//! Each limit at its bound, below it and above it.

use super::*;
use crate::plan::fixture::{actor, plan_of};
use proptest::prelude::*;

/// The first actor loses 3 of 21 pictures and gets 2, the second loses 5 of 25, the third is balanced.
fn plan() -> RunPlan {
    plan_of(vec![
        actor("0001", [16, 2, 3]),
        actor("0002", [18, 4, 3]),
        actor("0003", [13, 4, 3]),
    ])
}

fn none() -> Limits {
    Limits {
        max_delete_percent: 100.0,
        ..Limits::default()
    }
}

fn breaches(limits: &Limits) -> Breaches {
    let plan = plan();
    check(&plan, plan.totals.evaluation_cost_usd, limits)
}

/// Checks a limit at its bound, one below and one above it.
fn assert_bound(bound: u64, flag: &str, is_ceiling: bool, limits: impl Fn(u64) -> Limits) {
    for value in [bound - 1, bound, bound + 1] {
        let found = breaches(&limits(value));
        let flags: Vec<&str> = found
            .run
            .iter()
            .chain(found.actors.values().flatten())
            .map(|breach| breach.flag)
            .collect();
        let is_exceeded = if is_ceiling {
            value < bound
        } else {
            value > bound
        };
        let expected = if is_exceeded { vec![flag] } else { Vec::new() };
        assert_eq!(flags, expected, "{flag} {value}");
    }
}

#[test]
fn limit_allows_exactly_its_bound() {
    let count = |value: u64| usize::try_from(value).unwrap();
    assert_bound(8, "--max-delete", true, |value| Limits {
        max_delete: Some(count(value)),
        ..none()
    });
    assert_bound(2, "--max-generate", true, |value| Limits {
        max_generate: Some(count(value)),
        ..none()
    });
    // Only the second actor loses more than 4 pictures.
    assert_bound(5, "--max-delete-per-actor", true, |value| Limits {
        max_delete_per_actor: Some(count(value)),
        ..none()
    });
    // 5 of 25 pictures are a fifth, 3 of 21 are less.
    assert_bound(20, "--max-delete-percent", true, |value| Limits {
        max_delete_percent: value as f64,
        ..none()
    });
    // The first actor keeps 18 of its 21 pictures, the second 20 of its 25.
    assert_bound(18, "--min-keep", false, |value| Limits {
        min_keep: count(value),
        ..none()
    });
    // Judging three actors costs $0.003, two new pictures cost $0.08.
    assert_bound(83_000_000, "--budget", true, |value| Limits {
        budget: Some(Usd::from_nanos(value)),
        ..none()
    });
}

#[test]
fn default_limits_only_the_share_of_an_actor() {
    assert_eq!(breaches(&Limits::default()), Breaches::default());
    let half = plan_of(vec![actor("0001", [26, 8, 6])]);
    let just_more = plan_of(vec![actor("0001", [26, 9, 6])]);
    let limits = Limits::default();
    assert_eq!(check(&half, Usd::ZERO, &limits), Breaches::default());
    let found = check(&just_more, Usd::ZERO, &limits);
    assert_eq!((found.run.len(), found.actors.len()), (0, 1));
}

#[test]
fn limit_of_an_actor_does_not_stop_other_actors() {
    let limits = Limits {
        max_delete_per_actor: Some(3),
        min_keep: 20,
        ..none()
    };
    let found = breaches(&limits);
    assert!(found.run.is_empty());
    let of = |actor: &str| -> Vec<&str> {
        let found = found.actors.get(&ActorId::new(actor).unwrap());
        found
            .into_iter()
            .flatten()
            .map(|breach| breach.flag)
            .collect()
    };
    assert_eq!(of("0001"), ["--min-keep"]);
    assert_eq!(of("0002"), ["--max-delete-per-actor"]);
    assert!(of("0003").is_empty());
}

#[test]
fn plan_without_removals_exceeds_no_removal_limit() {
    let limits = Limits {
        max_delete: Some(0),
        max_delete_per_actor: Some(0),
        max_delete_percent: 0.0,
        min_keep: 100,
        ..Limits::default()
    };
    let plan = plan_of(vec![actor("0001", [13, 2, 3])]);
    assert_eq!(check(&plan, Usd::ZERO, &limits), Breaches::default());
}

#[test]
fn money_spent_before_counts_against_the_budget() {
    let limits = Limits {
        budget: Some(Usd::from_dollars(0.1)),
        ..none()
    };
    let plan = plan();
    assert!(
        check(&plan, Usd::from_dollars(0.02), &limits)
            .run
            .is_empty()
    );
    assert_eq!(check(&plan, Usd::from_dollars(0.03), &limits).run.len(), 1);
}

/// All limits, so low that the plan exceeds each of them.
fn lowest() -> Limits {
    Limits {
        max_delete: Some(1),
        max_delete_per_actor: Some(2),
        max_delete_percent: 7.5,
        min_keep: 19,
        max_generate: Some(0),
        budget: Some(Usd::from_dollars(0.05)),
    }
}

#[test]
fn message_names_excess_and_the_flag_that_allows_it() {
    let found = breaches(&lowest());
    let mut lines: Vec<String> = found.run.iter().map(Breach::to_string).collect();
    for (actor, breaches) in &found.actors {
        lines.extend(breaches.iter().map(|breach| format!("{actor}: {breach}")));
    }
    assert_eq!(lines.len(), 8);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn suggested_flag_values_allow_the_plan() {
    let mut limits = lowest();
    let mut rounds = 0;
    loop {
        let found = breaches(&limits);
        let Some(breach) = found
            .run
            .iter()
            .chain(found.actors.values().flatten())
            .next()
        else {
            break;
        };
        let value = breach.would_allow.as_str();
        match breach.flag {
            "--max-delete" => limits.max_delete = value.parse().ok(),
            "--max-delete-per-actor" => limits.max_delete_per_actor = value.parse().ok(),
            "--max-delete-percent" => limits.max_delete_percent = value.parse().unwrap(),
            "--min-keep" => limits.min_keep = value.parse().unwrap(),
            "--max-generate" => limits.max_generate = value.parse().ok(),
            "--budget" => limits.budget = Some(Usd::from_dollars(value.parse().unwrap())),
            other => panic!("{other}"),
        }
        rounds += 1;
        assert!(rounds < 20, "{limits:?}");
    }
    // Each flag once, and perhaps twice for the flags that two actors exceed.
    assert!((6..=9).contains(&rounds), "{rounds}");
}

#[test]
fn share_at_the_limit_is_allowed_and_above_it_is_not() {
    assert_eq!(percent(1, 2, 50.0), None);
    assert_eq!(percent(1, 3, 33.34), None);
    assert_eq!(percent(10, 10, 100.0), None);
    assert!(percent(1, 3, 33.33).is_some());
    assert!(percent(51, 101, 50.0).is_some());
    assert!(percent(1, 10, 0.0).is_some());
}

#[test]
fn share_of_nothing_is_allowed() {
    assert_eq!(percent(0, 10, 0.0), None);
    assert_eq!(percent(0, 0, 0.0), None);
}

#[test]
fn allowed_share_rounds_down_and_suggestion_rounds_up() {
    let breach = percent(2, 3, 66.0).unwrap();
    assert_eq!(
        breach.to_string(),
        "2 of 3 pictures to be removed (67%), 1 more than --max-delete-percent allows (66%, 1 picture); \
         --max-delete-percent 67 would allow it"
    );
    let breach = percent(1, 1, 99.5).unwrap();
    assert_eq!(
        breach.to_string(),
        "1 of 1 picture to be removed (100%), 1 more than --max-delete-percent allows (99.5%, 0 pictures); \
         --max-delete-percent 100 would allow it"
    );
}

#[test]
fn actor_with_fewer_pictures_than_min_keep_exceeds_by_removals() {
    assert_eq!(keep(2, 5, 3), None);
    assert_eq!(keep(0, 5, 10), None);
    let breach = keep(2, 5, 10).unwrap();
    assert_eq!(
        (breach.allowed.as_str(), breach.over.as_str()),
        ("0", "2"),
        "not 7: without removals nothing would be wrong"
    );
    assert_eq!(breach.would_allow, "3");
}

#[test]
fn cost_at_the_budget_is_allowed_and_a_nano_more_is_not() {
    let limit = Usd::from_dollars(0.1);
    assert_eq!(budget(limit, Some(limit)), None);
    assert_eq!(budget(limit, None), None);
    let more = Usd::from_nanos(limit.nanos() + 1);
    let breach = budget(more, Some(limit)).unwrap();
    assert_eq!(breach.would_allow, "0.11");
}

#[test]
fn suggested_budget_is_rounded_up_to_a_whole_cent() {
    for (nanos, expected) in [
        (1, "0.01"),
        (10_000_000, "0.01"),
        (83_000_000, "0.09"),
        // 1.1 * 100 is more than 110 in floating point.
        (1_100_000_000, "1.10"),
        (1_100_000_001, "1.11"),
        (123_990_000_001, "124.00"),
    ] {
        let breach = budget(Usd::from_nanos(nanos), Some(Usd::ZERO)).unwrap();
        assert_eq!(breach.would_allow, expected, "{nanos}");
    }
}

proptest! {
    #[test]
    fn share_is_compared_exactly(have in 1_usize..500, removed in 0_usize..500, limit in 0_u32..=100) {
        let removed = removed.min(have);
        let breach = percent(removed, have, f64::from(limit));
        prop_assert_eq!(breach.is_some(), removed * 100 > have * limit as usize);
        if let Some(breach) = breach {
            let allowed = have * limit as usize / 100;
            prop_assert_eq!(&breach.over, &(removed - allowed).to_string());
            let suggested: f64 = breach.would_allow.parse().unwrap();
            prop_assert_eq!(percent(removed, have, suggested), None);
        }
    }

    #[test]
    fn suggested_budget_allows_the_cost(cost in 1_u64..10_000_000_000_000) {
        let cost = Usd::from_nanos(cost);
        let breach = budget(cost, Some(Usd::ZERO)).unwrap();
        let suggested = Usd::from_dollars(breach.would_allow.parse().unwrap());
        prop_assert_eq!(budget(cost, Some(suggested)), None);
    }
}
