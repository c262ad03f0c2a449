//! Properties of arbitrary sets with near-duplicates, floors, unsure classes and protection.

use super::*;
use crate::plan as full_plan;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A picture before its group has a keeper: class, quality, pixels, confidence and group.
type Draft = (usize, i64, u64, u8, Option<u8>);

fn any_draft() -> impl Strategy<Value = Draft> {
    let group = prop_oneof![3 => Just(None), 1 => (0_u8..6).prop_map(Some)];
    (0_usize..3, 1_i64..=10, 1_u64..4, 0_u8..4, group)
}

/// The set in which each group of near-duplicates has its best picture as the keeper.
fn with_keepers(drafts: &BTreeMap<ImageName, Draft>) -> Inventory {
    let rank = |name: &ImageName, draft: &Draft| (draft.1, draft.2, Reverse(name.clone()));
    let keeper = |group: u8| {
        drafts
            .iter()
            .filter(|(_, draft)| draft.4 == Some(group))
            .max_by_key(|(name, draft)| rank(name, draft))
            .map(|(name, _)| name.clone())
    };
    let state = |name: &ImageName, &(class, quality, pixels, trust, group): &Draft| {
        PictureState::Assessed {
            class: ImageClass::ALL[class],
            quality: Quality::new(quality).unwrap(),
            pixels,
            confidence: match trust {
                0 => Confidence::Unsure,
                1 => Confidence::Likely,
                _ => Confidence::Sure,
            },
            duplicate_of: group.and_then(keeper).filter(|keeper| keeper != name),
        }
    };
    drafts
        .iter()
        .map(|(name, draft)| (name.clone(), state(name, draft)))
        .collect()
}

#[derive(Debug, Clone)]
struct Case {
    drafts: BTreeMap<ImageName, Draft>,
    protection: Protection,
    policy: Policy,
}

impl Case {
    fn set(&self) -> Inventory {
        with_keepers(&self.drafts)
    }

    fn plan(&self) -> Plan {
        full_plan(&self.set(), &self.protection, &self.policy)
    }

    /// The case after a plan was carried out. New pictures have the highest quality.
    fn carried_out(&self, plan: &Plan, round: usize) -> Self {
        let mut end = self.clone();
        for decision in plan.with(Action::Remove) {
            end.drafts.remove(&decision.name);
        }
        for (position, class) in ImageClass::ALL.into_iter().enumerate() {
            for number in 0..plan.generate[class] {
                let new = name(&format!("new_{round}_{class}_{number}"));
                end.drafts.insert(new, (position, 10, 1, 2, None));
            }
        }
        end
    }
}

fn any_floors() -> impl Strategy<Value = QualityFloors> {
    let floor = || proptest::option::of((1_i64..=7).prop_map(|q| Quality::new(q).unwrap()));
    (floor(), floor(), floor()).prop_map(|(photorealistic, bw_stylized, color_stylized)| {
        QualityFloors {
            photorealistic,
            bw_stylized,
            color_stylized,
        }
    })
}

fn any_case() -> impl Strategy<Value = Case> {
    let pictures =
        proptest::collection::btree_map("[a-f]{1,4}", (any_draft(), 0_u8..8, 0_u8..8), 0..40);
    let scope = prop_oneof![
        2 => Just(Scope::Both),
        1 => Just(Scope::DeleteOnly),
        1 => Just(Scope::GenerateOnly),
    ];
    // The eighths of the pictures that are kept and that are unwanted: often none.
    let marks = (0_u8..6, 0_u8..6)
        .prop_map(|(kept, gone)| (kept.saturating_sub(3), gone.saturating_sub(3)));
    let policy = (any_policy(), scope, any_floors(), 0_usize..6);
    (
        pictures,
        policy,
        marks,
        proptest::bool::weighted(0.1),
        proptest::option::of(1_usize..4),
    )
        .prop_map(
            |(pictures, (policy, scope, floors, max_replace), marks, set_is_good, near)| {
                let marked = |which: fn(&(Draft, u8, u8)) -> u8, below: u8| {
                    pictures
                        .iter()
                        .filter(|(_, picture)| which(picture) < below)
                        .map(|(text, _)| name(text))
                        .collect()
                };
                let protection = Protection {
                    kept: marked(|picture| picture.1, marks.0),
                    to_remove: marked(|picture| picture.2, marks.1),
                    set_is_good,
                };
                let drafts: BTreeMap<ImageName, Draft> = pictures
                    .iter()
                    .map(|(text, picture)| (name(text), picture.0))
                    .collect();
                // A target near the size of the set, in order to get balanced sets too.
                let total = near.map(|less| drafts.len().saturating_sub(less - 1).max(1));
                let target = total.map_or(policy.target, |total| {
                    Target::new(total, policy.target.shares()).unwrap()
                });
                Case {
                    drafts,
                    protection,
                    policy: Policy {
                        target,
                        scope,
                        floors,
                        max_replace,
                        ..policy
                    },
                }
            },
        )
}

fn class_of(set: &Inventory, decision: &Decision) -> ImageClass {
    match set[&decision.name] {
        PictureState::Assessed { class, .. } => class,
        PictureState::Unreadable => unreachable!("these sets are all readable"),
    }
}

fn confidence_of(set: &Inventory, name: &ImageName) -> Confidence {
    match set[name] {
        PictureState::Assessed { confidence, .. } => confidence,
        PictureState::Unreadable => unreachable!("these sets are all readable"),
    }
}

/// Whether a picture below its floor stays that a later plan could remove.
fn holds_back(plan: &Plan) -> bool {
    plan.decisions.iter().any(|decision| {
        matches!(
            decision.reason,
            Reason::ReplaceLimit { .. } | Reason::BelowFloorKept { .. }
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn plan_ends_on_target_unless_there_are_questions(case in any_case()) {
        let policy = Policy { scope: Scope::Both, ..case.policy };
        let protection = Protection {
            kept: std::collections::BTreeSet::new(),
            set_is_good: false,
            ..case.protection
        };
        let case = Case { protection, policy, ..case };
        let plan = case.plan();
        prop_assume!(!plan.is_balanced || policy.exact);
        if plan.questions.is_empty() {
            prop_assert_eq!(plan.after, plan.target);
        }
        for class in ImageClass::ALL {
            prop_assert!(plan.after[class] >= plan.target[class]);
        }
    }

    #[test]
    fn unsure_pictures_are_removed_only_if_unwanted(case in any_case()) {
        let set = case.set();
        for decision in case.plan().with(Action::Remove) {
            prop_assert!(!case.protection.kept.contains(&decision.name));
            prop_assert!(!case.protection.set_is_good);
            prop_assert!(case.policy.scope != Scope::GenerateOnly);
            prop_assert!(
                decision.reason == Reason::RemovedByHand
                    || confidence_of(&set, &decision.name) > Confidence::Unsure
            );
            if matches!(decision.reason, Reason::BelowFloor { .. }) {
                prop_assert_eq!(confidence_of(&set, &decision.name), Confidence::Sure);
            }
        }
    }

    #[test]
    fn unwanted_pictures_are_removed_unless_protected(case in any_case()) {
        let plan = case.plan();
        let follows = !case.protection.set_is_good && case.policy.scope != Scope::GenerateOnly;
        for decision in &plan.decisions {
            let wanted = case.protection.to_remove.contains(&decision.name)
                && !case.protection.kept.contains(&decision.name);
            prop_assert_eq!(
                decision.reason == Reason::RemovedByHand,
                wanted && follows
            );
        }
    }

    #[test]
    fn class_is_removed_and_generated_only_to_replace(case in any_case()) {
        let (set, plan) = (case.set(), case.plan());
        let removed: ClassCounts = plan
            .with(Action::Remove)
            .map(|decision| class_of(&set, decision))
            .collect();
        for class in ImageClass::ALL {
            prop_assert!(removed[class].min(plan.generate[class]) <= plan.replace[class]);
            prop_assert!(plan.replace[class] <= plan.generate[class]);
        }
        // Excess pictures are not removed from a class that ends below its target.
        let excess = plan.decisions.iter().filter(|d| matches!(d.reason, Reason::Excess { .. }));
        for decision in excess {
            let class = class_of(&set, decision);
            prop_assert!(plan.after[class] >= plan.target[class]);
        }
    }

    #[test]
    fn generations_are_at_most_missing_plus_replace_limit(case in any_case()) {
        let plan = case.plan();
        let target = plan.target;
        let limit = if case.policy.scope == Scope::Both { case.policy.max_replace } else { 0 };
        let without_floors = Case {
            policy: Policy { floors: QualityFloors::default(), ..case.policy },
            ..case
        };
        let missing = without_floors.plan().generate.total();
        prop_assert!(plan.generate.total() <= missing + limit, "{} of {target}", plan.generate);
    }

    #[test]
    fn balanced_set_has_no_decisions_about_counts(case in any_case()) {
        // With a tolerance of 100 points, any shares of the target's total are balanced.
        let mut case = case;
        case.protection.to_remove.clear();
        let total = case.plan().before.total();
        prop_assume!(total > 0);
        case.policy.target = Target::new(total, case.policy.target.shares()).unwrap();
        case.policy.tolerance = Tolerance::new(100.0).unwrap();
        case.policy.exact = false;
        let plan = case.plan();
        prop_assert!(plan.is_balanced);
        prop_assert_eq!(plan.after.total(), total);
        for decision in &plan.decisions {
            let is_about_counts = matches!(
                decision.reason,
                Reason::Excess { .. } | Reason::ExcessKept { .. } | Reason::WithinTarget { .. }
            );
            prop_assert!(!is_about_counts);
        }
    }

    #[test]
    fn near_duplicates_are_removed_in_favour_of_their_keeper(case in any_case()) {
        let (set, plan) = (case.set(), case.plan());
        let removed: Vec<&ImageName> = plan.with(Action::Remove).map(|d| &d.name).collect();
        for decision in plan.with(Action::Remove) {
            let Reason::Duplicate { of } = &decision.reason else { continue };
            prop_assert!(set.contains_key(of) && *of != decision.name);
            // If the keeper is removed too, as one of the weakest, nothing of the group stays.
            if removed.contains(&of) {
                let stays = plan.decisions.iter().any(|other| {
                    other.action != Action::Remove
                        && matches!(&other.reason, Reason::Duplicate { of: same } if same == of)
                });
                prop_assert!(!stays);
            }
        }
    }

    #[test]
    fn counts_after_are_the_counts_before_the_next_plan(case in any_case()) {
        let plan = case.plan();
        let next = case.carried_out(&plan, 1).plan();
        prop_assert_eq!(plan.after, next.before);
    }

    #[test]
    fn repeated_plans_come_to_an_end(case in any_case()) {
        let first = case.plan();
        let end = case.carried_out(&first, 1);
        let second = end.plan();
        if holds_back(&first) {
            // Repeating ends, because each round replaces or removes some.
            let mut case = end;
            for round in 2..30 {
                let plan = case.plan();
                if plan.is_empty() {
                    return Ok(());
                }
                case = case.carried_out(&plan, round);
            }
            prop_assert!(false, "still not empty after 30 rounds: {first:?}");
        } else {
            prop_assert!(second.is_empty(), "{first:?} then {second:?}");
            // With removals only, the set can become balanced and then has fewer questions.
            for question in &second.questions {
                prop_assert!(first.questions.contains(question));
            }
            if case.policy.scope == Scope::Both {
                prop_assert_eq!(first.questions, second.questions);
            }
        }
    }

    #[test]
    fn likely_and_sure_are_equal_without_floors(case in any_case()) {
        let policy = Policy { floors: QualityFloors::default(), ..case.policy };
        let likely = case.set();
        let sure = likely
            .iter()
            .map(|(name, state)| {
                let mut state = state.clone();
                if let PictureState::Assessed { confidence, .. } = &mut state
                    && *confidence == Confidence::Likely
                {
                    *confidence = Confidence::Sure;
                }
                (name.clone(), state)
            })
            .collect();
        prop_assert_eq!(
            full_plan(&likely, &case.protection, &policy),
            full_plan(&sure, &case.protection, &policy)
        );
    }

    #[test]
    fn plan_does_not_depend_on_the_order_of_anything(case in any_case(), turn in 0_usize..40) {
        let mut pairs: Vec<_> = case.set().into_iter().collect();
        let turn = turn.min(pairs.len());
        pairs.rotate_left(turn);
        pairs.reverse();
        let turned = |names: &std::collections::BTreeSet<ImageName>| {
            names.iter().rev().cloned().collect()
        };
        let protection = Protection {
            kept: turned(&case.protection.kept),
            to_remove: turned(&case.protection.to_remove),
            ..case.protection
        };
        let other = full_plan(&pairs.into_iter().collect(), &protection, &case.policy);
        prop_assert_eq!(other, case.plan());
    }

    #[test]
    fn questions_are_exactly_the_unsure_pictures_under_review(case in any_case()) {
        let (set, plan) = (case.set(), case.plan());
        let asked: std::collections::BTreeSet<&ImageName> = plan.questions.iter().collect();
        prop_assert_eq!(asked.len(), plan.questions.len());
        for decision in &plan.decisions {
            let unsure = matches!(decision.reason, Reason::Unsure { .. });
            prop_assert_eq!(asked.contains(&decision.name), unsure);
            if unsure {
                prop_assert_eq!(confidence_of(&set, &decision.name), Confidence::Unsure);
                prop_assert_eq!(decision.action, Action::Review);
            }
        }
    }

    #[test]
    fn pictures_above_the_target_equal_the_questions(case in any_case()) {
        // Without near-duplicates and protection, each question is one picture above the target.
        let mut case = case;
        for draft in case.drafts.values_mut() {
            draft.4 = None;
        }
        case.protection = Protection::default();
        case.policy.scope = Scope::Both;
        let plan = case.plan();
        prop_assume!(!plan.is_balanced || case.policy.exact);
        let above = plan.after.total() - plan.target.total();
        prop_assert_eq!(above, plan.questions.len());
    }
}
