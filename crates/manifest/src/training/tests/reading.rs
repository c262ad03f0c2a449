//! Values read from a manifest.

use super::*;

fn parse(text: &str) -> TrainingManifest {
    TrainingManifest::parse(text.as_bytes()).unwrap()
}

#[test]
fn images_have_the_values_of_their_entries() {
    let manifest = parse(
        r#"{"images": {
            "b.png": {"index": -3, "s3_url": "", "prompt": null, "type": "photorealistic"},
            "a_2.png": {
                "index": 7,
                "s3_url": "s3://b/a_2.png",
                "prompt": "a man",
                "type": "balance",
                "generation_type": "color_stylized"
            },
            "c.png": {"index": "7", "type": "bw_stylized", "generation_type": "photorealistic"},
            "d.png": {"type": "existing", "generation_type": 5}
        }}"#,
    );
    let empty = ImageEntry {
        name: name("d.png"),
        index: None,
        s3_url: None,
        prompt: None,
        class: None,
    };
    assert_eq!(
        manifest.images(),
        [
            ImageEntry {
                name: name("b.png"),
                index: Some(-3),
                class: Some(ImageClass::Photorealistic),
                ..empty.clone()
            },
            ImageEntry {
                name: name("a_2.png"),
                index: Some(7),
                s3_url: Some("s3://b/a_2.png".into()),
                prompt: Some("a man".into()),
                class: Some(ImageClass::ColorStylized),
            },
            ImageEntry {
                name: name("c.png"),
                class: Some(ImageClass::BwStylized),
                ..empty.clone()
            },
            empty,
        ]
    );
}

#[test]
fn actor_id_and_total_images_are_none_unless_of_right_type() {
    let manifest = parse(SMALL);
    assert_eq!(manifest.actor_id(), Some("9001_a"));
    assert_eq!(manifest.total_images(), Some(2));
    for text in ["{}", r#"{"actor_id": 9001, "total_images": "2"}"#] {
        let manifest = parse(text);
        assert_eq!(manifest.actor_id(), None, "{text}");
        assert_eq!(manifest.total_images(), None, "{text}");
        assert_eq!(manifest.images(), []);
    }
}

#[test]
fn highest_number_covers_names_indexes_and_stored_number() {
    for (text, expected) in [
        ("{}", None),
        (r#"{"images": {"x.png": {"index": -1}}}"#, None),
        (r#"{"images": {"x.png": {"index": 0}}}"#, Some(0)),
        (
            r#"{"images": {"a_12.png": {"index": 3}, "a_4.png": {}}}"#,
            Some(12),
        ),
        (r#"{"images": {"a_12.png": {"index": 13}}}"#, Some(13)),
        (
            r#"{"last_index": 14, "images": {"a_12.png": {"index": 13}}}"#,
            Some(14),
        ),
        (r#"{"last_index": 2, "images": {"a_12.png": {}}}"#, Some(12)),
        (r#"{"last_index": "14", "images": {}}"#, None),
    ] {
        assert_eq!(parse(text).highest_number(), expected, "{text}");
    }
}

#[test]
fn used_prompts_cover_entries_and_generation_records() {
    let manifest = parse(
        r#"{
            "images": {
                "a.png": {"prompt": "of an entry"},
                "b.png": {"prompt": "of both"},
                "c.png": {"prompt": ""}
            },
            "generations": [
                {"metadata": {"prompts": ["of both", "of a record", 7]}},
                {"metadata": {"prompts": "not a list"}},
                {"metadata": {}},
                {},
                {"metadata": {"prompts": ["of a later record"]}}
            ]
        }"#,
    );
    let expected = ["of a later record", "of a record", "of an entry", "of both"];
    assert_eq!(manifest.used_prompts(), expected.map(str::to_owned).into());
    assert_eq!(parse("{}").used_prompts(), BTreeSet::new());
}

#[test]
fn mark_is_replaced_by_the_next_one() {
    let manifest = parse(SMALL);
    assert_eq!(manifest.mark(), None);
    let marked = manifest.clone().marked("run-1");
    assert_eq!(marked.mark(), Some("run-1"));
    assert_eq!(marked.clone().marked("run-2").mark(), Some("run-2"));
    let stored: Value = serde_json::from_slice(&marked.to_bytes()).unwrap();
    assert_eq!(stored["last_change"], "run-1");
    assert_eq!(marked.images(), manifest.images());
}

#[test]
fn null_images_and_names_with_folders_are_errors() {
    for (text, expected) in [
        (r#"{"images": null}"#, "images must be an object"),
        (
            r#"{"images": {"a/b.png": {}}}"#,
            "images[\"a/b.png\"] has an invalid file name",
        ),
        (
            r#"{"images": {"a.png": null}}"#,
            "images[\"a.png\"] must be an object",
        ),
    ] {
        let error = TrainingManifest::parse(text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn empty_manifest_has_all_keys_of_the_original_system() {
    let manifest = TrainingManifest::empty(&ActorId::new("9001_a").unwrap(), "now");
    let expected = json!({
        "actor_id": "9001_a",
        "created_at": "now",
        "updated_at": "now",
        "total_images": 0,
        "generations": [],
        "images": {},
    });
    assert_eq!(manifest.to_bytes(), format!("{expected:#}").into_bytes());
    assert_eq!(parse(&expected.to_string()).images(), []);
}

#[test]
fn converted_actor_manifest_has_entries_and_one_record() {
    let source = ActorManifest::parse(
        br#"{"training_data": [
            {"filename": "9001_a_3.jpg", "s3_url": "s3://b/k"},
            {"filename": "x.png"}
        ]}"#,
    )
    .unwrap();
    let actor = ActorId::new("9001_a").unwrap();
    let manifest = TrainingManifest::from_actor_manifest(&actor, &source, "now").unwrap();
    let entry = |s3_url: Value, index: u64| {
        json!({
            "generated_at": "now",
            "s3_url": s3_url,
            "index": index,
            "generation_id": 1,
            "generation_type": "existing",
        })
    };
    let expected = json!({
        "actor_id": "9001_a",
        "created_at": "now",
        "updated_at": "now",
        "total_images": 2,
        "generations": [{
            "generation_id": 1,
            "type": "existing",
            "generated_at": "now",
            "image_count": 2,
            "metadata": {"source": "actor_manifest_training_data"},
        }],
        // A name without a number gets its position as its index.
        "images": {"9001_a_3.jpg": entry(json!("s3://b/k"), 3), "x.png": entry(Value::Null, 1)},
    });
    assert_eq!(manifest.to_bytes(), format!("{expected:#}").into_bytes());

    let invalid = ActorManifest::parse(br#"{"training_data": [1]}"#).unwrap();
    let error = TrainingManifest::from_actor_manifest(&actor, &invalid, "now").unwrap_err();
    assert!(
        error.to_string().starts_with("training_data[0] must be"),
        "{error}"
    );
}
