//! What an unfinished run still has to do, as text.

use super::*;
use crate::test_facts::{digest, name};
use journal::run::record::{Change, Leaving, OrderKey, Step};
use tdbal_types::{ImageClass, PredictionId, Prompt, Usd};

fn left_after(steps: Vec<Step>) -> String {
    let records: Vec<Record> = steps
        .into_iter()
        .map(|step| Record {
            time: "2026-11-21T09:00:00.000000".into(),
            step,
        })
        .collect();
    left_to_do(&ActorState::of(&records))
}

fn key(ordinal: u32) -> OrderKey {
    OrderKey {
        class: ImageClass::Photorealistic,
        ordinal,
    }
}

fn order(ordinal: u32) -> Step {
    Step::Order {
        order: key(ordinal),
        attempt: 1,
        prompt: Prompt {
            class: ImageClass::Photorealistic,
            scene: "s".into(),
            technique: "t".into(),
            text: "a person".into(),
        },
        seed: 1,
        price: Usd::ZERO,
    }
}

fn ordered(ordinal: u32) -> Step {
    Step::Ordered {
        order: key(ordinal),
        prediction: PredictionId::new(format!("p{ordinal}")).unwrap(),
        model: "m".into(),
    }
}

/// A commit after which these pictures leave.
fn commit(leaving: &[&str]) -> Vec<Step> {
    let leaving = leaving.iter().map(|file| Leaving {
        name: name(file),
        sha256: digest(1),
        places: Vec::new(),
    });
    let change = Change {
        from: None,
        before: None,
        after: Some(digest(2)),
        added: Vec::new(),
        leaving: leaving.collect(),
    };
    vec![
        Step::Begun,
        Step::Commit(Box::new(change)),
        Step::Committed { version: None },
    ]
}

fn removed(file: &str) -> Step {
    Step::Removed {
        name: name(file),
        places: Vec::new(),
    }
}

#[test]
fn run_without_orders_left_the_set_unchanged() {
    assert_eq!(left_after(vec![Step::Begun]), "the set is unchanged");
}

#[test]
fn paid_and_unanswered_orders_are_counted() {
    let steps = vec![Step::Begun, order(1), ordered(1), order(2)];
    assert_eq!(
        left_after(steps),
        "the set is unchanged, 1 picture paid for, 1 order without an answer"
    );
    let steps = vec![order(1), order(2), order(3), ordered(1), ordered(3)];
    assert_eq!(
        left_after(steps),
        "the set is unchanged, 2 pictures paid for, 1 order without an answer"
    );
}

#[test]
fn pictures_not_yet_in_the_trash_are_counted() {
    let mut steps = commit(&["a.png", "b.png"]);
    assert_eq!(
        left_after(steps.clone()),
        "the set is changed, with 2 pictures still to be moved to the trash"
    );
    steps.push(removed("a.png"));
    assert_eq!(
        left_after(steps.clone()),
        "the set is changed, with 1 picture still to be moved to the trash"
    );
    steps.push(removed("b.png"));
    assert_eq!(
        left_after(steps),
        "the set is changed, but the actor manifest is not updated yet"
    );
}

#[test]
fn unfinished_undo_comes_before_everything_else() {
    let mut steps = commit(&["a.png"]);
    steps.push(Step::Undo { back: Vec::new() });
    assert_eq!(left_after(steps), "its undo is not finished");
}
