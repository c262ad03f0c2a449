use super::*;
use ImageClass::{BwStylized, ColorStylized, Photorealistic};

fn counts(photorealistic: usize, bw_stylized: usize, color_stylized: usize) -> ClassCounts {
    ClassCounts {
        photorealistic,
        bw_stylized,
        color_stylized,
    }
}

#[test]
fn written_pictures_match_the_recorded_truth() {
    let folder = tempfile::tempdir().unwrap();
    let mut set = DataSet::new(folder.path().join("data"));
    set.actor("0001_test_30_female")
        .pictures_of(counts(3, 2, 1))
        .picture(Photorealistic, 2)
        .corrupt_at(2)
        .named("0001_test_30_female_extra.jpg", None, ColorStylized, 4)
        .write();
    let truth = set.truth("0001_test_30_female").clone();
    assert_eq!(truth.len(), 7);
    assert_eq!(set.on_disk("0001_test_30_female"), truth);
    assert_eq!(set.counts_on_disk("0001_test_30_female"), counts(3, 2, 2));
    assert_eq!(
        set.lowest("0001_test_30_female", Photorealistic, 2),
        ["0001_test_30_female_7.png", "0001_test_30_female_1.png"]
    );
    let manifest = fs::read(set.training_manifest("0001_test_30_female")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(
        manifest["total_images"], 7,
        "the extra file must not be listed"
    );
    // Seven listed pictures, one extra, two manifests and one base image.
    assert_eq!(set.files().len(), 11);
}

#[test]
fn omitted_parts_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut set = DataSet::new(folder.path());
    let pictures = set
        .actor("0002_test_30_male")
        .picture(BwStylized, 5)
        .objects_at("https://bucket.s3.us-west-1.amazonaws.com/here/")
        .without_local_copies()
        .without_base_image()
        .without_actor_manifest()
        .write();
    assert_eq!(pictures.len(), 1);
    assert!(!pictures[0].local && pictures[0].code.is_some());
    let files: Vec<String> = set.files().into_keys().collect();
    assert_eq!(
        files,
        ["actors/0002_test_30_male/training_data/manifest.json"]
    );
    let manifest = fs::read_to_string(set.training_manifest("0002_test_30_male")).unwrap();
    assert!(manifest.contains("amazonaws.com/here/0002_test_30_male_1.png"));
}
