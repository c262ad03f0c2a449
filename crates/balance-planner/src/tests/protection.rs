//! Protected pictures stay, and the counts of the plan match the set afterwards.

use super::*;
use crate::plan as protected_plan;
use std::cmp::Reverse;

fn kept(names: &[&str]) -> Protection {
    Protection {
        kept: names.iter().map(|text| name(text)).collect(),
        ..Protection::default()
    }
}

fn good() -> Protection {
    Protection {
        set_is_good: true,
        ..Protection::default()
    }
}

fn decision<'a>(plan: &'a Plan, of: &str) -> (Action, &'a Reason) {
    let decision = plan
        .decisions
        .iter()
        .find(|decision| decision.name.as_str() == of)
        .unwrap();
    (decision.action, &decision.reason)
}

/// A set of 13/4/3 with two more photographs, `weak` and `weaker`.
fn two_too_many() -> Inventory {
    let mut set = set(13, 4, 3);
    for (text, quality) in [("weaker", 1), ("weak", 2)] {
        set.insert(name(text), picture(ImageClass::Photorealistic, quality, 9));
    }
    set
}

#[test]
fn next_weakest_is_removed_instead_of_a_kept_picture() {
    let plan = protected_plan(&two_too_many(), &kept(&["weaker"]), &Policy::default());
    assert_eq!(removed(&plan), ["photorealistic_9", "weak"]);
    assert_eq!(
        decision(&plan, "weaker"),
        (Action::Keep, &Reason::KeptByHand)
    );
    assert_eq!(plan.after.to_string(), "13/4/3");
}

#[test]
fn mark_without_effect_is_not_given_as_the_reason() {
    let marks = kept(&["photorealistic_0", "not_in_the_set"]);
    let plan = protected_plan(&two_too_many(), &marks, &Policy::default());
    assert_eq!(removed(&plan), ["weak", "weaker"]);
    assert_eq!(
        decision(&plan, "photorealistic_0"),
        (Action::Keep, &Reason::WithinTarget { wanted: 13 })
    );
    assert_eq!(plan.decisions.len(), 22);
}

#[test]
fn more_kept_pictures_than_the_target_all_stay() {
    let set = set(15, 3, 3);
    let marks = Protection {
        kept: set
            .keys()
            .filter(|name| name.as_str().starts_with("photorealistic"))
            .skip(1)
            .cloned()
            .collect(),
        ..Protection::default()
    };
    let plan = protected_plan(&set, &marks, &Policy::default());
    // Two of the 15 are excess, but only one is not kept.
    assert_eq!(removed(&plan), ["photorealistic_0"]);
    assert_eq!(plan.generate.to_string(), "0/1/0");
    assert_eq!(plan.after.to_string(), "14/4/3");
    let why = plan
        .decisions
        .iter()
        .filter(|decision| decision.reason == Reason::KeptByHand);
    assert_eq!(why.count(), 14);
}

#[test]
fn good_set_loses_nothing_and_missing_are_generated() {
    let mut set = set(16, 2, 3);
    set.insert(name("broken.png"), PictureState::Unreadable);
    let policy = Policy {
        remove_unreadable: true,
        ..Policy::default()
    };
    let plan = protected_plan(&set, &good(), &policy);
    assert_eq!(removed(&plan), [""; 0]);
    assert_eq!(plan.generate.to_string(), "0/2/0");
    assert_eq!(plan.after.to_string(), "16/4/3");
    assert_eq!(
        decision(&plan, "broken.png"),
        (Action::Review, &Reason::SetIsGood)
    );
    let good = plan
        .with(Action::Keep)
        .filter(|decision| decision.reason == Reason::SetIsGood);
    assert_eq!(good.count(), 3);
}

#[test]
fn kept_unreadable_file_stays() {
    let mut set = set(13, 4, 3);
    set.insert(name("broken.png"), PictureState::Unreadable);
    let marks = kept(&["broken.png"]);
    let policy = Policy {
        remove_unreadable: true,
        ..Policy::default()
    };
    let stays = protected_plan(&set, &marks, &policy);
    assert!(stays.is_empty());
    assert_eq!(
        decision(&stays, "broken.png"),
        (Action::Keep, &Reason::KeptByHand)
    );
    // Without a request to remove it, it still needs review.
    let unasked = protected_plan(&set, &marks, &Policy::default());
    assert_eq!(
        decision(&unasked, "broken.png"),
        (Action::Review, &Reason::Unreadable)
    );
}

#[test]
fn protection_is_the_reason_even_without_removals() {
    let policy = Policy {
        scope: Scope::GenerateOnly,
        ..Policy::default()
    };
    let plan = protected_plan(&two_too_many(), &kept(&["weaker"]), &policy);
    assert_eq!(plan.after.to_string(), "15/4/3");
    assert_eq!(
        decision(&plan, "weaker"),
        (Action::Keep, &Reason::KeptByHand)
    );
    let why = Reason::ExcessKept {
        have: 15,
        wanted: 13,
    };
    assert_eq!(decision(&plan, "weak"), (Action::Keep, &why));
}

#[test]
fn protection_reasons_have_stable_names_and_messages() {
    for (reason, json, says) in [
        (
            Reason::KeptByHand,
            r#"{"rule":"kept_by_hand"}"#,
            "kept at a person's request",
        ),
        (
            Reason::SetIsGood,
            r#"{"rule":"set_is_good"}"#,
            "the actor manifest marks the training data as good, so nothing is removed",
        ),
    ] {
        assert_eq!(serde_json::to_string(&reason).unwrap(), json);
        assert_eq!(serde_json::from_str::<Reason>(json).unwrap(), reason);
        assert_eq!(reason.to_string(), says);
    }
    let protection = kept(&["a.png"]);
    let text = serde_json::to_string(&protection).unwrap();
    assert_eq!(text, r#"{"kept":["a.png"],"set_is_good":false}"#);
    assert_eq!(
        serde_json::from_str::<Protection>(&text).unwrap(),
        protection
    );
}

/// A reference implementation of the planner without protection, duplicates and floors.
fn reference_plan(set: &Inventory, policy: &Policy) -> Plan {
    let of = |wanted: ImageClass| {
        let mut ranked: Vec<_> = set
            .iter()
            .filter_map(|(name, state)| match *state {
                PictureState::Assessed {
                    class,
                    quality,
                    pixels,
                    ..
                } if class == wanted => Some((quality, pixels, Reverse(name))),
                _ => None,
            })
            .collect();
        ranked.sort();
        ranked
    };
    let before = ClassCounts::from_fn(|class| of(class).len());
    let target = policy.target.counts();
    let is_balanced = policy.target.is_met_by(&before, policy.tolerance);
    let still = is_balanced && !(policy.exact && before != target);
    let removes = policy.scope != Scope::GenerateOnly;
    let generate = if still || policy.scope == Scope::DeleteOnly {
        ClassCounts::default()
    } else {
        ClassCounts::from_fn(|class| target[class].saturating_sub(before[class]))
    };
    let goes = |class: ImageClass, name: &ImageName| {
        let excess = before[class].saturating_sub(target[class]);
        let mut weakest = of(class).into_iter().take(excess);
        weakest.any(|(_, _, Reverse(weak))| weak == name)
    };
    let decisions: Vec<Decision> = set
        .iter()
        .map(|(name, state)| {
            let (action, reason) = match *state {
                PictureState::Unreadable if policy.remove_unreadable && removes => {
                    (Action::Remove, Reason::Unreadable)
                }
                PictureState::Unreadable => (Action::Review, Reason::Unreadable),
                PictureState::Assessed { .. } if still => (Action::Keep, Reason::SetIsBalanced),
                PictureState::Assessed { class, .. } => {
                    let (have, wanted) = (before[class], target[class]);
                    match (goes(class, name), removes) {
                        (true, true) => (Action::Remove, Reason::Excess { have, wanted }),
                        (true, false) => (Action::Keep, Reason::ExcessKept { have, wanted }),
                        (false, _) => (Action::Keep, Reason::WithinTarget { wanted }),
                    }
                }
            };
            Decision {
                name: name.clone(),
                action,
                reason,
            }
        })
        .collect();
    let after = ClassCounts::from_fn(|class| {
        if still || !removes {
            before[class] + generate[class]
        } else {
            before[class].min(target[class]) + generate[class]
        }
    });
    Plan {
        is_balanced,
        before,
        target,
        after,
        generate,
        replace: ClassCounts::default(),
        questions: Vec::new(),
        decisions,
    }
}

fn any_scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        2 => Just(Scope::Both),
        1 => Just(Scope::DeleteOnly),
        1 => Just(Scope::GenerateOnly),
    ]
}

/// A set, a protection that keeps 0 to 4 quarters of the pictures, and a policy of any scope.
fn any_protected() -> impl Strategy<Value = (Inventory, Protection, Policy)> {
    (
        any_set(),
        any_policy(),
        any_scope(),
        any::<bool>(),
        0_u8..=4,
    )
        .prop_flat_map(|(set, policy, scope, set_is_good, of_four)| {
            let names: Vec<ImageName> = set.keys().cloned().collect();
            let marks = proptest::collection::vec(0_u8..4, names.len());
            (Just(set), Just(Policy { scope, ..policy }), marks).prop_map(
                move |(set, policy, marks)| {
                    let kept = names
                        .iter()
                        .zip(marks)
                        .filter(|(_, mark)| *mark < of_four)
                        .map(|(name, _)| name.clone())
                        .collect();
                    (
                        set,
                        Protection {
                            kept,
                            set_is_good,
                            ..Protection::default()
                        },
                        policy,
                    )
                },
            )
        })
}

fn class_of(state: &PictureState) -> Option<ImageClass> {
    match *state {
        PictureState::Assessed { class, .. } => Some(class),
        PictureState::Unreadable => None,
    }
}

/// The set after the plan was carried out.
fn carried_out(set: &Inventory, plan: &Plan) -> Inventory {
    let mut end = set.clone();
    for decision in plan.with(Action::Remove) {
        end.remove(&decision.name);
    }
    for (class, count) in plan.generate.iter() {
        for number in 0..count {
            end.insert(
                name(&format!("new_{class}_{number}")),
                picture(class, 10, 1),
            );
        }
    }
    end
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn protected_pictures_are_never_removed((set, protection, policy) in any_protected()) {
        let plan = protected_plan(&set, &protection, &policy);
        prop_assert!(plan.decisions.iter().map(|d| &d.name).eq(set.keys()));
        for decision in plan.with(Action::Remove) {
            prop_assert!(!protection.kept.contains(&decision.name));
        }
        if protection.set_is_good {
            prop_assert_eq!(plan.count(Action::Remove), 0);
        }
    }

    #[test]
    fn empty_protection_gives_the_reference_plan(
        set in any_set(), policy in any_policy(), scope in any_scope(),
    ) {
        let policy = Policy { scope, ..policy };
        prop_assert_eq!(plan(&set, &policy), reference_plan(&set, &policy));
    }

    #[test]
    fn counts_after_match_the_carried_out_plan((set, protection, policy) in any_protected()) {
        let plan = protected_plan(&set, &protection, &policy);
        let end = carried_out(&set, &plan);
        let counted: ClassCounts = end.values().filter_map(class_of).collect();
        prop_assert_eq!(plan.after, counted);
        for decision in plan.with(Action::Remove) {
            if let Some(class) = class_of(&set[&decision.name]) {
                prop_assert_eq!(plan.generate[class], 0);
            }
        }
    }

    #[test]
    fn carried_out_protected_plan_leaves_nothing_to_do(
        (set, protection, policy) in any_protected(),
    ) {
        let first = protected_plan(&set, &protection, &policy);
        let end = carried_out(&set, &first);
        let second = protected_plan(&end, &protection, &policy);
        prop_assert!(second.is_empty(), "{first:?} then {second:?}");
    }

    #[test]
    fn removals_equal_the_excess_that_is_not_kept((set, protection, policy) in any_protected()) {
        let policy = Policy { scope: Scope::Both, ..policy };
        let protection = Protection { set_is_good: false, ..protection };
        let plan = protected_plan(&set, &protection, &policy);
        prop_assume!(!plan.is_balanced || policy.exact);
        for class in ImageClass::ALL {
            let free = set
                .iter()
                .filter(|(name, state)| {
                    class_of(state) == Some(class) && !protection.kept.contains(*name)
                })
                .count();
            let gone = plan
                .with(Action::Remove)
                .filter(|decision| class_of(&set[&decision.name]) == Some(class))
                .count();
            let excess = plan.before[class].saturating_sub(plan.target[class]);
            prop_assert_eq!(gone, excess.min(free));
        }
    }

    #[test]
    fn removed_pictures_are_the_weakest_not_kept((set, protection, policy) in any_protected()) {
        let plan = protected_plan(&set, &protection, &policy);
        let rank = |decision: &Decision| match set[&decision.name] {
            PictureState::Assessed { class, quality, pixels, .. } => {
                Some((class, (quality, pixels, Reverse(decision.name.clone()))))
            }
            PictureState::Unreadable => None,
        };
        for (class, gone) in plan.with(Action::Remove).filter_map(rank) {
            let free = plan
                .with(Action::Keep)
                .filter(|decision| !protection.kept.contains(&decision.name))
                .filter_map(rank)
                .filter(|(other, _)| *other == class);
            for (_, stays) in free {
                prop_assert!(gone < stays);
            }
        }
    }

    #[test]
    fn plan_does_not_depend_on_the_order_of_the_input(
        (set, protection, policy) in any_protected(), turn in 0_usize..60,
    ) {
        let mut pairs: Vec<_> = set.clone().into_iter().collect();
        let mut marks: Vec<_> = protection.kept.iter().cloned().collect();
        let turn = turn.min(pairs.len());
        pairs.rotate_left(turn);
        pairs.reverse();
        marks.reverse();
        let other = Protection {
            kept: marks.into_iter().collect(),
            ..protection.clone()
        };
        prop_assert_eq!(
            protected_plan(&pairs.into_iter().collect(), &other, &policy),
            protected_plan(&set, &protection, &policy)
        );
    }
}
