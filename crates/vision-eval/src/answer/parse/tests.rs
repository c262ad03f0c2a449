use super::*;
use serde_json::json;

fn problem(text: &str) -> Problem {
    parse_object(text, Problem::NotAnObject).unwrap_err()
}

#[test]
fn text_without_content_is_empty() {
    for text in ["", " \n\t", "\u{feff}", "```", "```json", "```json\n\n```"] {
        assert_eq!(problem(text), Problem::Empty, "{text:?}");
    }
}

#[test]
fn valid_json_of_another_type_is_not_an_object() {
    for text in ["[1]", "\"{}\"", "1", "null", "```json\n[{}]\n```"] {
        assert_eq!(problem(text), Problem::NotAnObject, "{text:?}");
    }
}

#[test]
fn code_fence_inside_the_text_is_not_removed() {
    for text in ["{\"a\": 1}```", "Here:\n```json\n{}\n```"] {
        assert!(matches!(problem(text), Problem::NotJson { .. }), "{text:?}");
    }
}

#[test]
fn html_page_is_named_by_its_title() {
    let expected = Problem::Html {
        page: "an HTML page titled \"502\"".to_owned(),
    };
    assert_eq!(problem("<html><title>502</title></html>"), expected);
}

#[test]
fn every_phrase_of_a_refusal_is_recognised() {
    for text in [
        "I'm sorry, no.",
        "I\u{2019}m sorry, no.",
        "I am sorry, no.",
        "SORRY.",
        "I can't judge people.",
        "I can\u{2019}t judge people.",
        "I cannot judge people.",
        "I'm unable to judge people.",
        "I am unable to judge people.",
    ] {
        let text = text.to_owned();
        assert_eq!(problem(&text), Problem::Refused { text: text.clone() });
    }
}

#[test]
fn phrase_of_a_refusal_after_the_start_is_no_refusal() {
    let text = "Here is my answer, sorry for the delay: I cannot judge picture 3.";
    assert!(matches!(problem(text), Problem::NotJson { .. }));
}

#[test]
fn refusal_field_counts_only_with_a_text() {
    let refusal = |value: Value| refusal_in(json!({"refusal": value}).as_object().unwrap());
    let expected = Problem::Refused {
        text: "no".to_owned(),
    };
    assert_eq!(refusal(json!("no")), Some(expected));
    for other in [json!(null), json!(true), json!(["no"])] {
        assert_eq!(refusal(other.clone()), None, "{other}");
    }
    assert_eq!(refusal_in(&Map::new()), None);
}

#[test]
fn integers_are_accepted_and_other_types_are_not() {
    for accept_floats in [false, true] {
        let integer = |value: &Value| as_integer(value, accept_floats);
        for number in [0, -1, 7, i64::MIN, i64::MAX] {
            assert_eq!(integer(&json!(number)), Some(number));
        }
        for other in [
            json!(null),
            json!(true),
            json!("7"),
            json!([7]),
            json!(7.5),
            json!(u64::MAX),
        ] {
            assert_eq!(integer(&other), None, "{other}");
        }
    }
}

#[test]
fn integral_float_is_accepted_only_where_allowed_and_exact() {
    const LARGEST: i64 = 999_999_999_999_999;
    for number in [0, 7, -7, LARGEST, -LARGEST] {
        let float = json!(number as f64);
        assert_eq!(as_integer(&float, true), Some(number), "{float}");
        assert_eq!(as_integer(&float, false), None, "{float}");
    }
    for inexact in [1e15, -1e15, 1e300, -1e300] {
        assert_eq!(as_integer(&json!(inexact), true), None, "{inexact}");
    }
}
