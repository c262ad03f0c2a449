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

fn parse(text: &str) -> ActorManifest {
    ActorManifest::parse(text.as_bytes()).unwrap()
}

#[test]
fn training_data_good_is_true_only_for_the_value_true() {
    for (text, expected) in [
        (r#"{"training_data_good": true}"#, true),
        (r#"{"training_data_good": false}"#, false),
        (r#"{"training_data_good": null}"#, false),
        (r#"{"training_data_good": "true"}"#, false),
        (r#"{"metadata": {"training_data_good": true}}"#, false),
        ("{}", false),
    ] {
        assert_eq!(parse(text).training_data_good(), expected, "{text}");
    }
}

#[test]
fn character_name_and_sex_are_none_unless_strings() {
    let manifest = parse(DOCUMENT);
    assert_eq!(manifest.character_name(), Some("9001_a"));
    for text in [
        "{}",
        r#"{"character_name": 1, "sex": "male"}"#,
        r#"{"character_name": null, "metadata": {"sex": 1}}"#,
        r#"{"metadata": "male"}"#,
    ] {
        let manifest = parse(text);
        assert_eq!(
            (manifest.character_name(), manifest.sex()),
            (None, None),
            "{text}"
        );
    }
}

#[test]
fn actor_type_prefers_metadata_then_root_then_metadata_type() {
    for (text, expected) in [
        (
            r#"{"actor_type": "b", "metadata": {"actor_type": "a", "type": "c"}}"#,
            Some("a"),
        ),
        (
            r#"{"actor_type": "b", "metadata": {"type": "c"}}"#,
            Some("b"),
        ),
        (r#"{"metadata": {"type": "c"}}"#, Some("c")),
        (r#"{"type": "c"}"#, None),
    ] {
        assert_eq!(parse(text).actor_type(), expected, "{text}");
    }
}

#[test]
fn lists_of_another_type_are_errors() {
    for (text, expected) in [
        (r#"{"training_data": {}}"#, "training_data must be an array"),
        (r#"{"base_images": "x"}"#, "base_images must be an array"),
        ("[]", "the document must be an object"),
        ("", "the file is not valid JSON"),
    ] {
        let error = ActorManifest::parse(text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
    }
    parse(r#"{"training_data": null, "base_images": null}"#);
}

#[test]
fn training_data_lists_names_and_urls_or_fails() {
    let file = |name: &str, s3_url: Option<&str>| LocalFile {
        name: ImageName::new(name).unwrap(),
        s3_url: s3_url.map(str::to_owned),
    };
    assert_eq!(
        parse(DOCUMENT).training_data().unwrap(),
        [
            file("9001_a_0.jpg", None),
            file("9001_a_1.jpg", Some("s3://b/9001_a_1.jpg"))
        ]
    );
    for (entry, expected) in [
        ("1", "training_data[1] must be an object"),
        (
            r#"{"filename": ""}"#,
            "training_data[1].filename must be a string",
        ),
        (
            r#"{"filename": "../x"}"#,
            "training_data[1] has an invalid file name",
        ),
    ] {
        let text = format!(r#"{{"training_data": [{{"filename": "x.png"}}, {entry}]}}"#);
        let error = parse(&text).training_data().unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn highest_number_skips_entries_without_one() {
    for (entries, expected) in [
        (json!([]), None),
        (
            json!([{"filename": "x.png"}, {"no": 1}, 2, {"filename": "../a_9.png"}]),
            None,
        ),
        (json!([{"filename": "a_0.png"}]), Some(0)),
        (
            json!([{"filename": "a_3.png"}, {"filename": "a_12.png"}, {"filename": "a_7.png"}]),
            Some(12),
        ),
    ] {
        let manifest = parse(&json!({"training_data": entries}).to_string());
        assert_eq!(manifest.highest_number(), expected, "{entries}");
    }
    assert_eq!(parse("{}").highest_number(), None);
}

#[test]
fn base_images_are_read_from_the_manifest() {
    let actor = ActorId::new("9001_a").unwrap();
    let folder = BaseImageSource::Folder("actors/9001_a/base_image".into());
    let manifest = parse(r#"{"base_images": [7, {"s3_url": "s3://b/x"}]}"#);
    assert_eq!(
        manifest.base_images(&actor),
        [folder.clone(), BaseImageSource::Url("s3://b/x".into())]
    );
    assert_eq!(parse("{}").base_images(&actor), [folder]);
}

#[test]
fn added_entry_has_all_fields_of_the_original_system() {
    let manifest = parse(r#"{"training_data": []}"#);
    let synced = NewTrainingData {
        size_bytes: 5_000_000,
        s3_url: Some("s3://b/9001_a_3.jpg".into()),
        ..new(3)
    };
    let edited = manifest.edited(&BTreeSet::new(), &[new(2), synced], "now");
    let expected = json!({
        "training_data": [
            {
                "filename": "9001_a_2.jpg",
                "local_path": "data/actors/9001_a/training_data/9001_a_2.jpg",
                "size_bytes": 5,
                "size_mb": 0.0,
                "modified_timestamp": 1.5,
                "modified_date": "1970-01-01T00:00:01.500000",
                "md5_hash": "00000000000000000000000000000000",
                "s3_url": null,
                "status": "local_only",
            },
            {
                "filename": "9001_a_3.jpg",
                "local_path": "data/actors/9001_a/training_data/9001_a_3.jpg",
                "size_bytes": 5_000_000,
                "size_mb": 4.77,
                "modified_timestamp": 1.5,
                "modified_date": "1970-01-01T00:00:01.500000",
                "md5_hash": "00000000000000000000000000000000",
                "s3_url": "s3://b/9001_a_3.jpg",
                "status": "synced",
            },
        ],
    });
    // As text, because the order of keys matters, too.
    assert_eq!(root(&edited).to_string(), expected.to_string());
}

#[test]
fn existing_statistics_are_updated_and_none_are_added() {
    let text = r#"{
        "training_data_updated": "then",
        "statistics": {
            "training_images_count": 9,
            "training_data_size_bytes": 9,
            "training_data_size_mb": 9.9,
            "training_synced_count": 9,
            "training_local_only_count": 9,
            "total_files": 9
        },
        "training_data": [
            {"filename": "9001_a_0.jpg", "size_bytes": 1048576, "s3_url": "s3://b/0"},
            {"filename": "9001_a_1.jpg", "size_bytes": 524288, "s3_url": null},
            {"filename": "9001_a_2.jpg"},
            {"filename": "9001_a_3.jpg", "size_bytes": 7}
        ]
    }"#;
    let edited = root(&parse(text).edited(&names(&["9001_a_3.jpg"]), &[], "now"));
    assert_eq!(
        edited["statistics"],
        json!({
            "training_images_count": 3,
            "training_data_size_bytes": 1_572_864,
            "training_data_size_mb": 1.5,
            "training_synced_count": 1,
            "training_local_only_count": 2,
            "total_files": 9,
        })
    );
    assert_eq!(edited["training_data_updated"], "now");

    let small = r#"{"statistics": {"total_files": 1}, "training_data": []}"#;
    assert_eq!(
        root(&parse(small).edited(&names(&["x.png"]), &[], "now")),
        root(&parse(small))
    );
}

#[test]
fn undo_ignores_name_missing_before_but_present_now() {
    let before = parse(DOCUMENT);
    let since = before.edited(&BTreeSet::new(), &[new(2)], "then");
    let undone = since.restored(&before, &names(&["9001_a_2.jpg"]), &BTreeSet::new(), "now");
    assert_eq!(undone.unwrap(), since);
}
