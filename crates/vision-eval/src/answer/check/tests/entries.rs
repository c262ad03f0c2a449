use super::answers::{SHEET, number, numbers, picture, problems, recorded_answer, reply};
use crate::answer::{Problem, check_reply};
use serde_json::{Value, json};

#[test]
fn entry_with_several_problems_reports_all_of_them() {
    let entry = json!({"number": 1, "class": "photo", "quality": 11, "faults": ["ugly"]});
    assert_eq!(
        problems(&reply(&[entry]), &[1]),
        [
            Problem::UnknownClass {
                number: Some(number(1)),
                class: "\"photo\"".to_owned()
            },
            Problem::QualityOutOfRange {
                number: Some(number(1)),
                quality: "11".to_owned()
            },
            Problem::UnknownFault {
                number: Some(number(1)),
                fault: "\"ugly\"".to_owned()
            },
        ]
    );
}

#[test]
fn quality_as_integral_float_is_valid_only_in_recordings() {
    let recorded = |quality: Value| recorded_answer(json!(1), quality).to_string();
    let strict =
        |quality: Value| reply(&[json!({"number": 1, "class": "bw_stylized", "quality": quality})]);
    for (quality, in_recording, in_strict) in [
        (json!(7), true, true),
        (json!(7.0), true, false),
        (json!(7.5), false, false),
        (json!("7"), false, false),
        (json!(0), false, false),
        (json!(1e300), false, false),
        (json!(null), false, false),
        (json!(true), false, false),
    ] {
        let usable = |text: &str| check_reply(text, SHEET, &numbers(&[1])).is_ok();
        assert_eq!(
            usable(&recorded(quality.clone())),
            in_recording,
            "{quality}"
        );
        assert_eq!(usable(&strict(quality.clone())), in_strict, "{quality}");
    }
}

#[test]
fn number_as_integral_float_is_valid_only_in_recordings() {
    let recorded = recorded_answer(json!(1.0), json!(7)).to_string();
    assert!(check_reply(&recorded, SHEET, &numbers(&[1])).is_ok());
    let mut entry = picture(1);
    entry["number"] = json!(1.0);
    assert_eq!(
        problems(&reply(&[entry]), &[1]),
        [
            Problem::UnknownNumber("1.0".to_owned()),
            Problem::MissingNumber(number(1))
        ]
    );
}

#[test]
fn number_null_counts_as_no_number() {
    let mut entry = picture(1);
    entry["number"] = Value::Null;
    assert_eq!(
        problems(&reply(&[entry]), &[1]),
        [
            Problem::NoNumber { entry: 1 },
            Problem::MissingNumber(number(1))
        ]
    );
}

#[test]
fn repeated_numbers_are_reported_once_each_and_not_read() {
    let mut invalid = picture(2);
    invalid["class"] = json!("photo");
    let entries = [
        picture(1),
        picture(2),
        picture(1),
        invalid.clone(),
        picture(1),
        invalid,
    ];
    assert_eq!(
        problems(&reply(&entries), &[1, 2]),
        [
            Problem::DuplicateNumber(number(1)),
            Problem::DuplicateNumber(number(2))
        ]
    );
}

#[test]
fn missing_repeated_and_unknown_numbers_are_reported() {
    assert_eq!(
        problems(
            &reply(&[picture(1), picture(3), picture(3), picture(3)]),
            &[1, 2, 3]
        ),
        [
            Problem::DuplicateNumber(number(3)),
            Problem::MissingNumber(number(2))
        ]
    );
    assert_eq!(
        problems(&reply(&[picture(1), picture(2)]), &[1]),
        [Problem::UnknownNumber("2".to_owned())]
    );
    for wrong in [
        json!(0),
        json!(-1),
        json!("1"),
        json!(1.5),
        json!(9_999_999_999_u64),
    ] {
        let entry = json!({"number": wrong, "class": "bw_stylized", "quality": 7});
        assert_eq!(
            problems(&reply(&[entry]), &[1]),
            [
                Problem::UnknownNumber(wrong.to_string()),
                Problem::MissingNumber(number(1))
            ]
        );
    }
    let entries = [picture(1), json!({"class": "bw_stylized"}), json!("two")];
    assert_eq!(
        problems(&reply(&entries), &[1]),
        [
            Problem::NoNumber { entry: 2 },
            Problem::NoNumber { entry: 3 }
        ]
    );
}

#[test]
fn faults_that_are_unknown_or_no_list_are_all_reported() {
    for (faults, unknown) in [
        (
            json!(["ugly", "distorted", "sad"]),
            vec!["\"ugly\"", "\"sad\""],
        ),
        (json!([1, null]), vec!["1", "(none)"]),
        (json!(["Distorted"]), vec!["\"Distorted\""]),
        (json!("distorted"), vec!["\"distorted\""]),
        (json!({}), vec!["{}"]),
    ] {
        let mut entry = picture(1);
        entry["faults"] = faults.clone();
        let expected: Vec<Problem> = unknown
            .into_iter()
            .map(|fault| Problem::UnknownFault {
                number: Some(number(1)),
                fault: fault.to_owned(),
            })
            .collect();
        assert_eq!(problems(&reply(&[entry]), &[1]), expected, "{faults}");
    }
}

#[test]
fn missing_or_null_faults_mean_no_faults() {
    let mut missing = picture(1);
    missing.as_object_mut().unwrap().remove("faults");
    let mut null = picture(2);
    null["faults"] = Value::Null;
    let text = reply(&[missing, null]);
    let checked = check_reply(&text, SHEET, &numbers(&[1, 2])).unwrap();
    assert!(
        checked
            .answers
            .iter()
            .all(|answer| answer.opinion.faults.is_empty())
    );
}

#[test]
fn class_that_is_missing_or_no_text_is_reported_as_found() {
    for (class, shown) in [
        (json!(null), "(none)"),
        (json!(3), "3"),
        (json!(["bw_stylized"]), "[\"bw_stylized\"]"),
        (json!("BW_STYLIZED"), "\"BW_STYLIZED\""),
    ] {
        let mut entry = picture(1);
        entry["class"] = class;
        assert_eq!(
            problems(&reply(&[entry]), &[1]),
            [Problem::UnknownClass {
                number: Some(number(1)),
                class: shown.to_owned()
            }]
        );
    }
}

#[test]
fn quality_at_and_beyond_its_bounds_is_told_apart() {
    for (quality, valid) in [(0, false), (1, true), (10, true), (11, false)] {
        let mut entry = picture(1);
        entry["quality"] = json!(quality);
        let checked = check_reply(&reply(&[entry]), SHEET, &numbers(&[1]));
        assert_eq!(checked.is_ok(), valid, "{quality}");
    }
}

#[test]
fn long_value_is_shortened_in_its_problem() {
    let mut entry = picture(1);
    entry["class"] = json!("x".repeat(5_000));
    let found = problems(&reply(&[entry]), &[1]);
    let [Problem::UnknownClass { class, .. }] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!(class.chars().count() < 400, "{}", class.len());
}
