//! Every real manifest of the original system loads, and is written back with nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use manifest::{ActorManifest, TrainingManifest};
use test_support::fixtures::recorded_dir;

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let Some(recorded) = recorded_dir() else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(recorded.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn training_manifests_come_back_byte_for_byte() {
    let files = files("training_manifests");
    if files.is_empty() {
        return;
    }
    assert_eq!(files.len(), 44);
    let mut images = 0;
    for (path, bytes) in files {
        let manifest = TrainingManifest::parse(&bytes).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(
            manifest.images().len() as u64,
            manifest.total_images().unwrap(),
            "{path}"
        );
        images += manifest.images().len();
        assert!(manifest.to_bytes() == bytes, "{path} was changed");
    }
    assert_eq!(images, 440);
}

#[test]
fn actor_manifests_come_back_byte_for_byte() {
    let files = files("actor_manifests");
    if files.is_empty() {
        return;
    }
    assert_eq!(files.len(), 40);
    let mut images = 0;
    for (path, bytes) in files {
        let manifest = ActorManifest::parse(&bytes).unwrap_or_else(|e| panic!("{path}: {e}"));
        images += manifest.training_data().unwrap().len();
        assert!(manifest.to_bytes() == bytes, "{path} was changed");
    }
    assert_eq!(images, 531);
}
