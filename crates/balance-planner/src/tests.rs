use super::*;
use proptest::prelude::*;
use tdbal_types::{ClassCounts, Confidence, ImageClass, ImageName, Quality, Target, Tolerance};

mod protection;
mod rules;
mod together;

/// The plan for a set without any protection.
fn plan(set: &Inventory, policy: &Policy) -> Plan {
    super::plan(set, &Protection::default(), policy)
}

fn name(text: &str) -> ImageName {
    ImageName::new(text).unwrap()
}

/// A picture of sure class without near-duplicates.
fn picture(class: ImageClass, quality: i64, pixels: u64) -> PictureState {
    PictureState::Assessed {
        class,
        quality: Quality::new(quality).unwrap(),
        pixels,
        confidence: Confidence::Sure,
        duplicate_of: None,
    }
}

/// A set with these numbers of pictures of each class, all of quality 5.
fn set(photorealistic: usize, bw_stylized: usize, color_stylized: usize) -> Inventory {
    let counts = ClassCounts {
        photorealistic,
        bw_stylized,
        color_stylized,
    };
    counts
        .iter()
        .flat_map(|(class, count)| {
            (0..count).map(move |number| (name(&format!("{class}_{number}")), picture(class, 5, 9)))
        })
        .collect()
}

fn removed(plan: &Plan) -> Vec<&str> {
    plan.with(Action::Remove)
        .map(|decision| decision.name.as_str())
        .collect()
}

#[test]
fn balanced_set_has_an_empty_plan() {
    let plan = plan(&set(14, 4, 2), &Policy::default());
    assert!(plan.is_balanced && plan.is_empty());
    assert_eq!(plan.after, plan.before);
    assert!(
        plan.decisions
            .iter()
            .all(|decision| decision.reason == Reason::SetIsBalanced)
    );
}

#[test]
fn exact_policy_brings_a_balanced_set_to_its_target() {
    let policy = Policy {
        exact: true,
        ..Policy::default()
    };
    let changed = plan(&set(14, 4, 2), &policy);
    assert!(changed.is_balanced);
    assert_eq!(
        (
            changed.count(Action::Remove),
            changed.generate.color_stylized
        ),
        (1, 1)
    );
    assert!(plan(&set(13, 4, 3), &policy).is_empty());
}

#[test]
fn ties_remove_fewer_pixels_then_the_last_name() {
    let mut set = set(11, 4, 3);
    for (text, quality, pixels) in [("b", 3, 100), ("a", 3, 100), ("c", 3, 200), ("Z", 9, 1)] {
        set.insert(
            name(text),
            picture(ImageClass::Photorealistic, quality, pixels),
        );
    }
    // 15 photorealistic: the two of quality 3 with the fewest pixels are removed.
    assert_eq!(removed(&plan(&set, &Policy::default())), ["a", "b"]);
    set.remove(&name("Z"));
    // 14 photorealistic: of these two the last name is removed.
    assert_eq!(
        removed(&plan(
            &set,
            &Policy {
                exact: true,
                ..Policy::default()
            }
        )),
        ["b"]
    );
}

#[test]
fn unreadable_file_stays_uncounted_until_removal_is_asked() {
    let mut set = set(13, 4, 3);
    set.insert(name("broken.png"), PictureState::Unreadable);
    let kept = plan(&set, &Policy::default());
    assert!(kept.is_balanced && kept.is_empty());
    assert_eq!(kept.count(Action::Review), 1);
    let policy = Policy {
        remove_unreadable: true,
        ..Policy::default()
    };
    assert_eq!(removed(&plan(&set, &policy)), ["broken.png"]);
    let policy = Policy {
        scope: Scope::GenerateOnly,
        ..policy
    };
    assert!(plan(&set, &policy).is_empty());
}

#[test]
fn half_a_plan_only_removes_or_only_generates() {
    let set = set(16, 2, 3);
    let half = |scope| {
        plan(
            &set,
            &Policy {
                scope,
                ..Policy::default()
            },
        )
    };
    let delete = half(Scope::DeleteOnly);
    assert_eq!(
        (delete.count(Action::Remove), delete.generate.total()),
        (3, 0)
    );
    assert_eq!(delete.after.to_string(), "13/2/3");
    let generate = half(Scope::GenerateOnly);
    assert_eq!(
        (generate.count(Action::Remove), generate.generate.total()),
        (0, 2)
    );
    assert_eq!(generate.after.to_string(), "16/4/3");
    let why = Reason::ExcessKept {
        have: 16,
        wanted: 13,
    };
    assert_eq!(
        generate
            .decisions
            .iter()
            .filter(|decision| decision.reason == why)
            .count(),
        3
    );
}

#[test]
fn plan_round_trips_as_json() {
    let plan = plan(&set(16, 2, 3), &Policy::default());
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

fn any_target() -> impl Strategy<Value = Target> {
    (1_usize..60, 0_usize..=100, 0_usize..=100).prop_map(|(total, first, second)| {
        let bw_stylized = second.min(100 - first);
        let color_stylized = 100 - first - bw_stylized;
        Target::new(
            total,
            ClassCounts {
                photorealistic: first,
                bw_stylized,
                color_stylized,
            },
        )
        .unwrap()
    })
}

fn any_state() -> impl Strategy<Value = PictureState> {
    prop_oneof![
        9 => (0_usize..3, 1_i64..=10, 1_u64..4)
            .prop_map(|(class, quality, pixels)| picture(ImageClass::ALL[class], quality, pixels)),
        1 => Just(PictureState::Unreadable),
    ]
}

fn any_set() -> impl Strategy<Value = Inventory> {
    proptest::collection::btree_map(
        "[a-f]{1,4}".prop_map(|text| name(&text)),
        any_state(),
        0..60,
    )
}

fn any_policy() -> impl Strategy<Value = Policy> {
    (any_target(), 0.0_f64..=100.0, any::<bool>(), any::<bool>()).prop_map(
        |(target, points, exact, remove_unreadable)| Policy {
            target,
            tolerance: Tolerance::new(points).unwrap(),
            exact,
            remove_unreadable,
            ..Policy::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn unbalanced_set_ends_exactly_on_the_target(set in any_set(), policy in any_policy()) {
        let plan = plan(&set, &policy);
        prop_assume!(!plan.is_balanced || policy.exact);
        prop_assert_eq!(plan.after, policy.target.counts());
        // Counted from the decisions, to check the plan's own counts.
        let kept: ClassCounts = plan
            .decisions
            .iter()
            .filter(|decision| decision.action != Action::Remove)
            .filter_map(|decision| match set[&decision.name] {
                PictureState::Assessed { class, .. } => Some(class),
                PictureState::Unreadable => None,
            })
            .collect();
        let end = ClassCounts::from_fn(|class| kept[class] + plan.generate[class]);
        prop_assert_eq!(end, policy.target.counts());
    }

    #[test]
    fn no_class_is_both_removed_and_generated(set in any_set(), policy in any_policy()) {
        let plan = plan(&set, &policy);
        for decision in plan.with(Action::Remove) {
            if let PictureState::Assessed { class, .. } = set[&decision.name] {
                prop_assert_eq!(plan.generate[class], 0);
            }
        }
    }

    #[test]
    fn removed_pictures_are_the_lowest_quality_of_their_class(set in any_set(), policy in any_policy()) {
        let plan = plan(&set, &policy);
        let qualities = |action| {
            plan.with(action)
                .filter_map(|decision| match set[&decision.name] {
                    PictureState::Assessed { class, quality, .. } => Some((class, quality)),
                    PictureState::Unreadable => None,
                })
                .collect::<Vec<_>>()
        };
        for (class, gone) in qualities(Action::Remove) {
            for (_, kept) in qualities(Action::Keep).into_iter().filter(|kept| kept.0 == class) {
                prop_assert!(gone <= kept);
            }
        }
    }

    #[test]
    fn balanced_set_loses_and_gains_nothing(set in any_set(), policy in any_policy()) {
        // With a tolerance of 100 points, any shares of the target's total are balanced.
        let readable = set.values().filter(|state| **state != PictureState::Unreadable).count();
        prop_assume!(readable > 0);
        let policy = Policy {
            target: Target::new(readable, policy.target.shares()).unwrap(),
            tolerance: Tolerance::new(100.0).unwrap(),
            exact: false,
            remove_unreadable: false,
            ..policy
        };
        let plan = plan(&set, &policy);
        prop_assert!(plan.is_balanced && plan.is_empty());
    }

    #[test]
    fn unreadable_files_stay_and_each_picture_has_one_decision(
        set in any_set(), policy in any_policy(),
    ) {
        let policy = Policy { remove_unreadable: false, ..policy };
        let plan = plan(&set, &policy);
        prop_assert!(plan.with(Action::Remove).all(|d| set[&d.name] != PictureState::Unreadable));
        prop_assert!(plan.decisions.iter().map(|d| &d.name).eq(set.keys()));
    }

    #[test]
    fn carried_out_plan_leaves_nothing_to_do(set in any_set(), policy in any_policy()) {
        let policy = Policy { remove_unreadable: true, ..policy };
        let first = plan(&set, &policy);
        let mut end = set;
        for decision in first.with(Action::Remove) {
            end.remove(&decision.name);
        }
        for (class, count) in first.generate.iter() {
            for number in 0..count {
                end.insert(name(&format!("new_{class}_{number}")), picture(class, 10, 1));
            }
        }
        prop_assert!(plan(&end, &policy).is_empty());
    }
}
