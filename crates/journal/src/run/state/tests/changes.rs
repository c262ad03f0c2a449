//! Changes of the set and their undo.

use super::expected::{Expected, assert_state};
use super::steps::{
    change, commit, committed, done, looked, ordered, ordering, reinstate, reinstated, removed,
    returned, state, stored, storing, undo, withdrawn,
};
use crate::run::record::{Ending, Step};
use storage::Version;

#[test]
fn changes_and_undos_give_files_in_flight() {
    let came = || {
        vec![
            Step::Begun,
            ordering(1, 1),
            ordered(1),
            storing(1),
            stored(1),
            looked(&[1]),
        ]
    };
    let and = |mut steps: Vec<Step>, more: &[Step]| {
        steps.extend_from_slice(more);
        steps
    };
    let new = "0004_21.jpg";
    let intended = and(came(), &[commit(&[new], &["1.png", "2.png"])]);
    let changed = and(intended.clone(), &[committed()]);
    let complete = and(
        changed.clone(),
        &[removed("1.png"), removed("2.png"), done(Ending::Complete)],
    );
    let back = and(complete.clone(), &[undo("1.png")]);
    let taken_back = and(
        back.clone(),
        &[returned("1.png"), commit(&["1.png"], &[new]), committed()],
    );
    let expected = |is_open, files_in_flight: &[&'static str]| Expected {
        is_open,
        files_in_flight: files_in_flight.to_vec(),
        cost: 1,
        taken: vec![1],
    };
    let ended = |ending: &Ending| and(came(), &[done(ending.clone())]);
    let failed = Ending::Failed { error: "e".into() };
    let refused = Ending::Refused { error: "e".into() };
    let problem = || "p".to_owned();
    let cases: [(&str, Vec<Step>, Expected); 16] = [
        (
            "a commit is intended",
            intended.clone(),
            expected(true, &[new, "1.png", "2.png"]),
        ),
        (
            "the commit is withdrawn",
            and(intended, &[withdrawn()]),
            expected(true, &[new]),
        ),
        (
            "the commit is done",
            changed.clone(),
            expected(true, &[new, "1.png", "2.png"]),
        ),
        (
            "one picture is removed",
            and(changed.clone(), &[removed("1.png")]),
            expected(true, &[new, "2.png"]),
        ),
        (
            "one picture is about to be listed again",
            and(changed.clone(), &[removed("1.png"), reinstate("2.png")]),
            expected(true, &[new, "2.png"]),
        ),
        (
            "one picture is listed again",
            and(
                changed,
                &[removed("1.png"), reinstate("2.png"), reinstated()],
            ),
            expected(true, &[new]),
        ),
        ("complete", complete, expected(false, &[])),
        ("failed", ended(&failed), expected(false, &[])),
        ("refused", ended(&refused), expected(false, &[])),
        (
            "an undo starts",
            back.clone(),
            expected(true, &[new, "1.png"]),
        ),
        (
            "a picture is restored",
            and(back.clone(), &[returned("1.png")]),
            expected(true, &[new, "1.png"]),
        ),
        (
            "the undo is abandoned",
            and(
                back.clone(),
                &[
                    returned("1.png"),
                    Step::UndoAbandoned { problem: problem() },
                ],
            ),
            expected(false, &[]),
        ),
        (
            "an abandoned undo is started again",
            and(
                back,
                &[Step::UndoAbandoned { problem: problem() }, undo("1.png")],
            ),
            expected(true, &[new, "1.png"]),
        ),
        (
            "the undo is committed",
            taken_back.clone(),
            expected(true, &[new, "1.png"]),
        ),
        (
            "the new picture is removed",
            and(taken_back.clone(), &[removed(new)]),
            expected(true, &[new, "1.png"]),
        ),
        (
            "the undo is complete",
            and(taken_back, &[removed(new), Step::Undone]),
            expected(false, &[]),
        ),
    ];
    for (what, steps, expected) in &cases {
        assert_state(what, steps, expected);
    }
}

#[test]
fn undo_does_not_alter_the_change_of_the_plan() {
    let steps = [
        Step::Begun,
        commit(&[], &["1.png"]),
        committed(),
        removed("1.png"),
        done(Ending::Complete),
        undo("1.png"),
        returned("1.png"),
        commit(&["1.png"], &[]),
        Step::Committed { version: None },
    ];
    let state = state(&steps);
    assert_eq!(state.change.version, Some(Version("m2".into())));
    assert_eq!(state.change.removed.len(), 1);
    let undo = state.undo.unwrap();
    assert_eq!(undo.change.change, Some(change(&["1.png"], &[])));
    assert!(undo.change.committed && undo.change.version.is_none());
}
