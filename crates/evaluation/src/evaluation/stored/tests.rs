use super::*;
use crate::sample::{Picture, evaluation, name};
use ImageClass::{BwStylized, ColorStylized, Photorealistic};
use serde_json::{Value, json};

/// 15 photographs, 2 drawings, and a damaged file as number 17.
fn pictures() -> Vec<Picture> {
    let mut pictures: Vec<Picture> = (0..15)
        .map(|at| Some((Photorealistic, 4 + at % 5)))
        .collect();
    pictures.extend([Some((BwStylized, 7)), None, Some((ColorStylized, 6))]);
    pictures
}

#[test]
fn original_fields_follow_from_verdicts_and_plan() {
    let evaluation = evaluation(&pictures());
    let stored = serde_json::to_value(&evaluation).unwrap();
    assert_eq!(stored["total_images"], 17);
    assert_eq!(stored["photorealistic_count"], 15);
    assert_eq!(stored["bw_stylized_count"], 1);
    assert_eq!(stored["color_stylized_count"], 1);
    // 15, 1 and 1 of 17.
    assert_eq!(stored["photorealistic_percentage"], 88.2);
    assert_eq!(stored["bw_stylized_percentage"], 5.9);
    assert_eq!(stored["is_balanced"], evaluation.plan.is_balanced);
    assert_eq!(stored["gpt_analysis"], stored["analysis"]);
    let classified = stored["image_classifications"].as_array().unwrap();
    assert_eq!(classified.len(), 17);
    assert_eq!(
        classified[16],
        json!({
            "image_number": 18, "type": "color_stylized", "quality_score": 6, "faults": [],
            "file_name": name(17),
        })
    );
    for (class, count) in evaluation
        .plan
        .generate
        .iter()
        .filter(|(_, count)| *count > 0)
    {
        let generated = stored["images_to_generate"].as_array().unwrap();
        assert!(generated.contains(&json!({"type": class, "count": count})));
    }
}

#[test]
fn removed_pictures_are_listed_in_the_order_of_the_sheet() {
    let evaluation = evaluation(&pictures());
    let stored = serde_json::to_value(&evaluation).unwrap();
    let removed = stored["images_to_delete"].as_array().unwrap();
    assert_eq!(removed.len(), evaluation.plan.count(Action::Remove));
    let numbers: Vec<u64> = removed
        .iter()
        .map(|picture| picture["image_number"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let damaged = removed
        .iter()
        .find(|picture| picture["type"] == Value::Null);
    assert_eq!(damaged.unwrap()["image_number"], 17);
}

#[test]
fn reading_ignores_the_original_fields_and_writing_makes_them_again() {
    let mut with_opinion = evaluation(&pictures());
    with_opinion.counts = Some(json!({"photorealistic": 14}));
    for evaluation in [evaluation(&pictures()), with_opinion] {
        let text = serde_json::to_string(&evaluation).unwrap();
        let read: Evaluation = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        let mut edited = serde_json::to_value(&evaluation).unwrap();
        edited["total_images"] = json!(99);
        edited["images_to_delete"] = json!([]);
        let read: Evaluation = serde_json::from_value(edited).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}

#[test]
fn fields_of_the_file_are_in_the_order_of_the_original_system() {
    let text = serde_json::to_string_pretty(&evaluation(&pictures())).unwrap();
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  \"")?.split_once('"'))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            "actor_id",
            "total_images",
            "photorealistic_count",
            "bw_stylized_count",
            "color_stylized_count",
            "photorealistic_percentage",
            "bw_stylized_percentage",
            "color_stylized_percentage",
            "is_balanced",
            "images_to_delete",
            "images_to_generate",
            "gpt_analysis",
            "image_classifications",
            "analysis",
            "composite_image",
            "schema_version",
            "run_id",
            "evaluated_at",
            "pictures",
            "judged",
            "sheets",
            "stability",
            "inquiry",
            "discrepancies",
            "drift",
            "policy",
            "protection",
            "plan",
            "model",
            "replies",
            "tokens",
            "cost_usd",
        ]
    );
}
