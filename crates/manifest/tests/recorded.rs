//! Tests on recorded manifests of the original system (the scripts that tdbal replaces): every one
//! can be parsed, edited and written back without loss. Skipped if the recordings are not
//! available.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use manifest::{
    ActorManifest, AdoptedFile, DoubleEntry, Edit, GenerationNote, NewImage, NewTrainingData,
    TrainingManifest,
};
use serde_json::Value;
use std::collections::BTreeSet;
use tdbal_types::{ImageClass, ImageName, RunId};
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
fn training_manifests_round_trip_byte_for_byte() {
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
fn actor_manifests_round_trip_byte_for_byte() {
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

fn training() -> Vec<(String, TrainingManifest)> {
    files("training_manifests")
        .into_iter()
        .map(|(path, bytes)| (path, TrainingManifest::parse(&bytes).unwrap()))
        .collect()
}

fn actors() -> Vec<(String, ActorManifest)> {
    files("actor_manifests")
        .into_iter()
        .map(|(path, bytes)| (path, ActorManifest::parse(&bytes).unwrap()))
        .collect()
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// A file name that occurs in no recorded manifest.
fn name(number: usize) -> ImageName {
    ImageName::new(format!("adopted_{number}.png")).unwrap()
}

#[test]
fn recorded_manifests_have_no_duplicates_or_repeated_keys() {
    let (training, actors) = (training(), actors());
    if training.is_empty() {
        return;
    }
    assert_eq!((training.len(), actors.len()), (44, 40));
    for (path, manifest) in &training {
        assert_eq!(manifest.double_entries(), [], "{path}");
        assert_eq!(manifest.repeated_keys(), [""; 0], "{path}");
    }
    for (path, manifest) in &actors {
        assert_eq!(manifest.double_entries(), [], "{path}");
        assert_eq!(manifest.repeated_keys(), [""; 0], "{path}");
        assert!(
            manifest.without_double_entries("now") == *manifest,
            "{path}"
        );
    }
}

#[test]
fn copied_entry_is_found_in_every_recorded_manifest() {
    let (mut pictures, mut files) = (0, 0);
    for (path, manifest) in training() {
        let mut document = value(&manifest.to_bytes());
        let images = document["images"].as_object_mut().unwrap();
        let copies: Vec<Value> = images.values().cloned().collect();
        for (number, entry) in copies.into_iter().enumerate() {
            images.insert(format!("adopted_{number}.png"), entry);
        }
        let doubled = TrainingManifest::parse(document.to_string().as_bytes()).unwrap();
        let found = doubled.double_entries();
        assert_eq!(found.len(), manifest.images().len(), "{path}");
        for double in found {
            let DoubleEntry::SameObject { names, doubles, .. } = double else {
                panic!("{path}: {double:?}");
            };
            assert_eq!(names.len(), 2, "{path}");
            assert_eq!(doubles, names[1..], "{path}");
            pictures += 1;
        }
    }
    for (path, manifest) in actors() {
        let mut document = value(&manifest.to_bytes());
        let Some(Value::Array(entries)) = document.get_mut("training_data") else {
            continue;
        };
        entries.extend_from_within(..);
        let doubled = ActorManifest::parse(document.to_string().as_bytes()).unwrap();
        let found = doubled.double_entries().len();
        assert_eq!(found, manifest.training_data().unwrap().len(), "{path}");
        files += found;
        let single = value(&doubled.without_double_entries("now").to_bytes());
        let before = value(&manifest.to_bytes());
        let texts = [&single, &before].map(|root| root["training_data"].to_string());
        assert!(texts[0] == texts[1], "{path}");
    }
    if pictures > 0 {
        assert_eq!((pictures, files), (440, 531));
    }
}

#[test]
fn adopting_files_can_be_undone_in_every_manifest() {
    let mut seen = 0;
    for (path, manifest) in training() {
        let first = manifest.highest_number().map_or(0, |number| number + 1);
        let files: Vec<AdoptedFile> = (0..3)
            .map(|number| AdoptedFile {
                name: name(number),
                index: first + number as u64,
                s3_url: None,
                local_path: format!("data/adopted_{number}.png"),
            })
            .collect();
        let adopted = manifest.with_adopted(&files, "now").unwrap();
        assert_eq!(
            adopted.images().len(),
            manifest.images().len() + 3,
            "{path}"
        );
        assert_eq!(adopted.highest_number(), Some(first + 2), "{path}");
        let out = files.into_iter().map(|file| file.name).collect();
        let undone = adopted.restored(&manifest, &BTreeSet::new(), &out, "now");
        assert_eq!(undone.unwrap().images(), manifest.images(), "{path}");
        seen += 1;
    }
    assert!(seen == 44 || recorded_dir().is_none());
}

/// Removes every second picture (first the even, then the odd ones), adds one, and undoes that. The
/// entries are then the same byte for byte.
#[test]
fn edit_can_be_undone_in_every_training_manifest() {
    let mut seen = 0;
    for (path, before) in training() {
        let text = |manifest: &TrainingManifest| value(&manifest.to_bytes())["images"].to_string();
        let names = before.images().into_iter().map(|entry| entry.name);
        let (even, odd) = halves(names);
        for remove in [even, odd] {
            seen += remove.len();
            let edited = before.edited(&Edit {
                remove: remove.clone(),
                add: vec![new_image(before.highest_number().unwrap_or(0) + 1)],
                note: GenerationNote {
                    run: RunId::new("run-1").unwrap(),
                    generated_by: "a test".into(),
                },
                now: "then".into(),
            });
            let out = BTreeSet::from([name(0)]);
            let undone = edited.unwrap().restored(&before, &remove, &out, "now");
            assert!(text(&undone.unwrap()) == text(&before), "{path}");
        }
    }
    assert!(seen == 440 || recorded_dir().is_none());
}

#[test]
fn edit_can_be_undone_in_every_actor_manifest() {
    let mut seen = 0;
    for (path, before) in actors() {
        let text =
            |manifest: &ActorManifest| value(&manifest.to_bytes())["training_data"].to_string();
        let names = before.training_data().unwrap().into_iter();
        let (even, odd) = halves(names.map(|file| file.name));
        for remove in [even, odd] {
            seen += remove.len();
            let edited = before.edited(&remove, &[new_training_data()], "then");
            let out = BTreeSet::from([name(0)]);
            let undone = edited.restored(&before, &remove, &out, "now");
            assert!(text(&undone.unwrap()) == text(&before), "{path}");
        }
    }
    assert!(seen == 531 || recorded_dir().is_none());
}

fn halves(names: impl Iterator<Item = ImageName>) -> (BTreeSet<ImageName>, BTreeSet<ImageName>) {
    let (even, odd): (Vec<_>, Vec<_>) = names.enumerate().partition(|(at, _)| at % 2 == 0);
    let plain = |list: Vec<(usize, ImageName)>| list.into_iter().map(|(_, name)| name).collect();
    (plain(even), plain(odd))
}

fn new_image(index: u64) -> NewImage {
    NewImage {
        name: name(0),
        index,
        class: ImageClass::BwStylized,
        prompt: "a ferry at dawn".into(),
        s3_url: None,
        local_path: "data/adopted_0.png".into(),
        prediction_id: "abc".into(),
        model: "m".into(),
        generated_at: "then".into(),
    }
}

fn new_training_data() -> NewTrainingData {
    NewTrainingData {
        name: name(0),
        local_path: "data/adopted_0.png".into(),
        size_bytes: 5,
        modified_timestamp: 1.5,
        modified_date: "1970-01-01T00:00:01.500000".into(),
        md5_hash: "0".repeat(32),
        s3_url: None,
    }
}
