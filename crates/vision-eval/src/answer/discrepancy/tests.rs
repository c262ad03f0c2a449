use super::*;
use crate::answer::check_reply;
use crate::look::LookKind;
use serde_json::json;

/// An answer that meets the standard target: pictures 1 to 13 are photorealistic, 14 to 17 black
/// and white, 18 to 20 in colour. `extra` adds top-level fields.
fn standard_set(extra: Value) -> CheckedReply {
    let pictures: Vec<Value> = (1..=20)
        .map(|number| {
            let class = match number {
                ..=13 => "photorealistic",
                14..=17 => "bw_stylized",
                _ => "color_stylized",
            };
            json!({"image_number": number, "type": class, "quality_score": 7})
        })
        .collect();
    let mut reply = extra;
    reply["image_classifications"] = json!(pictures);
    let numbers: Vec<_> = (0..20).map(SheetNumber::from_position).collect();
    check_reply(&reply.to_string(), LookKind::Sheet { vote: 1 }, &numbers).unwrap()
}

fn messages(extra: Value) -> Vec<String> {
    discrepancies(&standard_set(extra))
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn consistent_statements_yield_no_discrepancies() {
    assert_eq!(
        messages(json!({
            "counts": {"photorealistic": 13, "bw_stylized": 4.0, "color_stylized": 3},
            "total_images": 20,
            "photorealistic_percentage": 65.0,
            "bw_stylized_percentage": 20.4,
            "is_balanced": true,
            "recommendations": {
                "delete_photorealistic": [], "generate_photorealistic": 0,
            },
        })),
        Vec::<String>::new()
    );
    assert_eq!(messages(json!({"analysis": "good"})), Vec::<String>::new());
}

#[test]
fn wrong_counts_and_totals_are_reported() {
    assert_eq!(
        messages(json!({
            "counts": {"photorealistic": 14, "bw_stylized": 4, "color_stylized": "three"},
            "photorealistic_count": 14,
            "bw_stylized_count": 5,
            "total_images": 21,
            "color_stylized_percentage": 15.6,
            "bw_stylized_percentage": null,
            "is_balanced": false,
        })),
        [
            "it counts 14 photorealistic, but its answers name 13",
            "it counts 5 bw_stylized, but its answers name 4",
            "its counts.color_stylized has an unexpected value: \"three\"",
            "its counts add up to 18, but it answered for 20 pictures",
            "it reports 21 pictures, but it answered for 20",
            "its bw_stylized_percentage has an unexpected value: null",
            "it reports 15.6 % color_stylized, but its answers make 15.0 %",
            "it calls the set unbalanced, but by its answers it is balanced",
        ]
    );
}

#[test]
fn wrong_recommendations_are_reported_with_their_result() {
    assert_eq!(
        messages(json!({
            "recommendations": {
                "delete_photorealistic": [1, 1, 14, 21, "x"],
                "delete_bw_stylized": "none",
                "generate_photorealistic": 2,
                "generate_color_stylized": 1,
            },
        })),
        [
            "it would both delete 5 photorealistic and generate 2",
            "it would delete picture 1 more than once",
            "it would delete picture 14 as photorealistic, but it answered bw_stylized for it",
            "it would delete photorealistic picture 21, which does not exist",
            "it would delete photorealistic picture \"x\", which does not exist",
            "its delete_bw_stylized has an unexpected value: \"none\"",
            "its recommendations lead to 14/3/4; the target is 13/4/3",
        ]
    );
}

#[test]
fn top_level_delete_and_generate_lists_are_checked() {
    assert_eq!(
        messages(json!({
            "images_to_delete": [{"image_number": 1, "type": "photorealistic"}],
            "images_to_generate": [{"type": "photorealistic", "count": 1}],
        })),
        ["it would both delete 1 photorealistic and generate 1"]
    );
}

#[test]
fn balance_is_measured_against_the_given_target() {
    let checked = standard_set(json!({"is_balanced": true}));
    let target: Target = "total=40".parse().unwrap();
    assert_eq!(
        discrepancies_against(&checked, target, Tolerance::STANDARD),
        [Discrepancy::Balanced { claimed: true }]
    );
}

#[test]
fn discrepancies_round_trip_through_json() {
    let all = discrepancies(&standard_set(json!({
        "counts": {"photorealistic": 14}, "recommendations": {"delete_bw_stylized": [1]},
    })));
    let text = serde_json::to_string(&all).unwrap();
    assert!(text.contains(r#""kind":"deletes_other_class""#), "{text}");
    assert_eq!(
        serde_json::from_str::<Vec<Discrepancy>>(&text).unwrap(),
        all
    );
}

#[test]
fn percentage_is_tolerated_up_to_half_a_point_either_way() {
    assert_eq!(
        messages(json!({
            "photorealistic_percentage": 65.5,
            "bw_stylized_percentage": 19.5,
            "color_stylized_percentage": 15,
        })),
        Vec::<String>::new()
    );
    assert_eq!(
        messages(json!({"photorealistic_percentage": 65.6, "bw_stylized_percentage": 19.4})),
        [
            "it reports 65.6 % photorealistic, but its answers make 65.0 %",
            "it reports 19.4 % bw_stylized, but its answers make 20.0 %",
        ]
    );
}

#[test]
fn count_in_two_places_is_reported_for_each_wrong_value() {
    let both = |nested: i64, top_level: i64| {
        messages(json!({
            "counts": {"photorealistic": nested, "bw_stylized": 4, "color_stylized": 3},
            "photorealistic_count": top_level,
        }))
    };
    assert_eq!(both(13, 13), Vec::<String>::new());
    assert_eq!(
        both(13, 12),
        ["it counts 12 photorealistic, but its answers name 13"]
    );
    assert_eq!(
        both(-1, 12),
        [
            "it counts -1 photorealistic, but its answers name 13",
            "it counts 12 photorealistic, but its answers name 13",
            "its counts add up to 6, but it answered for 20 pictures",
        ]
    );
}

#[test]
fn fields_of_another_type_are_reported() {
    assert_eq!(
        messages(json!({
            "total_images": "20",
            "is_balanced": "yes",
            "recommendations": {"generate_photorealistic": 0.5},
        })),
        [
            "its total_images has an unexpected value: \"20\"",
            "its is_balanced has an unexpected value: \"yes\"",
            "its generate_photorealistic has an unexpected value: 0.5",
        ]
    );
}

#[test]
fn deleting_without_generating_is_no_contradiction_by_itself() {
    assert_eq!(
        messages(json!({"recommendations": {"delete_photorealistic": [2]}})),
        ["its recommendations lead to 12/4/3; the target is 13/4/3"]
    );
}

#[test]
fn set_within_tolerance_needs_no_recommendations() {
    let target: Target = "photorealistic=60,bw_stylized=20,color_stylized=20"
        .parse()
        .unwrap();
    let tolerance = Tolerance::new(5.0).unwrap();
    let result = |recommendations: Value| {
        let checked = standard_set(json!({"recommendations": recommendations}));
        let found = discrepancies_against(&checked, target, tolerance);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(result(json!({})), Vec::<String>::new());
    assert_eq!(
        result(json!({"delete_photorealistic": [1], "generate_color_stylized": 1})),
        Vec::<String>::new()
    );
    assert_eq!(
        result(json!({"delete_photorealistic": [1]})),
        ["its recommendations lead to 12/4/3; the target is 12/4/4"]
    );
    assert_eq!(
        result(json!({"generate_color_stylized": 1})),
        ["its recommendations lead to 13/4/4; the target is 12/4/4"]
    );
}

#[test]
fn each_top_level_list_alone_counts_as_a_recommendation() {
    assert_eq!(
        messages(json!({"images_to_delete": [{"image_number": 2, "type": "photorealistic"}]})),
        ["its recommendations lead to 12/4/3; the target is 13/4/3"]
    );
    assert_eq!(
        messages(json!({"images_to_generate": [
            {"type": "bw_stylized", "count": 1},
            {"type": "bw_stylized", "count": 2},
            {"type": "color_stylized"},
        ]})),
        ["its recommendations lead to 13/7/3; the target is 13/4/3"]
    );
}

#[test]
fn recommendations_take_precedence_over_top_level_lists() {
    assert_eq!(
        messages(json!({
            "recommendations": {},
            "images_to_delete": [{"image_number": 99, "type": "photorealistic"}],
            "images_to_generate": [{"type": "photorealistic", "count": 5}],
        })),
        Vec::<String>::new()
    );
}

#[test]
fn picture_deleted_under_two_classes_is_removed_once() {
    assert_eq!(
        messages(json!({
            "recommendations": {"delete_photorealistic": [1.0], "delete_bw_stylized": [1]},
        })),
        [
            "it would delete picture 1 as bw_stylized, but it answered photorealistic for it",
            "it would delete picture 1 more than once",
            "its recommendations lead to 12/4/3; the target is 13/4/3",
        ]
    );
}

#[test]
fn counted_nouns_agree_in_number() {
    let sum = |counted| Discrepancy::Sum {
        claimed: 3,
        counted,
    };
    assert!(sum(1).to_string().ends_with("for 1 picture"));
    assert!(sum(2).to_string().ends_with("for 2 pictures"));
    let total = |claimed| Discrepancy::TotalImages {
        claimed,
        counted: 3,
    };
    assert!(total(1).to_string().contains("1 picture,"));
    assert!(total(0).to_string().contains("0 pictures,"));
}

#[test]
fn set_off_target_without_recommended_changes_is_reported() {
    let checked = standard_set(json!({"recommendations": {}}));
    let target: Target = "total=40".parse().unwrap();
    let found = discrepancies_against(&checked, target, Tolerance::STANDARD);
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["its recommendations lead to 13/4/3; the target is 26/8/6"]
    );
}
