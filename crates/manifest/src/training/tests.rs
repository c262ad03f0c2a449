use super::manifest::LAST_INDEX;
use super::*;
use crate::{ActorManifest, DoubleEntry, ManifestError};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageClass, ImageName, RunId};

mod adopted;
mod editing;
mod reading;
mod restored;

const SMALL: &str = r#"{
  "zeta": {"kept": [1, 2.50, null]},
  "actor_id": "9001_a",
  "images": {
    "9001_a_7.png": {"index": 7, "s3_url": "https://b.s3.us-west-1.amazonaws.com/k/9001_a_7.png", "odd": true},
    "9001_a_2.png": {"index": 2, "prompt": "a man", "type": "bw_stylized"}
  },
  "total_images": 2,
  "generations": [{"generation_id": 4, "type": "existing"}]
}"#;

fn name(text: &str) -> ImageName {
    ImageName::new(text).unwrap()
}

fn new_image(index: u64) -> NewImage {
    NewImage {
        name: name(&format!("9001_a_{index}.jpg")),
        index,
        class: ImageClass::ColorStylized,
        prompt: "p".repeat(120),
        s3_url: None,
        local_path: format!("data/actors/9001_a/training_data/9001_a_{index}.jpg"),
        prediction_id: "abc".into(),
        model: "m".into(),
        generated_at: "2026-01-01T00:00:00.000000".into(),
    }
}

fn edit(remove: &[&str], add: Vec<NewImage>) -> Edit {
    Edit {
        remove: remove.iter().map(|text| name(text)).collect(),
        add,
        note: GenerationNote {
            run: RunId::new("run-1").unwrap(),
            generated_by: "tdbal".into(),
        },
        now: "2026-01-02T00:00:00.000000".into(),
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn edit_keeps_unknown_fields_and_key_order() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let edited = manifest
        .edited(&edit(&["9001_a_2.png"], vec![new_image(8)]))
        .unwrap();
    let value: Value = serde_json::from_slice(&edited.to_bytes()).unwrap();
    assert_eq!(
        keys(&value),
        [
            "zeta",
            "actor_id",
            "images",
            "total_images",
            "generations",
            "updated_at",
            "last_index"
        ]
    );
    assert_eq!(keys(&value["images"]), ["9001_a_7.png", "9001_a_8.jpg"]);
    assert_eq!(value["images"]["9001_a_7.png"]["odd"], true);
    assert_eq!(value["zeta"]["kept"], json!([1, 2.50, null]));
    assert_eq!(value["total_images"], 2);
    assert_eq!(value["generations"][1]["generation_id"], 5);
    assert_eq!(value["generations"][1]["image_count"], 1);
    let entry = &value["images"]["9001_a_8.jpg"];
    assert_eq!(entry["type"], "color_stylized");
    assert_eq!(entry["generation_id"], 5);
    assert_eq!(entry["prompt_preview"].as_str().unwrap().len(), 103);
}

#[test]
fn highest_number_survives_removal_of_its_picture() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let without = manifest.edited(&edit(&["9001_a_7.png"], vec![])).unwrap();
    assert_eq!(without.highest_number(), Some(7));
    assert_eq!(without.images().len(), 1);
}

#[test]
fn edit_adding_existing_picture_fails() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let mut existing = new_image(9);
    existing.name = name("9001_a_7.png");
    assert!(matches!(
        manifest.edited(&edit(&[], vec![existing])),
        Err(ManifestError::Duplicate { .. })
    ));
}

#[test]
fn invalid_manifest_is_an_error_not_an_empty_manifest() {
    for (bad, expected) in [
        ("", "not valid JSON"),
        ("{\"images\": ", "not valid JSON"),
        ("[]", "the document must be an object"),
        ("{\"images\": []}", "images must be an object"),
        (
            "{\"images\": {\"a.png\": 1}}",
            "images[\"a.png\"] must be an object",
        ),
        (
            "{\"images\": {\"../a.png\": {}}}",
            "images[\"../a.png\"] has an invalid file name",
        ),
        ("{\"generations\": {}}", "generations must be an array"),
    ] {
        let error = TrainingManifest::parse(bad.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{bad}: {error}");
    }
}

#[test]
fn actor_manifest_is_converted_to_training_manifest() {
    let source = ActorManifest::parse(
        br#"{"training_data": [{"filename": "9001_a_3.jpg", "s3_url": "s3://b/k"}, {"filename": "x.png"}]}"#,
    )
    .unwrap();
    let actor = ActorId::new("9001_a").unwrap();
    let manifest = TrainingManifest::from_actor_manifest(&actor, &source, "now").unwrap();
    let images = manifest.images();
    assert_eq!(images.len(), 2);
    assert_eq!(images[0].index, Some(3));
    assert_eq!(images[0].s3_url.as_deref(), Some("s3://b/k"));
    assert_eq!(manifest.total_images(), Some(2));
}

#[test]
fn every_change_fails_if_a_key_is_repeated() {
    let text = SMALL.replace(
        r#""9001_a_2.png": {"#,
        r#""9001_a_7.png": {"index": 70}, "9001_a_2.png": {"index": 1, "#,
    );
    let manifest = TrainingManifest::parse(text.as_bytes()).unwrap();
    assert_eq!(
        manifest.repeated_keys(),
        [
            r#"images["9001_a_7.png"]"#,
            r#"images["9001_a_2.png"].index"#
        ]
    );
    let whole = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    assert_eq!(whole.repeated_keys(), [""; 0]);
    let none = BTreeSet::new();
    let changes = [
        manifest.edited(&edit(&["9001_a_2.png"], vec![])),
        manifest.with_adopted(&[], "now"),
        manifest.restored(&whole, &none, &none, "now"),
        whole.restored(&manifest, &none, &none, "now"),
    ];
    for change in changes {
        assert_eq!(
            change.unwrap_err().to_string(),
            "duplicate keys images[\"9001_a_7.png\"], images[\"9001_a_2.png\"].index (only the last \
             value would be kept; fix the file by hand, tdbal does not overwrite it)"
        );
    }
}

#[test]
fn entry_is_found_by_name() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    assert!(manifest.contains(&name("9001_a_2.png")));
    assert!(!manifest.contains(&name("9001_a_3.png")));
    assert_eq!(
        manifest.raw_entry(&name("9001_a_2.png")),
        Some(&json!({"index": 2, "prompt": "a man", "type": "bw_stylized"}))
    );
    assert_eq!(manifest.raw_entry(&name("9001_a_3.png")), None);
}

#[test]
fn entries_with_the_same_url_are_duplicates() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    assert_eq!(manifest.double_entries(), []);
    let url = "https://b.s3.us-west-1.amazonaws.com/k/9001_a_7.png";
    let text = SMALL.replace(
        r#""9001_a_2.png": {"#,
        &format!(r#""copy.png": {{"s3_url": "{url}"}}, "9001_a_2.png": {{"s3_url": "", "#),
    );
    let manifest = TrainingManifest::parse(text.as_bytes()).unwrap();
    assert_eq!(
        manifest.double_entries(),
        [DoubleEntry::SameObject {
            s3_url: url.into(),
            names: vec![name("9001_a_7.png"), name("copy.png")],
            doubles: vec![name("copy.png")],
        }]
    );
}

proptest! {
    #[test]
    fn any_edit_leaves_exactly_the_expected_entries(
        numbers in proptest::collection::btree_set(0_u64..60, 0..20),
        removed in proptest::collection::btree_set(0_u64..60, 0..20),
        added in proptest::collection::btree_set(60_u64..80, 0..8),
    ) {
        let images: Map<String, Value> = numbers
            .iter()
            .map(|number| (format!("a_{number}.png"), json!({"index": number, "x": [number]})))
            .collect();
        let bytes = serde_json::to_vec(&json!({"b": 1, "images": images, "a": 2})).unwrap();
        let manifest = TrainingManifest::parse(&bytes).unwrap();
        let remove: Vec<String> = removed.iter().map(|number| format!("a_{number}.png")).collect();
        let remove: Vec<&str> = remove.iter().map(String::as_str).collect();
        let add: Vec<NewImage> = added.iter().map(|&number| new_image(number)).collect();
        let edited = manifest.edited(&edit(&remove, add.clone())).unwrap();
        let names: BTreeSet<String> =
            edited.images().into_iter().map(|entry| entry.name.into()).collect();
        let expected: BTreeSet<String> = numbers
            .difference(&removed)
            .map(|number| format!("a_{number}.png"))
            .chain(add.into_iter().map(|image| image.name.into()))
            .collect();
        prop_assert_eq!(&names, &expected);
        prop_assert_eq!(edited.total_images(), Some(expected.len() as u64));
        let again = TrainingManifest::parse(&edited.to_bytes()).unwrap();
        prop_assert_eq!(again, edited.clone());
        prop_assert_eq!(
            edited.highest_number(),
            numbers.iter().chain(&added).max().copied()
        );
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = TrainingManifest::parse(&bytes);
    }
}
