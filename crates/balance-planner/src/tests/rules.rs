//! Near-duplicates, quality floors, unsure classes and requests to remove, alone and combined.

use super::*;
use crate::plan as full_plan;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const PHOTO: ImageClass = ImageClass::Photorealistic;
const BW: ImageClass = ImageClass::BwStylized;

mod floors;

fn quality(number: i64) -> Quality {
    Quality::new(number).unwrap()
}

/// A photograph with this confidence.
fn photo(quality: i64, confidence: Confidence) -> PictureState {
    with_confidence(picture(PHOTO, quality, 9), confidence)
}

fn with_confidence(state: PictureState, confidence: Confidence) -> PictureState {
    match state {
        PictureState::Assessed {
            class,
            quality,
            pixels,
            duplicate_of,
            ..
        } => PictureState::Assessed {
            class,
            quality,
            pixels,
            confidence,
            duplicate_of,
        },
        PictureState::Unreadable => PictureState::Unreadable,
    }
}

/// The same picture as a near-duplicate of `keeper`.
fn copy_of(keeper: &str, state: PictureState) -> PictureState {
    match state {
        PictureState::Assessed {
            class,
            quality,
            pixels,
            confidence,
            ..
        } => PictureState::Assessed {
            class,
            quality,
            pixels,
            confidence,
            duplicate_of: Some(name(keeper)),
        },
        PictureState::Unreadable => PictureState::Unreadable,
    }
}

fn with(mut set: Inventory, pictures: &[(&str, PictureState)]) -> Inventory {
    for (text, state) in pictures {
        set.insert(name(text), state.clone());
    }
    set
}

fn why<'a>(plan: &'a Plan, of: &str) -> (Action, &'a Reason) {
    let decision = plan.decisions.iter().find(|d| d.name.as_str() == of);
    let decision = decision.unwrap();
    (decision.action, &decision.reason)
}

fn names(texts: &[&str]) -> BTreeSet<ImageName> {
    texts.iter().map(|text| name(text)).collect()
}

fn floor(number: i64) -> Policy {
    Policy {
        floors: QualityFloors::all(quality(number)),
        ..Policy::default()
    }
}

#[test]
fn near_duplicates_count_once_and_are_replaced() {
    let mut set = set(8, 4, 3);
    for number in 0..5 {
        let twin = copy_of(&format!("{PHOTO}_{number}"), photo(9, Confidence::Likely));
        set.insert(name(&format!("twin_{number}")), twin);
    }
    let plan = plan(&set, &Policy::default());
    assert_eq!(plan.decisions.len(), 20);
    assert_eq!(plan.before.to_string(), "8/4/3");
    assert_eq!(
        removed(&plan),
        ["twin_0", "twin_1", "twin_2", "twin_3", "twin_4"]
    );
    let of = name(&format!("{PHOTO}_3"));
    assert_eq!(
        why(&plan, "twin_3"),
        (Action::Remove, &Reason::Duplicate { of })
    );
    assert_eq!(plan.generate.to_string(), "5/0/0");
    assert_eq!(plan.replace.to_string(), "5/0/0");
    assert_eq!(plan.after.to_string(), "13/4/3");
}

#[test]
fn balanced_set_loses_only_its_near_duplicates() {
    let twin = copy_of("photorealistic_0", photo(5, Confidence::Sure));
    let set = with(set(14, 4, 2), &[("twin", twin)]);
    let leaves = plan(&set, &Policy::default());
    assert!(leaves.is_balanced);
    assert_eq!(removed(&leaves), ["twin"]);
    assert_eq!(leaves.generate.total(), 0);
    assert_eq!(
        why(&leaves, "photorealistic_0"),
        (Action::Keep, &Reason::SetIsBalanced)
    );
    let policy = Policy {
        scope: Scope::GenerateOnly,
        ..Policy::default()
    };
    let stays = plan(&set, &policy);
    assert!(stays.is_empty());
    let of = name("photorealistic_0");
    assert_eq!(
        why(&stays, "twin"),
        (Action::Keep, &Reason::DuplicateKept { of })
    );
}

#[test]
fn kept_and_unwanted_pictures_decide_the_keeper() {
    let twin = copy_of("photorealistic_0", photo(2, Confidence::Sure));
    let other = copy_of("photorealistic_0", photo(3, Confidence::Sure));
    let set = with(set(13, 4, 3), &[("twin", twin), ("other", other)]);
    let kept = Protection {
        kept: names(&["twin"]),
        ..Protection::default()
    };
    let plan = full_plan(&set, &kept, &Policy::default());
    assert_eq!(removed(&plan), ["other", "photorealistic_0"]);
    assert_eq!(plan.after.to_string(), "13/4/3");

    // Two kept pictures of one group both stay, and count once.
    let kept = Protection {
        kept: names(&["twin", "other"]),
        ..Protection::default()
    };
    let plan = full_plan(&set, &kept, &Policy::default());
    assert_eq!(removed(&plan), ["photorealistic_0"]);
    assert_eq!((plan.before.total(), plan.after.total()), (20, 20));
    assert_eq!(why(&plan, "twin"), (Action::Keep, &Reason::KeptByHand));

    let unwanted = Protection {
        to_remove: names(&["photorealistic_0"]),
        ..Protection::default()
    };
    let plan = full_plan(&set, &unwanted, &Policy::default());
    assert_eq!(removed(&plan), ["photorealistic_0", "twin"]);
    assert_eq!(
        why(&plan, "photorealistic_0"),
        (Action::Remove, &Reason::RemovedByHand)
    );
    assert_eq!(plan.after.to_string(), "13/4/3");
    assert_eq!(plan.generate.total(), 0);
}

#[test]
fn near_duplicates_of_a_missing_keeper_count_once() {
    let twins = [
        ("twin", copy_of("gone", photo(2, Confidence::Sure))),
        ("other", copy_of("gone", photo(3, Confidence::Sure))),
    ];
    let plan = plan(&with(set(12, 4, 3), &twins), &Policy::default());
    assert!(plan.is_balanced);
    assert_eq!(removed(&plan), ["twin"]);
}

#[test]
fn cyclic_near_duplicates_are_not_removed() {
    let twins = [
        ("twin", copy_of("other", photo(2, Confidence::Sure))),
        ("other", copy_of("twin", photo(3, Confidence::Sure))),
        ("self", copy_of("self", photo(3, Confidence::Sure))),
    ];
    let plan = plan(&with(set(10, 4, 3), &twins), &Policy::default());
    assert!(plan.is_balanced && plan.is_empty());
    assert_eq!(plan.before.to_string(), "13/4/3");
}

#[test]
fn nothing_is_removed_in_place_of_an_unsure_picture() {
    let set = with(
        set(13, 3, 3),
        &[
            ("weakest", photo(1, Confidence::Unsure)),
            ("weak", photo(2, Confidence::Likely)),
            ("better", photo(9, Confidence::Unsure)),
        ],
    );
    let plan = plan(&set, &Policy::default());
    // 16 photographs, target 13: of the three weakest, one is unsure and stays.
    assert_eq!(removed(&plan), ["photorealistic_9", "weak"]);
    assert_eq!(plan.questions, [name("weakest")]);
    assert!(plan.needs_review());
    assert_eq!(
        why(&plan, "weakest"),
        (Action::Review, &Reason::Unsure { class: PHOTO })
    );
    assert_eq!(
        why(&plan, "better"),
        (Action::Keep, &Reason::WithinTarget { wanted: 13 })
    );
    assert_eq!(plan.after.to_string(), "14/4/3");
}

#[test]
fn questions_are_minimal_and_the_weakest_come_first() {
    let weak = |quality, class| with_confidence(picture(class, quality, 9), Confidence::Unsure);
    let twin = copy_of("photorealistic_0", photo(1, Confidence::Unsure));
    let set = with(
        set(13, 4, 2),
        &[
            ("a", weak(3, PHOTO)),
            ("b", weak(2, BW)),
            ("c", weak(4, BW)),
            ("twin", twin),
        ],
    );
    let asks = plan(&set, &Policy::default());
    assert_eq!(asks.questions, ["b", "a", "c", "twin"].map(name));
    assert!(asks.count(Action::Remove) == 0 && asks.generate.total() == 1);
    // Removing a picture below its floor makes one question unnecessary.
    let poor = with(set, &[("photorealistic_1", photo(3, Confidence::Sure))]);
    let asks = plan(&poor, &floor(4));
    assert_eq!(asks.questions, ["b", "c", "twin"].map(name));
    assert_eq!(removed(&asks), ["photorealistic_1"]);
    let policy = Policy {
        scope: Scope::GenerateOnly,
        ..floor(4)
    };
    assert!(!plan(&poor, &policy).needs_review());
}

#[test]
fn unsure_near_duplicate_stays_and_so_does_its_keeper() {
    let twin = copy_of("photorealistic_0", photo(1, Confidence::Unsure));
    let fine = with(set(13, 4, 3), &[("twin", twin.clone())]);
    let asks = plan(&fine, &Policy::default());
    assert!(asks.is_empty() && asks.is_balanced);
    assert_eq!(asks.before.to_string(), "13/4/3");
    assert_eq!(asks.questions, [name("twin")]);

    let weak = with(fine, &[("photorealistic_0", photo(2, Confidence::Sure))]);
    let weak = with(weak, &[("extra", photo(8, Confidence::Sure))]);
    let asks = plan(&weak, &Policy::default());
    assert!(
        asks.is_empty(),
        "the near-duplicate would take its keeper's place"
    );
    let unsure = Reason::TwinUnsure { twin: name("twin") };
    assert_eq!(why(&asks, "photorealistic_0"), (Action::Review, &unsure));
    assert_eq!(asks.questions, [name("twin")]);
    let asks = plan(&weak, &floor(4));
    assert_eq!(why(&asks, "photorealistic_0"), (Action::Review, &unsure));

    // Both are removed once a person has confirmed the class.
    let twin = copy_of("photorealistic_0", photo(1, Confidence::Sure));
    let confirmed = plan(&with(weak, &[("twin", twin)]), &Policy::default());
    assert_eq!(removed(&confirmed), ["photorealistic_0", "twin"]);
    assert_eq!(confirmed.after.to_string(), "13/4/3");
}

#[test]
fn unwanted_pictures_are_removed_whatever_they_are() {
    let mut set = with(
        set(13, 4, 3),
        &[
            ("unsure", photo(9, Confidence::Unsure)),
            ("best", photo(10, Confidence::Sure)),
        ],
    );
    set.insert(name("broken"), PictureState::Unreadable);
    let wishes = Protection {
        to_remove: names(&["unsure", "best", "broken", "bw_stylized_0", "absent"]),
        ..Protection::default()
    };
    let obeyed = full_plan(&set, &wishes, &Policy::default());
    assert_eq!(
        removed(&obeyed),
        ["best", "broken", "bw_stylized_0", "unsure"]
    );
    for gone in obeyed.with(Action::Remove) {
        assert_eq!(gone.reason, Reason::RemovedByHand);
    }
    assert_eq!(obeyed.generate.to_string(), "0/1/0");
    assert_eq!(obeyed.replace, obeyed.generate);
    assert_eq!(obeyed.before.to_string(), "15/4/3");
    assert_eq!(obeyed.after.to_string(), "13/4/3");

    let half = Policy {
        scope: Scope::GenerateOnly,
        ..Policy::default()
    };
    let half = full_plan(&set, &wishes, &half);
    assert_eq!(half.count(Action::Remove), 0);
    assert_eq!(half.generate.to_string(), "0/1/0");
    assert_eq!(
        why(&half, "best"),
        (Action::Keep, &Reason::RemovalPostponed)
    );

    let both = Protection {
        kept: names(&["best", "broken", "unsure"]),
        ..wishes.clone()
    };
    let plan = full_plan(&set, &both, &Policy::default());
    assert_eq!(why(&plan, "best"), (Action::Keep, &Reason::KeptByHand));
    assert_eq!(why(&plan, "broken"), (Action::Keep, &Reason::KeptByHand));
    assert!(!removed(&plan).contains(&"unsure"));
    let good = Protection {
        set_is_good: true,
        ..wishes
    };
    let plan = full_plan(&set, &good, &Policy::default());
    assert!(plan.is_empty() && !plan.needs_review());
    assert_eq!(why(&plan, "best"), (Action::Keep, &Reason::SetIsGood));
}

#[test]
fn good_set_has_no_questions_and_no_removals() {
    let twin = copy_of("photorealistic_0", photo(1, Confidence::Unsure));
    let set = with(
        set(13, 4, 3),
        &[
            ("unsure", photo(1, Confidence::Unsure)),
            ("poor", photo(2, Confidence::Sure)),
            ("twin", twin),
        ],
    );
    let good = Protection {
        set_is_good: true,
        ..Protection::default()
    };
    let plan = full_plan(&set, &good, &floor(4));
    assert!(plan.is_empty() && !plan.needs_review());
    for text in ["unsure", "poor", "twin"] {
        assert_eq!(why(&plan, text), (Action::Keep, &Reason::SetIsGood));
    }
}

#[test]
fn every_reason_has_a_message_and_round_trips_as_json() {
    let (quality, floor) = (quality(3), quality(5));
    let of = name("a.png");
    let reasons = [
        Reason::SetIsBalanced,
        Reason::WithinTarget { wanted: 13 },
        Reason::Excess {
            have: 15,
            wanted: 13,
        },
        Reason::ExcessKept {
            have: 15,
            wanted: 13,
        },
        Reason::Duplicate { of: of.clone() },
        Reason::DuplicateKept { of: of.clone() },
        Reason::BelowFloor { quality, floor },
        Reason::BelowFloorKept { quality, floor },
        Reason::ReplaceLimit {
            quality,
            floor,
            limit: 5,
        },
        Reason::RemovedByHand,
        Reason::RemovalPostponed,
        Reason::Unsure { class: BW },
        Reason::TwinUnsure { twin: of },
        Reason::KeptByHand,
        Reason::SetIsGood,
        Reason::Unreadable,
    ];
    let mut messages = String::new();
    for reason in &reasons {
        let json = serde_json::to_string(reason).unwrap();
        assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), *reason);
        let _ = writeln!(messages, "{json}\n  {reason}");
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn policy_files_without_floors_still_parse() {
    let policy = r#"{"target":{"total":20,"photorealistic":65,"bw_stylized":20,"color_stylized":15},
        "tolerance":10.0,"exact":false,"remove_unreadable":false,"scope":"both"}"#;
    let read: Policy = serde_json::from_str(policy).unwrap();
    assert_eq!(read, Policy::default());
    let wrong = r#"{"photorealistic":5,"foto":3}"#;
    assert!(serde_json::from_str::<QualityFloors>(wrong).is_err());
    let some = floor(6).floors;
    let text = serde_json::to_string(&some).unwrap();
    assert_eq!(serde_json::from_str::<QualityFloors>(&text).unwrap(), some);
    assert!(!some.is_empty() && QualityFloors::default().is_empty());
}
