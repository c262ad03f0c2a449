//! Facts about a small actor, for the tests of the pure parts.

use crate::examine::Offline;
use crate::facts::Facts;
use crate::objects::{ObjectState, Objects, PresentObject};
use crate::read::Read;
use dataset::discovery::ActorFiles;
use dataset::{DataReader, layout, set};
use journal::FolderJournals;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{
    MemoryStore, ObjectKey, ObjectMeta, ObjectStore as _, ObjectUrl, PutMode, ReadOnlyStores,
};
use tdbal_types::{ActorId, Digest, ImageName};

/// The training manifest of a healthy actor with two pictures.
pub(crate) const TRAINING: &str = r#"{
  "actor_id": "9001_test",
  "total_images": 2,
  "images": {
    "9001_test_1.png": {"index": 1, "s3_url": "s3://bucket/9001_test/9001_test_1.png"},
    "9001_test_2.png": {"index": 2, "s3_url": "s3://bucket/9001_test/9001_test_2.png"}
  }
}"#;

/// The actor manifest of the same actor.
pub(crate) const LISTING: &str = r#"{
  "character_name": "9001_test",
  "training_data": [{"filename": "9001_test_1.png"}, {"filename": "9001_test_2.png"}]
}"#;

/// The local files of the same actor.
pub(crate) const FILES: [&str; 2] = ["9001_test_1.png", "9001_test_2.png"];

/// Size in bytes of every picture.
pub(crate) const SIZE: u64 = 100;

pub(crate) fn name(text: &str) -> ImageName {
    ImageName::new(text).unwrap()
}

pub(crate) fn names(texts: &[&str]) -> Vec<ImageName> {
    texts.iter().map(|text| name(text)).collect()
}

pub(crate) fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

/// The bytes of a readable picture.
pub(crate) fn picture(byte: u8) -> Read {
    Read {
        size: SIZE,
        sha256: digest(byte),
        problem: None,
    }
}

/// Bytes that are not a picture.
pub(crate) fn broken() -> Read {
    Read {
        problem: Some("it is empty".into()),
        ..picture(0)
    }
}

/// An object of that many bytes.
pub(crate) fn present(size: u64, read: Option<Read>) -> ObjectState {
    let url = ObjectUrl::parse("s3://bucket/9001_test/any.png", &[]).unwrap();
    ObjectState::Present(PresentObject { url, size, read })
}

/// A healthy actor.
pub(crate) async fn healthy() -> Facts {
    facts(TRAINING, LISTING, &FILES).await
}

/// An actor with these manifests and files, and an object for each of [`FILES`].
pub(crate) async fn facts(training: &str, listing: &str, files: &[&str]) -> Facts {
    let actor = ActorId::new("9001_test").unwrap();
    let store = MemoryStore::new("data");
    let manifests = [
        (layout::training_manifest(&actor).unwrap(), training),
        (layout::actor_manifests(&actor)[0].clone(), listing),
    ];
    for (key, text) in manifests {
        let bytes = text.to_owned().into();
        store.put(&key, bytes, PutMode::Create).await.unwrap();
    }
    let reader = DataReader::new(
        Arc::new(store),
        Arc::new(ReadOnlyStores::new(Arc::new(Offline))),
        Arc::new(FolderJournals::new("does/not/exist")),
    );
    let local = |file: &&str| ObjectMeta {
        key: ObjectKey::new(format!("{}/{file}", layout::training_folder(&actor))).unwrap(),
        size: SIZE,
        version: None,
        fingerprint: String::new(),
    };
    let mut found = ActorFiles::default();
    found.training = files.iter().map(local).collect();
    let now = "2026-11-22T12:00:00.000000";
    let states = FILES.map(|file| (name(file), present(SIZE, None)));
    Facts {
        set: set::load(&reader, &actor, &found, now).await.unwrap(),
        is_unfinished: false,
        objects: Objects {
            states: BTreeMap::from(states),
            ..Objects::default()
        },
        read: BTreeMap::new(),
        unreadable: Vec::new(),
        found_objects: BTreeMap::new(),
        base_image: None,
    }
}
