//! Adopting files without entries.

use super::*;

fn file(text: &str, index: u64) -> AdoptedFile {
    AdoptedFile {
        name: name(text),
        index,
        s3_url: None,
        local_path: format!("data/actors/9001_a/training_data/{text}"),
    }
}

#[test]
fn adopted_files_get_entries_and_a_generation_record() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let stored = AdoptedFile {
        s3_url: Some("s3://b/k/x.webp".into()),
        ..file("x.webp", 9)
    };
    let adopted = manifest
        .with_adopted(&[file("9001_a_8.png", 8), stored], "now")
        .unwrap();
    let value: Value = serde_json::from_slice(&adopted.to_bytes()).unwrap();
    assert_eq!(
        keys(&value["images"]),
        ["9001_a_7.png", "9001_a_2.png", "9001_a_8.png", "x.webp"]
    );
    assert_eq!(
        value["images"]["x.webp"],
        json!({
            "generated_at": "now",
            "s3_url": "s3://b/k/x.webp",
            "local_path": "data/actors/9001_a/training_data/x.webp",
            "index": 9,
            "generation_id": 5,
            "generation_type": "existing",
        })
    );
    assert_eq!(
        value["generations"][1],
        json!({
            "generation_id": 5,
            "type": "existing",
            "generated_at": "now",
            "image_count": 2,
            "metadata": {"source": "doctor"},
        })
    );
    assert_eq!(value["total_images"], 4);
    assert_eq!(value["updated_at"], "now");
    assert_eq!(value["last_index"], 9);
    assert_eq!(
        TrainingManifest::parse(&adopted.to_bytes()).unwrap(),
        adopted
    );
}

#[test]
fn adopting_no_files_changes_nothing() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    assert_eq!(manifest.with_adopted(&[], "now").unwrap(), manifest);
}

#[test]
fn adopting_a_listed_or_repeated_file_fails() {
    let manifest = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    for files in [
        vec![file("9001_a_7.png", 7)],
        vec![file("new.png", 8), file("new.png", 8)],
    ] {
        assert!(matches!(
            manifest.with_adopted(&files, "now"),
            Err(ManifestError::Duplicate { .. })
        ));
    }
}
