use super::*;
use proptest::prelude::*;

const DOCUMENT: &str = r#"{
  "character_name": "9001_a",
  "metadata": {"sex": "female", "age": "30"},
  "statistics": {"total_files": 1, "training_images_count": 2, "training_data_size_bytes": 30, "training_synced_count": 1},
  "training_data": [
    {"filename": "9001_a_0.jpg", "size_bytes": 10, "s3_url": null, "kept": 1},
    {"filename": "9001_a_1.jpg", "size_bytes": 20, "s3_url": "s3://b/9001_a_1.jpg"}
  ],
  "lora_model": {}
}"#;

fn new(index: u32) -> NewTrainingData {
    NewTrainingData {
        name: ImageName::new(format!("9001_a_{index}.jpg")).unwrap(),
        local_path: format!("data/actors/9001_a/training_data/9001_a_{index}.jpg"),
        size_bytes: 5,
        modified_timestamp: 1.5,
        modified_date: "1970-01-01T00:00:01.500000".into(),
        md5_hash: "0".repeat(32),
        s3_url: None,
    }
}

#[test]
fn edit_changes_entries_and_statistics() {
    let manifest = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
    let remove = BTreeSet::from([ImageName::new("9001_a_1.jpg").unwrap()]);
    let edited = manifest.edited(&remove, &[new(2)], "now");
    let value: Value = serde_json::from_slice(&edited.to_bytes()).unwrap();
    assert_eq!(value["training_data"][0]["kept"], 1);
    assert_eq!(value["training_data"][1]["filename"], "9001_a_2.jpg");
    assert_eq!(
        value["statistics"],
        json!({"total_files": 1, "training_images_count": 2, "training_data_size_bytes": 15, "training_synced_count": 0})
    );
    assert_eq!(
        edited.edited(&remove, &[new(2)], "now"),
        edited,
        "repeated edit"
    );
}

#[test]
fn edit_without_training_data_changes_nothing() {
    let manifest = ActorManifest::parse(br#"{"a": 1}"#).unwrap();
    assert_eq!(
        manifest.edited(&BTreeSet::new(), &[new(1)], "now"),
        manifest
    );
}

#[test]
fn sex_type_and_pictures_are_read() {
    let manifest = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
    assert_eq!(manifest.sex(), Some("female"));
    assert_eq!(manifest.actor_type(), None);
    assert!(!manifest.training_data_good());
    assert_eq!(manifest.training_data().unwrap().len(), 2);
}

#[test]
fn entry_without_file_name_is_an_error_with_its_path() {
    let manifest = ActorManifest::parse(br#"{"training_data": [{}]}"#).unwrap();
    let error = manifest.training_data().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("training_data[0].filename must be a string"),
        "{error}"
    );
}

fn names(texts: &[&str]) -> BTreeSet<ImageName> {
    texts
        .iter()
        .map(|text| ImageName::new(*text).unwrap())
        .collect()
}

fn root(manifest: &ActorManifest) -> Value {
    serde_json::from_slice(&manifest.to_bytes()).unwrap()
}

#[test]
fn edit_is_undone_on_manifest_changed_since() {
    let before = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
    let (remove, added) = (names(&["9001_a_0.jpg"]), names(&["9001_a_2.jpg"]));
    let since = before.edited(&remove, &[new(2)], "then");
    // Another run has added a picture since.
    let since = since.edited(&BTreeSet::new(), &[new(3)], "later");
    let undone = since.restored(&before, &remove, &added, "now").unwrap();
    let value = root(&undone);
    let files: Vec<_> = undone.training_data().unwrap();
    let files: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(files, ["9001_a_0.jpg", "9001_a_1.jpg", "9001_a_3.jpg"]);
    assert_eq!(value["training_data"][0]["kept"], 1);
    assert_eq!(value["statistics"]["training_images_count"], 3);
    assert_eq!(value["statistics"]["training_data_size_bytes"], 35);
    let again = undone.restored(&before, &remove, &added, "again").unwrap();
    assert_eq!(again, undone);
}

#[test]
fn undo_ignores_pictures_the_manifest_never_had() {
    let before = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
    let back = names(&["only_in_the_training_manifest.png"]);
    let undone = before.restored(&before, &back, &BTreeSet::new(), "now");
    assert_eq!(undone.unwrap(), before);
    let none = ActorManifest::parse(b"{}").unwrap();
    let undone = none.restored(&none, &back, &back, "now");
    assert_eq!(undone.unwrap(), none);
}

#[test]
fn undo_recreates_missing_training_data() {
    let before = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
    let back = names(&["9001_a_1.jpg"]);
    for gone in [&br#"{"a": 1}"#[..], br#"{"training_data": null, "a": 1}"#] {
        let gone = ActorManifest::parse(gone).unwrap();
        let undone = gone.restored(&before, &back, &BTreeSet::new(), "now");
        assert_eq!(
            root(&undone.unwrap()),
            json!({
                "training_data": [root(&before)["training_data"][1]],
                "a": 1,
            })
        );
    }
}

#[test]
fn undo_does_not_replace_changed_entry() {
    let before = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
    let back = names(&["9001_a_1.jpg"]);
    let mut newer = new(1);
    newer.md5_hash = "1".repeat(32);
    let since = before.edited(&back, &[newer], "then");
    let error = since
        .restored(&before, &back, &BTreeSet::new(), "now")
        .unwrap_err();
    assert!(
        matches!(&error, ManifestError::Changed { name } if name.as_str() == "9001_a_1.jpg"),
        "{error}"
    );
}

#[test]
fn first_of_duplicate_entries_is_kept() {
    let text = DOCUMENT.replace(
        r#""lora_model""#,
        r#""training_data_updated": "then", "lora_model""#,
    );
    let single = ActorManifest::parse(text.as_bytes()).unwrap();
    assert_eq!(single.double_entries(), []);
    assert_eq!(single.without_double_entries("now"), single);

    let mut value = root(&single);
    let entries = value["training_data"].as_array_mut().unwrap();
    entries.push(json!({"filename": "9001_a_0.jpg", "size_bytes": 7}));
    entries.push(json!({"no_file_name": 1}));
    entries.push(json!({"no_file_name": 1}));
    let bytes = serde_json::to_vec(&value).unwrap();
    let double = ActorManifest::parse(&bytes).unwrap();
    assert_eq!(
        double.double_entries(),
        [DoubleEntry::SameFile {
            file_name: "9001_a_0.jpg".into(),
            positions: vec![0, 2],
        }]
    );
    let cleaned = root(&double.without_double_entries("now"));
    assert_eq!(cleaned["training_data"].as_array().unwrap().len(), 4);
    assert_eq!(cleaned["training_data"][0]["kept"], 1);
    assert_eq!(cleaned["statistics"]["training_data_size_bytes"], 30);
    assert_eq!(cleaned["training_data_updated"], "now");
}

#[test]
fn undo_fails_if_a_key_is_repeated() {
    let text = DOCUMENT.replace(r#""kept": 1"#, r#""kept": 1, "kept": 2"#);
    let repeated = ActorManifest::parse(text.as_bytes()).unwrap();
    assert_eq!(repeated.repeated_keys(), ["training_data[0].kept"]);
    let whole = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
    assert_eq!(whole.repeated_keys(), [""; 0]);
    let none = BTreeSet::new();
    for (now, before) in [(&repeated, &whole), (&whole, &repeated)] {
        let error = now.restored(before, &none, &none, "now").unwrap_err();
        assert_eq!(
            error.to_string(),
            "duplicate key training_data[0].kept (only the last value would be kept; fix the file by \
             hand, tdbal does not overwrite it)"
        );
    }
}

proptest! {
    #[test]
    fn undo_of_any_edit_restores_training_data(
        files in proptest::collection::vec(0_u32..30, 0..20),
        removed in proptest::collection::btree_set(0_u32..30, 0..20),
        added in proptest::collection::btree_set(30_u32..40, 0..8),
    ) {
        // File names repeat, and one entry has no name.
        let mut entries: Vec<Value> = files
            .iter()
            .enumerate()
            .map(|(at, file)| json!({"z": at, "filename": format!("9001_a_{file}.jpg"), "a": [0.5]}))
            .collect();
        entries.insert(entries.len() / 2, json!({"note": "no file"}));
        let bytes = serde_json::to_vec(&json!({"training_data": entries})).unwrap();
        let before = ActorManifest::parse(&bytes).unwrap();
        let of = |numbers: &BTreeSet<u32>| -> BTreeSet<ImageName> {
            numbers.iter().map(|&number| new(number).name).collect()
        };
        let add: Vec<NewTrainingData> = added.iter().map(|&number| new(number)).collect();
        let edited = before.edited(&of(&removed), &add, "then");
        let undone = edited.restored(&before, &of(&removed), &of(&added), "now").unwrap();
        prop_assert_eq!(
            root(&undone)["training_data"].to_string(),
            root(&before)["training_data"].to_string()
        );
    }
}
