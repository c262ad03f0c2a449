//! Pictures that are surely below a quality floor are replaced.

use super::*;

#[test]
fn pictures_surely_below_the_floor_are_replaced_worst_first() {
    let poor = [
        ("a", photo(3, Confidence::Sure)),
        ("b", photo(2, Confidence::Sure)),
        ("c", photo(4, Confidence::Sure)),
        ("likely", photo(1, Confidence::Likely)),
        ("unsure", photo(1, Confidence::Unsure)),
    ];
    let set = with(set(8, 4, 3), &poor);
    let limited = Policy {
        max_replace: 2,
        ..floor(5)
    };
    let plan_of_two = plan(&set, &limited);
    assert_eq!(removed(&plan_of_two), ["a", "b"]);
    assert_eq!(
        why(&plan_of_two, "b"),
        (
            Action::Remove,
            &Reason::BelowFloor {
                quality: quality(2),
                floor: quality(5)
            }
        )
    );
    assert_eq!(
        why(&plan_of_two, "c"),
        (
            Action::Keep,
            &Reason::ReplaceLimit {
                quality: quality(4),
                floor: quality(5),
                limit: 2
            }
        )
    );
    assert_eq!(plan_of_two.generate.to_string(), "2/0/0");
    assert_eq!(plan_of_two.replace.to_string(), "2/0/0");
    assert_eq!(plan_of_two.after.to_string(), "13/4/3");
    assert!(!plan_of_two.needs_review());

    assert_eq!(removed(&plan(&set, &floor(5))), ["a", "b", "c"]);
    let only_bw = Policy {
        floors: QualityFloors {
            bw_stylized: Some(quality(9)),
            ..QualityFloors::default()
        },
        ..Policy::default()
    };
    let plan = plan(&set, &only_bw);
    assert_eq!(plan.replace.to_string(), "0/4/0");
}

#[test]
fn excess_pictures_below_the_floor_are_not_replaced() {
    // 19 photographs below the floor, target 13: 6 are removed as excess and 5 are replaced.
    let mut set = set(0, 4, 3);
    for number in 0..19 {
        set.insert(name(&format!("p_{number:02}")), photo(3, Confidence::Sure));
    }
    let policy = Policy {
        floors: QualityFloors {
            photorealistic: Some(quality(4)),
            ..QualityFloors::default()
        },
        ..Policy::default()
    };
    let plan = plan(&set, &policy);
    assert_eq!(plan.count(Action::Remove), 11);
    assert_eq!(plan.generate.to_string(), "5/0/0");
    assert_eq!(plan.after.to_string(), "13/4/3");
}

#[test]
fn pictures_below_the_floor_go_before_the_weakest_others() {
    let set = with(
        set(12, 4, 3),
        &[
            ("likely", photo(1, Confidence::Likely)),
            ("poor", photo(3, Confidence::Sure)),
        ],
    );
    let plan = plan(&with(set, &[("x", photo(5, Confidence::Sure))]), &floor(4));
    // Two of 15 photographs are excess: first the one below its floor, then the weakest.
    assert_eq!(removed(&plan), ["likely", "poor"]);
    assert_eq!(plan.generate.total(), 0);
}

#[test]
fn balanced_set_replaces_poor_pictures_within_their_class() {
    // 14/3/3 is within the tolerance of 13/4/3.
    let weak = with_confidence(picture(BW, 2, 9), Confidence::Sure);
    let set = with(set(14, 2, 3), &[("weak", weak)]);
    let changed = plan(&set, &floor(4));
    assert!(changed.is_balanced);
    assert_eq!(removed(&changed), ["weak"]);
    assert_eq!(changed.generate.to_string(), "0/1/0");
    assert_eq!(changed.after.to_string(), "14/3/3");

    let exact = Policy {
        exact: true,
        ..floor(4)
    };
    let plan_to_target = plan(&set, &exact);
    assert_eq!(plan_to_target.count(Action::Remove), 2);
    assert_eq!(plan_to_target.after.to_string(), "13/4/3");

    // A balanced set plus two pictures below the floor: only these two are removed.
    let poor = [
        ("a", photo(1, Confidence::Sure)),
        ("b", photo(2, Confidence::Sure)),
    ];
    let more = with(super::set(14, 3, 3), &poor);
    let changed = plan(&more, &floor(4));
    assert!(changed.is_balanced);
    assert_eq!(removed(&changed), ["a", "b"]);
    assert_eq!(changed.after.to_string(), "14/3/3");
}

#[test]
fn half_a_plan_replaces_nothing() {
    let poor = [("poor", photo(1, Confidence::Sure))];
    let set = with(set(12, 4, 3), &poor);
    let kept = Reason::BelowFloorKept {
        quality: quality(1),
        floor: quality(4),
    };
    for scope in [Scope::DeleteOnly, Scope::GenerateOnly] {
        let half = plan(&set, &Policy { scope, ..floor(4) });
        assert!(half.is_empty(), "{scope:?}");
        assert_eq!(why(&half, "poor"), (Action::Keep, &kept));
    }
    // Removing a picture that is excess anyway is not a replacement.
    let too_many = with(super::set(13, 4, 3), &poor);
    let policy = Policy {
        scope: Scope::DeleteOnly,
        ..floor(4)
    };
    assert_eq!(removed(&plan(&too_many, &policy)), ["poor"]);
}

#[test]
fn kept_picture_below_the_floor_stays() {
    let set = with(set(12, 4, 3), &[("poor", photo(1, Confidence::Sure))]);
    let kept = Protection {
        kept: names(&["poor"]),
        ..Protection::default()
    };
    let plan = full_plan(&set, &kept, &floor(4));
    assert!(plan.is_empty());
    assert_eq!(why(&plan, "poor"), (Action::Keep, &Reason::KeptByHand));
}
