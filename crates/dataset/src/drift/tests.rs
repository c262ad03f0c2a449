//! Each kind of difference between folder and manifests, alone, and its message.

use super::{Drift, StoredActorManifest, find_drift};
use manifest::{ActorManifest, TrainingManifest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use storage::{ObjectKey, ObjectMeta};
use tdbal_types::{ActorId, ImageName};

fn actor() -> ActorId {
    ActorId::new("0004_a").unwrap()
}

fn name(file: &str) -> ImageName {
    ImageName::new(file).unwrap()
}

fn meta(file: &str) -> ObjectMeta {
    ObjectMeta {
        key: ObjectKey::new(format!("actors/0004_a/training_data/{file}")).unwrap(),
        size: 1,
        version: None,
        fingerprint: "1".into(),
    }
}

/// A folder and manifests that agree on two pictures.
struct Fixture {
    training: Value,
    actor_manifest: Value,
    files: Vec<&'static str>,
    is_stored: bool,
}

impl Fixture {
    fn new() -> Self {
        Self {
            training: json!({
                "actor_id": "0004_a",
                "total_images": 2,
                "images": { "a.png": {}, "b.png": {} },
            }),
            actor_manifest: json!({
                "character_name": "0004_a",
                "training_data": [],
            }),
            files: vec!["a.png", "b.png"],
            is_stored: true,
        }
    }

    fn stored_actor_manifest(&self) -> StoredActorManifest {
        let bytes = serde_json::to_vec(&self.actor_manifest).unwrap();
        StoredActorManifest {
            manifest: ActorManifest::parse(&bytes).unwrap(),
            key: ObjectKey::new("actor_manifests/0004_manifest.json").unwrap(),
        }
    }

    fn drift(&self) -> Vec<Drift> {
        self.drift_with(Ok(self.stored_actor_manifest()))
    }

    fn drift_with(&self, actor_manifest: Result<StoredActorManifest, String>) -> Vec<Drift> {
        let bytes = serde_json::to_vec(&self.training).unwrap();
        let training = TrainingManifest::parse(&bytes).unwrap();
        let entries = training.images();
        let local: BTreeMap<ImageName, ObjectMeta> = self
            .files
            .iter()
            .map(|file| (name(file), meta(file)))
            .collect();
        find_drift(
            &actor(),
            &training,
            self.is_stored,
            &entries,
            &local,
            &actor_manifest,
        )
    }
}

#[test]
fn agreement_is_no_drift() {
    assert_eq!(Fixture::new().drift(), []);
}

#[test]
fn files_without_an_entry_are_listed_by_name() {
    let mut fixture = Fixture::new();
    fixture.files = vec!["d.png", "b.png", "c.png", "a.png"];
    let files = vec![name("c.png"), name("d.png")];
    let drift = fixture.drift();
    assert_eq!(drift, [Drift::NotInManifest { files }]);
    assert_eq!(
        drift[0].to_string(),
        "2 files in the folder but not in the training manifest: c.png, d.png"
    );
}

#[test]
fn entry_without_a_file_is_no_drift() {
    let mut fixture = Fixture::new();
    fixture.files.pop();
    assert_eq!(fixture.drift(), []);
}

#[test]
fn wrong_total_is_reported_and_a_missing_one_is_not() {
    let mut fixture = Fixture::new();
    fixture.training["total_images"] = json!(7);
    let drift = fixture.drift();
    let expected = Drift::TotalImages {
        claimed: 7,
        entries: 2,
    };
    assert_eq!(drift, [expected]);
    assert_eq!(
        drift[0].to_string(),
        "the training manifest says total_images is 7, but lists 2 pictures"
    );
    fixture
        .training
        .as_object_mut()
        .unwrap()
        .remove("total_images");
    assert_eq!(fixture.drift(), []);
}

#[test]
fn manifest_of_another_actor_is_reported() {
    let mut fixture = Fixture::new();
    fixture.training["actor_id"] = json!("0005_b");
    let drift = fixture.drift();
    let named = "0005_b".to_owned();
    assert_eq!(drift, [Drift::OtherActor { named }]);
    assert_eq!(
        drift[0].to_string(),
        "the training manifest names another actor: 0005_b"
    );
}

#[test]
fn pictures_only_in_the_actor_manifest_are_counted() {
    let mut fixture = Fixture::new();
    fixture.files.push("c.png");
    fixture.training["images"]["c.png"] = json!({});
    fixture.training["total_images"] = json!(3);
    fixture.actor_manifest["training_data"] = json!([
        { "filename": "a.png" },
        { "filename": "c.png" },
        { "filename": "z.png" },
    ]);
    let drift = fixture.drift();
    assert_eq!(drift, [Drift::OnlyInActorManifest { count: 1 }]);
    assert_eq!(
        drift[0].to_string(),
        "1 picture only in the actor manifest; not part of the set"
    );
}

#[test]
fn unusable_actor_manifest_is_reported_with_its_problem() {
    let problem = "it does not exist".to_owned();
    let drift = Fixture::new().drift_with(Err(problem.clone()));
    assert_eq!(drift, [Drift::NoActorManifest { problem }]);
    assert_eq!(
        drift[0].to_string(),
        "Failed to load manifest: it does not exist"
    );
}

#[test]
fn training_manifest_that_is_not_stored_is_not_compared() {
    let mut fixture = Fixture::new();
    fixture.is_stored = false;
    fixture.files.push("c.png");
    fixture.training["total_images"] = json!(7);
    fixture.training["actor_id"] = json!("0005_b");
    assert_eq!(fixture.drift(), []);
}

#[test]
fn drift_keeps_its_json_form() {
    let drift = [
        Drift::NotInManifest {
            files: vec![name("c.png")],
        },
        Drift::TotalImages {
            claimed: 7,
            entries: 2,
        },
        Drift::OtherActor {
            named: "0005_b".into(),
        },
        Drift::OnlyInActorManifest { count: 1 },
        Drift::NoActorManifest {
            problem: "p".into(),
        },
    ];
    let expected = json!([
        { "kind": "not_in_manifest", "files": ["c.png"] },
        { "kind": "total_images", "claimed": 7, "entries": 2 },
        { "kind": "other_actor", "named": "0005_b" },
        { "kind": "only_in_actor_manifest", "count": 1 },
        { "kind": "no_actor_manifest", "problem": "p" },
    ]);
    assert_eq!(serde_json::to_value(&drift).unwrap(), expected);
    assert_eq!(
        serde_json::from_value::<Vec<Drift>>(expected).unwrap(),
        drift
    );
}
