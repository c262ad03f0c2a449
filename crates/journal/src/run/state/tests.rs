//! What records amount to, and how each of them is written.

use super::*;
use crate::run::record::{Added, Leaving};
use tdbal_types::{ImageClass, Quality};

const PRICE: u64 = 40_000_000;

fn order(ordinal: u32) -> OrderKey {
    OrderKey {
        class: ImageClass::BwStylized,
        ordinal,
    }
}

fn name(text: &str) -> ImageName {
    ImageName::new(text).unwrap()
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn place(file: &str) -> Place {
    Place {
        store: PlaceStore::Data,
        key: ObjectKey::new(format!("actors/0004/training_data/{file}")).unwrap(),
        version: Version("v1".into()),
    }
}

fn in_bucket(file: &str) -> Place {
    Place {
        store: PlaceStore::Bucket {
            name: "sets".into(),
            region: Some("us-west-1".into()),
        },
        key: ObjectKey::new(format!("pictures/0004/{file}")).unwrap(),
        version: Version("etag".into()),
    }
}

fn trashed(file: &str) -> Trashed {
    let place = place(file);
    Trashed {
        trash: ObjectKey::new(format!("trash/run/{}", place.key)).unwrap(),
        place,
        marker: None,
    }
}

fn ordering(ordinal: u32, attempt: u32) -> Step {
    Step::Order {
        order: order(ordinal),
        attempt,
        prompt: Prompt {
            class: ImageClass::BwStylized,
            scene: "by the sea".into(),
            technique: "ink".into(),
            text: "by the sea, in ink".into(),
        },
        seed: 12345,
        price: Usd::from_nanos(PRICE),
    }
}

fn ordered(ordinal: u32) -> Step {
    Step::Ordered {
        order: order(ordinal),
        prediction: PredictionId::new(format!("p{ordinal}")).unwrap(),
        model: "a/model".into(),
    }
}

fn failed(ordinal: u32, nanos: u64, again: bool) -> Step {
    Step::OrderFailed {
        order: order(ordinal),
        prediction: Some(PredictionId::new(format!("p{ordinal}")).unwrap()),
        problem: "flagged as sensitive (E005)".into(),
        cost: Usd::from_nanos(nanos),
        again,
    }
}

fn new_file(ordinal: u32) -> String {
    format!("0004_{}.jpg", 20 + ordinal)
}

fn storing(ordinal: u32) -> Step {
    let file = new_file(ordinal);
    Step::Store {
        order: order(ordinal),
        name: name(&file),
        number: u64::from(20 + ordinal),
        sha256: digest(7),
        size: 4711,
        cost: Usd::from_nanos(PRICE),
        at: vec![NewPlace {
            store: PlaceStore::Data,
            key: place(&file).key,
        }],
        s3_url: None,
    }
}

fn stored(ordinal: u32) -> Step {
    Step::Stored {
        order: order(ordinal),
        places: vec![place(&new_file(ordinal))],
    }
}

fn looked(ordinals: &[u32]) -> Step {
    let seen = ordinals.iter().map(|ordinal| LookedAt {
        order: order(*ordinal),
        class: Some(ImageClass::BwStylized),
        quality: Quality::new(8).ok(),
        refused: None,
        hash: None,
    });
    Step::Looked {
        seen: seen.collect(),
        cost: Usd::from_nanos(1_000_000),
        tokens: Tokens {
            input: 1000,
            cached: 0,
            output: 100,
        },
    }
}

fn unlooked(ordinal: u32, accepted: bool) -> Step {
    Step::Unlooked {
        orders: vec![order(ordinal)],
        problem: "the service could not be used".into(),
        cost: Usd::from_nanos(500),
        accepted,
    }
}

fn reject(ordinal: u32) -> Step {
    Step::Reject {
        order: order(ordinal),
        reason: "it came as photorealistic".into(),
    }
}

fn rejected(ordinal: u32) -> Step {
    Step::Rejected {
        order: order(ordinal),
        places: vec![trashed(&new_file(ordinal))],
    }
}

fn change(added: &[&str], leaving: &[&str]) -> Change {
    Change {
        from: Some(Version("m1".into())),
        before: Some(digest(1)),
        after: Some(digest(2)),
        added: added
            .iter()
            .map(|file| Added {
                name: name(file),
                sha256: digest(7),
                places: vec![place(file)],
            })
            .collect(),
        leaving: leaving
            .iter()
            .map(|file| Leaving {
                name: name(file),
                sha256: digest(8),
                places: vec![in_bucket(file), place(file)],
            })
            .collect(),
    }
}

fn commit(added: &[&str], leaving: &[&str]) -> Step {
    Step::Commit(Box::new(change(added, leaving)))
}

fn committed() -> Step {
    Step::Committed {
        version: Some(Version("m2".into())),
    }
}

fn withdrawn() -> Step {
    Step::Withdrawn {
        problem: "somebody else was faster".into(),
    }
}

fn removed(file: &str) -> Step {
    Step::Removed {
        name: name(file),
        places: vec![trashed(file)],
    }
}

fn reinstate(file: &str) -> Step {
    Step::Reinstate {
        names: vec![name(file)],
        problem: "not allowed to delete it".into(),
        after: digest(3),
        from: Version("m2".into()),
    }
}

fn reinstated() -> Step {
    Step::Reinstated {
        version: Version("m3".into()),
    }
}

fn done(ending: Ending) -> Step {
    Step::Done { ending }
}

fn undo(file: &str) -> Step {
    Step::Undo {
        back: vec![Returning {
            name: name(file),
            sha256: digest(8),
            places: vec![trashed(file)],
        }],
    }
}

fn returned(file: &str) -> Step {
    Step::Returned {
        name: name(file),
        places: vec![place(file)],
    }
}

fn state(steps: &[Step]) -> ActorState {
    let records: Vec<Record> = steps
        .iter()
        .map(|step| Record {
            time: "2026-11-22T12:00:00.000000".into(),
            step: step.clone(),
        })
        .collect();
    ActorState::of(&records)
}

/// What a sequence of steps amounts to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    is_open: bool,
    files_in_flight: Vec<&'static str>,
    /// In units of what a picture costs.
    cost: u64,
    taken: Vec<u32>,
}

fn assert_told(what: &str, steps: &[Step], told: &Told) {
    let state = state(steps);
    let files_in_flight = state.files_in_flight();
    let files_in_flight: Vec<&str> = files_in_flight.iter().map(ImageName::as_str).collect();
    let taken: Vec<u32> = state.taken().iter().map(|(key, ..)| key.ordinal).collect();
    assert_eq!(state.is_open(), told.is_open, "{what}: is_open");
    assert_eq!(
        files_in_flight, told.files_in_flight,
        "{what}: files_in_flight"
    );
    assert_eq!(taken, told.taken, "{what}: taken");
    let cost = state.generation_cost().nanos();
    assert_eq!(cost, told.cost * PRICE, "{what}: cost");
}

#[test]
fn what_orders_amount_to() {
    use Step::{Begun, OrderAbsent, OrderGivenUp, OrderLost};
    let lost = || OrderLost {
        order: order(1),
        problem: "connection reset".into(),
    };
    let absent = || OrderAbsent { order: order(1) };
    let given_up = || OrderGivenUp {
        order: order(1),
        cost: Usd::from_nanos(PRICE),
    };
    let open = |files_in_flight: &[&'static str], cost, taken: &[u32]| Told {
        is_open: true,
        files_in_flight: files_in_flight.to_vec(),
        cost,
        taken: taken.to_vec(),
    };
    let one = ["0004_21.jpg"];
    let cases: [(&str, Vec<Step>, Told); 15] = [
        ("nothing", vec![], Told::default()),
        ("begun", vec![Begun], open(&[], 0, &[])),
        (
            "an intent may have been charged",
            vec![Begun, ordering(1, 1)],
            open(&[], 1, &[]),
        ),
        (
            "so may an order whose answer was lost",
            vec![Begun, ordering(1, 1), lost()],
            open(&[], 1, &[]),
        ),
        (
            "one that was never taken was not",
            vec![Begun, ordering(1, 1), lost(), absent()],
            open(&[], 0, &[]),
        ),
        (
            "bought again, it is charged once",
            vec![Begun, ordering(1, 1), absent(), ordering(1, 2), ordered(1)],
            open(&[], 1, &[]),
        ),
        (
            "given up and bought again, perhaps twice",
            vec![
                Begun,
                ordering(1, 1),
                lost(),
                given_up(),
                ordering(1, 2),
                ordered(1),
            ],
            open(&[], 2, &[]),
        ),
        (
            "one that failed costs what the failure says",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                failed(1, 0, true),
                ordering(2, 1),
                ordered(2),
            ],
            open(&[], 1, &[]),
        ),
        (
            "one that failed may cost as much as one that came",
            vec![Begun, ordering(1, 1), ordered(1), failed(1, PRICE, false)],
            open(&[], 1, &[]),
        ),
        (
            "a name is files_in_flight from its intent on",
            vec![Begun, ordering(1, 1), ordered(1), storing(1)],
            open(&one, 1, &[]),
        ),
        (
            "a name that is another's is not",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                Step::NameTaken {
                    order: order(1),
                    name: name("0004_21.jpg"),
                },
            ],
            open(&[], 1, &[]),
        ),
        (
            "what is stored counts when it was looked at",
            vec![Begun, ordering(1, 1), ordered(1), storing(1), stored(1)],
            open(&one, 1, &[]),
        ),
        (
            "as now",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                stored(1),
                looked(&[1]),
            ],
            open(&one, 1, &[1]),
        ),
        (
            "rejected it counts no more, and hides until it is in the trash",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                stored(1),
                looked(&[1]),
                reject(1),
            ],
            open(&one, 1, &[]),
        ),
        (
            "as now",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                stored(1),
                looked(&[1]),
                reject(1),
                rejected(1),
            ],
            open(&[], 1, &[]),
        ),
    ];
    for (what, steps, told) in &cases {
        assert_told(what, steps, told);
    }
}

#[test]
fn what_a_change_and_its_undo_amount_to() {
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
    let told = |is_open, files_in_flight: &[&'static str]| Told {
        is_open,
        files_in_flight: files_in_flight.to_vec(),
        cost: 1,
        taken: vec![1],
    };
    let ended = |ending: &Ending| and(came(), &[done(ending.clone())]);
    let failed = Ending::Failed { error: "e".into() };
    let refused = Ending::Refused { error: "e".into() };
    let problem = || "p".to_owned();
    // Files that belong to the set only if the manifest lists them.
    let cases: [(&str, Vec<Step>, Told); 16] = [
        (
            "intended",
            intended.clone(),
            told(true, &[new, "1.png", "2.png"]),
        ),
        (
            "withdrawn",
            and(intended, &[withdrawn()]),
            told(true, &[new]),
        ),
        (
            "committed",
            changed.clone(),
            told(true, &[new, "1.png", "2.png"]),
        ),
        (
            "one removed",
            and(changed.clone(), &[removed("1.png")]),
            told(true, &[new, "2.png"]),
        ),
        (
            "one is to come back",
            and(changed.clone(), &[removed("1.png"), reinstate("2.png")]),
            told(true, &[new, "2.png"]),
        ),
        (
            "it is back",
            and(
                changed,
                &[removed("1.png"), reinstate("2.png"), reinstated()],
            ),
            told(true, &[new]),
        ),
        ("complete", complete, told(false, &[])),
        ("failed", ended(&failed), told(false, &[])),
        ("refused", ended(&refused), told(false, &[])),
        ("an undo begins", back.clone(), told(true, &[new, "1.png"])),
        (
            "it is back in the folder",
            and(back.clone(), &[returned("1.png")]),
            told(true, &[new, "1.png"]),
        ),
        (
            "it is abandoned",
            and(
                back.clone(),
                &[
                    returned("1.png"),
                    Step::UndoAbandoned { problem: problem() },
                ],
            ),
            told(false, &[]),
        ),
        (
            "abandoned and begun again",
            and(
                back,
                &[Step::UndoAbandoned { problem: problem() }, undo("1.png")],
            ),
            told(true, &[new, "1.png"]),
        ),
        (
            "the undo is committed",
            taken_back.clone(),
            told(true, &[new, "1.png"]),
        ),
        (
            "the new picture is gone",
            and(taken_back.clone(), &[removed(new)]),
            told(true, &[new, "1.png"]),
        ),
        (
            "undone",
            and(taken_back, &[removed(new), Step::Undone]),
            told(false, &[]),
        ),
    ];
    for (what, steps, told) in &cases {
        assert_told(what, steps, told);
    }
}

#[test]
fn a_look_that_did_not_take_place_counts_and_says_whether_it_is_accepted() {
    for accepted in [false, true] {
        let steps = [
            Step::Begun,
            ordering(1, 1),
            ordered(1),
            storing(1),
            stored(1),
            unlooked(1, accepted),
        ];
        let state = state(&steps);
        let [(_, paid, _)] = state.taken()[..] else {
            panic!("{state:?}")
        };
        let is_accepted = matches!(paid.look, Inspection::Unlooked { accepted, .. } if accepted);
        assert_eq!(is_accepted, accepted);
        assert_eq!(state.look_cost, Usd::from_nanos(500));
    }
}

#[test]
fn what_looks_cost_adds_up() {
    let steps = [
        Step::Begun,
        ordering(1, 1),
        ordered(1),
        storing(1),
        stored(1),
        looked(&[1]),
        looked(&[1]),
    ];
    let state = state(&steps);
    assert_eq!(state.look_cost, Usd::from_nanos(2_000_000));
    assert_eq!(state.look_tokens.input, 2000);
}

#[test]
fn after_an_undo_begins_the_change_of_the_plan_stays_as_it_was() {
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

/// One of each, in the order of their declaration.
fn one_of_each() -> Vec<Step> {
    let key = || ObjectKey::new("actor_manifests/0004_manifest.json").unwrap();
    vec![
        Step::Begun,
        ordering(1, 1),
        ordered(1),
        Step::OrderLost {
            order: order(1),
            problem: "connection reset".into(),
        },
        Step::OrderRefused {
            order: order(1),
            problem: "no credit".into(),
        },
        Step::OrderAbsent { order: order(1) },
        Step::OrderGivenUp {
            order: order(1),
            cost: Usd::from_nanos(PRICE),
        },
        failed(1, PRICE, true),
        storing(1),
        stored(1),
        Step::NameTaken {
            order: order(1),
            name: name("0004_21.jpg"),
        },
        looked(&[1]),
        unlooked(1, false),
        reject(1),
        rejected(1),
        Step::Fetch {
            name: name("1.png"),
            from: in_bucket("1.png"),
            sha256: digest(8),
            to: NewPlace {
                store: PlaceStore::Data,
                key: place("1.png").key,
            },
        },
        Step::Fetched {
            name: name("1.png"),
            place: place("1.png"),
        },
        commit(&["0004_21.jpg"], &["1.png"]),
        committed(),
        withdrawn(),
        Step::Removed {
            name: name("1.png"),
            places: vec![Trashed {
                place: in_bucket("1.png"),
                trash: ObjectKey::new("trash/run/pictures/0004/1.png").unwrap(),
                marker: Some(storage::Marker("marker".into())),
            }],
        },
        reinstate("1.png"),
        reinstated(),
        Step::ActorManifest {
            key: key(),
            before: digest(4),
            after: digest(5),
        },
        Step::ActorManifestWritten,
        done(Ending::Complete),
        done(Ending::Failed { error: "e".into() }),
        done(Ending::Refused { error: "e".into() }),
        undo("1.png"),
        returned("1.png"),
        Step::UndoAbandoning {
            problem: "in the way".into(),
        },
        Step::UndoAbandoned {
            problem: "in the way".into(),
        },
        Step::Undone,
        Step::Purged,
    ]
}

/// Makes the list above incomplete for the compiler when a step is added.
const fn is_listed(step: &Step) -> bool {
    match step {
        Step::Begun
        | Step::Order { .. }
        | Step::Ordered { .. }
        | Step::OrderLost { .. }
        | Step::OrderRefused { .. }
        | Step::OrderAbsent { .. }
        | Step::OrderGivenUp { .. }
        | Step::OrderFailed { .. }
        | Step::Store { .. }
        | Step::Stored { .. }
        | Step::NameTaken { .. }
        | Step::Looked { .. }
        | Step::Unlooked { .. }
        | Step::Reject { .. }
        | Step::Rejected { .. }
        | Step::Fetch { .. }
        | Step::Fetched { .. }
        | Step::Commit(_)
        | Step::Committed { .. }
        | Step::Withdrawn { .. }
        | Step::Removed { .. }
        | Step::Reinstate { .. }
        | Step::Reinstated { .. }
        | Step::ActorManifest { .. }
        | Step::ActorManifestWritten
        | Step::Done { .. }
        | Step::Undo { .. }
        | Step::Returned { .. }
        | Step::UndoAbandoning { .. }
        | Step::UndoAbandoned { .. }
        | Step::Undone
        | Step::Purged => true,
    }
}

/// The journals of earlier versions have to be read by later ones: a line that changes here has
/// changed its meaning on disk.
#[test]
fn every_step_is_written_as_it_always_was() {
    let steps = one_of_each();
    assert!(steps.iter().all(is_listed));
    let lines: Vec<String> = steps
        .into_iter()
        .map(|step| {
            let record = Record {
                time: "2026-11-22T12:00:00.123456".into(),
                step,
            };
            let line = serde_json::to_string(&record).unwrap();
            let read: Record = serde_json::from_str(&line).unwrap();
            assert_eq!(read, record);
            line
        })
        .collect();
    assert_eq!(lines.len(), 34);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_step_that_is_not_known_is_an_error_and_a_field_that_is_not_is_none() {
    let unknown = r#"{"time":"t","step":"teleported"}"#;
    assert!(serde_json::from_str::<Record>(unknown).is_err());
    let more = r#"{"time":"t","step":"begun","by":"somebody"}"#;
    let record: Record = serde_json::from_str(more).unwrap();
    assert_eq!(record.step, Step::Begun);
}
