//! What an edit writes.

use super::*;

fn edited(text: &str, edit: &Edit) -> Value {
    let manifest = TrainingManifest::parse(text.as_bytes()).unwrap();
    serde_json::from_slice(&manifest.edited(edit).unwrap().to_bytes()).unwrap()
}

#[test]
fn added_picture_has_an_entry_and_a_generation_record() {
    let mut second = new_image(9);
    second.class = ImageClass::BwStylized;
    second.prompt = "a short prompt".into();
    second.s3_url = Some("s3://b/9001_a_9.jpg".into());
    second.model = "l".into();
    let value = edited(SMALL, &edit(&[], vec![new_image(8), second]));
    assert_eq!(
        value["images"]["9001_a_9.jpg"].to_string(),
        json!({
            "prompt": "a short prompt",
            "prompt_preview": "a short prompt",
            "generated_at": "2026-01-01T00:00:00.000000",
            "s3_url": "s3://b/9001_a_9.jpg",
            "local_path": "data/actors/9001_a/training_data/9001_a_9.jpg",
            "index": 9,
            "type": "bw_stylized",
            "generated_by": "tdbal",
            "prediction_id": "abc",
            "model": "l",
            "generation_id": 5,
            "generation_type": "balance",
        })
        .to_string()
    );
    assert_eq!(
        value["generations"][1].to_string(),
        json!({
            "generation_id": 5,
            "type": "balance",
            "generated_at": "2026-01-02T00:00:00.000000",
            "image_count": 2,
            "metadata": {
                "source": "tdbal",
                "run_id": "run-1",
                "models": ["l", "m"],
                "classes": {"photorealistic": 0, "bw_stylized": 1, "color_stylized": 1},
                "prompts": ["p".repeat(120), "a short prompt"],
            },
        })
        .to_string()
    );
    assert_eq!(value["last_index"], 9);
    assert_eq!(value["updated_at"], "2026-01-02T00:00:00.000000");
    assert_eq!(value["total_images"], 4);
}

#[test]
fn removal_adds_no_generation_record() {
    let value = edited(SMALL, &edit(&["9001_a_2.png", "absent.png"], vec![]));
    assert_eq!(value["generations"].as_array().unwrap().len(), 1);
    assert_eq!(value["total_images"], 1);
    assert_eq!(value["last_index"], 7);
}

#[test]
fn edit_of_empty_document_creates_lists_and_first_record() {
    let value = edited("{}", &edit(&[], vec![new_image(3)]));
    assert_eq!(
        keys(&value),
        [
            "images",
            "total_images",
            "updated_at",
            "last_index",
            "generations"
        ]
    );
    assert_eq!(value["images"]["9001_a_3.jpg"]["generation_id"], 1);
    assert_eq!(value["generations"][0]["generation_id"], 1);
    // Without a number there is nothing to store.
    let value = edited("{}", &edit(&[], vec![]));
    assert_eq!(keys(&value), ["images", "total_images", "updated_at"]);
}

#[test]
fn removed_name_can_be_added_again_in_the_same_edit() {
    let mut replacement = new_image(7);
    replacement.name = name("9001_a_7.png");
    let value = edited(SMALL, &edit(&["9001_a_7.png"], vec![replacement]));
    assert_eq!(keys(&value["images"]), ["9001_a_2.png", "9001_a_7.png"]);
    assert_eq!(value["images"]["9001_a_7.png"]["generated_by"], "tdbal");
}

#[test]
fn null_generations_are_an_error_when_a_record_is_added() {
    let text = br#"{"generations": null, "images": {}}"#;
    let manifest = TrainingManifest::parse(text).unwrap();
    let error = manifest.edited(&edit(&[], vec![new_image(1)])).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("generations must be an array"),
        "{error}"
    );
    manifest.edited(&edit(&[], vec![])).unwrap();
}

#[test]
fn prompt_preview_is_shortened_after_100_characters() {
    let preview = |prompt: String| {
        let mut image = new_image(8);
        image.prompt = prompt;
        let value = edited(SMALL, &edit(&[], vec![image]));
        value["images"]["9001_a_8.jpg"]["prompt_preview"].clone()
    };
    let hundred = "ü".repeat(100);
    assert_eq!(preview(String::new()), "");
    assert_eq!(preview(hundred.clone()), hundred);
    assert_eq!(preview(format!("{hundred}x")), format!("{hundred}..."));
}
