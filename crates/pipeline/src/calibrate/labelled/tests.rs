use super::*;
use serde_json::json;
use tdbal_types::Quality;

fn actors() -> Vec<ActorId> {
    ["0001_a", "0002_b"]
        .map(|name| ActorId::new(name).unwrap())
        .to_vec()
}

fn read(document: &Value) -> Result<Vec<LabelledPicture>, LabelsFileError> {
    parse(document.to_string().as_bytes(), &actors())
}

#[test]
fn a_file_gives_a_class_or_more_for_each_picture_of_an_actor() {
    let words = read(&json!({
        "0001": {"a.png": "photorealistic", "b.png": {"class": "bw_stylized", "quality": 3}},
        "0002_b": {"c.png": {"quality": 9}},
    }))
    .unwrap();
    let quality = |points| Some(Quality::new(points).unwrap());
    let expected = [
        (0, "a.png", Some(ImageClass::Photorealistic), None),
        (0, "b.png", Some(ImageClass::BwStylized), quality(3)),
        (1, "c.png", None, quality(9)),
    ];
    assert_eq!(words.len(), expected.len());
    for (word, (actor, file, class, quality)) in words.iter().zip(expected) {
        assert_eq!(word.actor, actors()[actor]);
        assert_eq!(
            word.picture,
            PictureName::File(ImageName::new(file).unwrap())
        );
        assert_eq!(word.said, HumanWord { class, quality });
    }
}

#[test]
fn labels_json_is_read_and_its_last_statement_counts() {
    let said = |class: &str, file: &str| json!({"actor": "0001_a", "file": file, "class": class, "said_at": "", "said_by": ""});
    let digest = "ab".repeat(32);
    let words = read(&json!({
        "labels": {&digest: [said("bw_stylized", "old.png"), said("photorealistic", "new.png")]}
    }))
    .unwrap();
    assert_eq!(words.len(), 1);
    assert_eq!(words[0].picture.to_string(), "new.png");
    assert_eq!(words[0].said.class, Some(ImageClass::Photorealistic));
}

#[test]
fn invalid_labels_are_reported_with_their_place() {
    for (document, says) in [
        (json!({"0001": {"a.png": "sepia"}}), "a.png"),
        (json!({"0001": {"a.png": {}}}), "a.png"),
        (json!({"0001": "bw_stylized"}), "0001"),
        (json!({"0009": {}}), "0009"),
        (json!([]), "labels.json"),
    ] {
        let error = tdbal_types::chain(&read(&document).unwrap_err());
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_sample_is_reproducible_and_respects_named_actors() {
    let all: Vec<LabelledPicture> = (0..40)
        .map(|n| LabelledPicture {
            actor: actors()[n % 2].clone(),
            picture: PictureName::File(ImageName::new(format!("{n}.png")).unwrap()),
            said: HumanWord::default(),
        })
        .collect();
    let drawn = choose(all.clone(), None, Some(10));
    assert_eq!(drawn.len(), 10);
    let mut turned = all.clone();
    turned.reverse();
    assert_eq!(choose(turned, None, Some(10)), drawn);
    let first: Vec<LabelledPicture> = all.iter().take(10).cloned().collect();
    assert_ne!(choose(first, None, None), drawn, "drawn, not the first");
    let one = BTreeSet::from([actors()[1].clone()]);
    let of_one = choose(all, Some(&one), Some(30));
    assert_eq!(of_one.len(), 20);
    assert!(of_one.iter().all(|word| word.actor == actors()[1]));
}
