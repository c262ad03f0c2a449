//! Each limit at its bound, below it and above it.

use super::*;
use crate::plan::{
    ActorOutcome, ActorPlan, PictureSnapshot, PlanSettings, PlannedChange, SetSnapshot,
};
use balance_planner::{Inventory, PictureState, Policy, Protection};
use evaluation::pictures::picture::Origin;
use replicate_gen::{GeneratorIdentity, GeneratorKind};
use results::progress::Basis;
use storage::Version;
use tdbal_types::{Digest, ImageClass, ImageName, Quality, RunId, SheetNumber, Tokens};
use vision_eval::{ModelIdentity, ModelKind};

fn digest() -> Digest {
    Digest::from_bytes([1; 32])
}

/// An actor with so many pictures of each class; the target is 13, 4 and 3.
fn actor(name: &str, counts: [usize; 3]) -> ActorPlan {
    let mut set = Inventory::new();
    let mut pictures = Vec::new();
    let classes = ImageClass::ALL.into_iter().zip(counts);
    let classes = classes.flat_map(|(class, count)| std::iter::repeat_n(class, count));
    for (position, class) in classes.enumerate() {
        let file = ImageName::new(format!("{name}_{position}.png")).unwrap();
        let quality = Quality::new(5).unwrap();
        let state = PictureState::Assessed {
            class,
            quality,
            pixels: 1,
            confidence: tdbal_types::Confidence::Likely,
            duplicate_of: None,
        };
        set.insert(file.clone(), state);
        pictures.push(PictureSnapshot {
            name: file,
            number: SheetNumber::from_position(position),
            size: 1,
            sha256: digest(),
            origin: Origin::Local,
            version: Version("v".into()),
            object: None,
            class: Some(class),
            quality: Some(quality),
            faults: Vec::new(),
            confidence: Some(tdbal_types::Confidence::Likely),
            rules: Vec::new(),
            hash: None,
        });
    }
    let policy = Policy::default();
    let plan = balance_planner::plan(&set, &Protection::default(), &policy);
    let expected = Usd::from_dollars(0.04) * plan.generate.total() as u64;
    ActorPlan {
        actor: ActorId::new(name).unwrap(),
        warnings: Vec::new(),
        evaluation_cost_usd: Usd::from_dollars(0.001),
        evaluation_tokens: Tokens::default(),
        finding: ActorOutcome::Assessed(Box::new(PlannedChange {
            policy,
            seen: SetSnapshot {
                training_manifest: None,
                base_image: None,
                pictures,
            },
            plan,
            orders: Vec::new(),
            spare: Vec::new(),
            expected_generation_usd: expected,
            answers: Vec::new(),
        })),
    }
}

fn plan_of(actors: Vec<ActorPlan>) -> RunPlan {
    RunPlan::new(
        RunId::new("run").unwrap(),
        "2026-11-22T12:00:00.000000".into(),
        Basis {
            data_dir: "data".into(),
            settings: digest(),
        },
        PlanSettings {
            model: ModelIdentity {
                kind: ModelKind::Live,
                model: "m".into(),
                prompt_version: "1".into(),
                schema_digest: digest(),
            },
            generator: GeneratorIdentity {
                kind: GeneratorKind::Live,
                model: "g".into(),
            },
            picture_price_usd: Usd::from_dollars(0.04),
            inquiry: verdict::JudgingSettings::default(),
            attempts: 2,
            max_bytes: 1,
            destination: None,
            generated_by: "test".into(),
        },
        actors,
    )
}

/// Of the first 3 of 21 pictures leave and 2 come; of the second 5 of 25 leave; the third is good.
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

/// What a limit says at its bound, one below and one above it.
fn assert_bound(bound: u64, flag: &str, is_ceiling: bool, limits: impl Fn(u64) -> Limits) {
    for value in [bound - 1, bound, bound + 1] {
        let found = breaches(&limits(value));
        let flags: Vec<&str> = found
            .run
            .iter()
            .chain(found.actors.values().flatten())
            .map(|breach| breach.flag)
            .collect();
        let is_passed = if is_ceiling {
            value < bound
        } else {
            value > bound
        };
        let expected = if is_passed { vec![flag] } else { Vec::new() };
        assert_eq!(flags, expected, "{flag} {value}");
    }
}

#[test]
fn each_limit_holds_at_its_bound() {
    let count = |value: u64| usize::try_from(value).unwrap();
    assert_bound(8, "--max-delete", true, |value| Limits {
        max_delete: Some(count(value)),
        ..none()
    });
    assert_bound(2, "--max-generate", true, |value| Limits {
        max_generate: Some(count(value)),
        ..none()
    });
    // Of the two that change, only the second loses more than 4.
    assert_bound(5, "--max-delete-per-actor", true, |value| Limits {
        max_delete_per_actor: Some(count(value)),
        ..none()
    });
    // 5 of 25 are a fifth, 3 of 21 are less.
    assert_bound(20, "--max-delete-percent", true, |value| Limits {
        max_delete_percent: value as f64,
        ..none()
    });
    // The first keeps 18 of its 21, the second 20 of its 25.
    assert_bound(18, "--min-keep", false, |value| Limits {
        min_keep: count(value),
        ..none()
    });
    // Looking at three cost $0.003, two pictures cost $0.08.
    assert_bound(83_000_000, "--budget", true, |value| Limits {
        budget: Some(Usd::from_nanos(value)),
        ..none()
    });
}

#[test]
fn without_limits_only_the_share_of_an_actor_is_limited() {
    assert_eq!(breaches(&Limits::default()), Breaches::default());
    let half = plan_of(vec![actor("0001", [26, 8, 6])]);
    let just_more = plan_of(vec![actor("0001", [26, 9, 6])]);
    let limits = Limits::default();
    assert_eq!(check(&half, Usd::ZERO, &limits), Breaches::default());
    let found = check(&just_more, Usd::ZERO, &limits);
    assert_eq!((found.run.len(), found.actors.len()), (0, 1));
}

#[test]
fn what_an_actor_may_not_lose_says_nothing_about_the_others() {
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
fn a_plan_that_removes_nothing_passes_no_limit_of_removals() {
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
fn what_was_spent_before_counts_against_the_budget() {
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

/// All limits, so low that every one of them is passed.
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
fn each_breach_says_what_by_how_much_and_what_would_allow_it() {
    let found = breaches(&lowest());
    let mut lines: Vec<String> = found.run.iter().map(Breach::to_string).collect();
    for (actor, breaches) in &found.actors {
        lines.extend(breaches.iter().map(|breach| format!("{actor}: {breach}")));
    }
    assert_eq!(lines.len(), 8);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_said_to_allow_it_does() {
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
    // Each flag once, and those that two actors pass perhaps twice.
    assert!((6..=9).contains(&rounds), "{rounds}");
}
