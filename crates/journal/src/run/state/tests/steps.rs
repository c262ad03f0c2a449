//! One example of each step, as short as possible to write in a test.

use crate::run::record::{
    Added, Change, Ending, Leaving, LookedAt, OrderKey, Record, Returning, Step,
};
use crate::run::state::types::ActorState;
use storage::place::{NewPlace, Place, PlaceStore, Trashed};
use storage::{ObjectKey, Version};
use tdbal_types::{Digest, ImageClass, ImageName, PredictionId, Prompt, Quality, Tokens, Usd};

pub(super) const PRICE: u64 = 40_000_000;

pub(super) fn order(ordinal: u32) -> OrderKey {
    OrderKey {
        class: ImageClass::BwStylized,
        ordinal,
    }
}

pub(super) fn name(text: &str) -> ImageName {
    ImageName::new(text).unwrap()
}

pub(super) fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

pub(super) fn place(file: &str) -> Place {
    Place {
        store: PlaceStore::Data,
        key: ObjectKey::new(format!("actors/0004/training_data/{file}")).unwrap(),
        version: Version("v1".into()),
    }
}

pub(super) fn in_bucket(file: &str) -> Place {
    Place {
        store: PlaceStore::Bucket {
            name: "sets".into(),
            region: Some("us-west-1".into()),
        },
        key: ObjectKey::new(format!("pictures/0004/{file}")).unwrap(),
        version: Version("etag".into()),
    }
}

pub(super) fn trashed(file: &str) -> Trashed {
    let place = place(file);
    Trashed {
        trash: ObjectKey::new(format!("trash/run/{}", place.key)).unwrap(),
        place,
        marker: None,
    }
}

pub(super) fn ordering(ordinal: u32, attempt: u32) -> Step {
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

pub(super) fn ordered(ordinal: u32) -> Step {
    Step::Ordered {
        order: order(ordinal),
        prediction: PredictionId::new(format!("p{ordinal}")).unwrap(),
        model: "a/model".into(),
    }
}

pub(super) fn failed(ordinal: u32, nanos: u64, again: bool) -> Step {
    Step::OrderFailed {
        order: order(ordinal),
        prediction: Some(PredictionId::new(format!("p{ordinal}")).unwrap()),
        problem: "flagged as sensitive (E005)".into(),
        cost: Usd::from_nanos(nanos),
        again,
    }
}

pub(super) fn new_file(ordinal: u32) -> String {
    format!("0004_{}.jpg", 20 + ordinal)
}

pub(super) fn storing(ordinal: u32) -> Step {
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

pub(super) fn stored(ordinal: u32) -> Step {
    Step::Stored {
        order: order(ordinal),
        places: vec![place(&new_file(ordinal))],
    }
}

pub(super) fn looked(ordinals: &[u32]) -> Step {
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

pub(super) fn unlooked(ordinal: u32, accepted: bool) -> Step {
    Step::Unlooked {
        orders: vec![order(ordinal)],
        problem: "the service could not be used".into(),
        cost: Usd::from_nanos(500),
        accepted,
    }
}

pub(super) fn reject(ordinal: u32) -> Step {
    Step::Reject {
        order: order(ordinal),
        reason: "it came as photorealistic".into(),
    }
}

pub(super) fn rejected(ordinal: u32) -> Step {
    Step::Rejected {
        order: order(ordinal),
        places: vec![trashed(&new_file(ordinal))],
    }
}

pub(super) fn change(added: &[&str], leaving: &[&str]) -> Change {
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

pub(super) fn commit(added: &[&str], leaving: &[&str]) -> Step {
    Step::Commit(Box::new(change(added, leaving)))
}

pub(super) fn committed() -> Step {
    Step::Committed {
        version: Some(Version("m2".into())),
    }
}

pub(super) fn withdrawn() -> Step {
    Step::Withdrawn {
        problem: "changed by someone else".into(),
    }
}

pub(super) fn removed(file: &str) -> Step {
    Step::Removed {
        name: name(file),
        places: vec![trashed(file)],
    }
}

pub(super) fn reinstate(file: &str) -> Step {
    Step::Reinstate {
        names: vec![name(file)],
        problem: "not allowed to delete it".into(),
        after: digest(3),
        from: Version("m2".into()),
    }
}

pub(super) fn reinstated() -> Step {
    Step::Reinstated {
        version: Version("m3".into()),
    }
}

pub(super) fn done(ending: Ending) -> Step {
    Step::Done { ending }
}

pub(super) fn undo(file: &str) -> Step {
    Step::Undo {
        back: vec![Returning {
            name: name(file),
            sha256: digest(8),
            places: vec![trashed(file)],
        }],
    }
}

pub(super) fn returned(file: &str) -> Step {
    Step::Returned {
        name: name(file),
        places: vec![place(file)],
    }
}

pub(super) fn state(steps: &[Step]) -> ActorState {
    let records: Vec<Record> = steps
        .iter()
        .map(|step| Record {
            time: "2026-11-22T12:00:00.000000".into(),
            step: step.clone(),
        })
        .collect();
    ActorState::of(&records)
}
