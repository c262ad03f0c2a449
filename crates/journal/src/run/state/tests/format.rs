//! The format of records on disk.

use super::steps::{
    PRICE, commit, committed, digest, done, failed, in_bucket, looked, name, order, ordered,
    ordering, place, reinstate, reinstated, reject, rejected, returned, stored, storing, undo,
    unlooked, withdrawn,
};
use crate::run::record::{Ending, Record, Step};
use storage::place::{NewPlace, PlaceStore, Trashed};
use storage::{Marker, ObjectKey};
use tdbal_types::Usd;

/// One record of each step, in the order of declaration.
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
                marker: Some(Marker("marker".into())),
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

/// Stops compiling when a step is added, as a reminder to extend [`one_of_each`].
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

/// Later versions must read the journals of earlier ones: a changed line in this snapshot is a
/// changed format on disk.
#[test]
fn each_step_keeps_its_format_on_disk() {
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
fn unknown_steps_fail_and_unknown_fields_are_ignored() {
    let unknown = r#"{"time":"t","step":"teleported"}"#;
    assert!(serde_json::from_str::<Record>(unknown).is_err());
    let more = r#"{"time":"t","step":"begun","by":"someone"}"#;
    let record: Record = serde_json::from_str(more).unwrap();
    assert_eq!(record.step, Step::Begun);
}
