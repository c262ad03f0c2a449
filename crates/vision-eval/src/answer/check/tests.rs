use super::*;
use proptest::prelude::*;
use serde_json::json;

fn numbers(numbers: &[u32]) -> Vec<SheetNumber> {
    numbers
        .iter()
        .map(|&number| SheetNumber::new(number).unwrap())
        .collect()
}

fn number(number: u32) -> SheetNumber {
    SheetNumber::new(number).unwrap()
}

fn picture(number: u32) -> Value {
    json!({"number": number, "class": "bw_stylized", "quality": 7, "faults": []})
}

fn reply(pictures: &[Value]) -> String {
    json!({"pictures": pictures, "analysis": "Fine."}).to_string()
}

const SHEET: LookKind = LookKind::Sheet { vote: 1 };

fn problems(text: &str, asked: &[u32]) -> Vec<Problem> {
    check_reply(text, SHEET, &numbers(asked)).unwrap_err()
}

fn check_close(text: &str) -> Result<CheckedReply, Vec<Problem>> {
    check_reply(text, LookKind::Close, &numbers(&[1]))
}

fn close_answer() -> Value {
    json!({"seen": "A man in profile, in ink.", "class": "bw_stylized", "faults": [], "quality": 7})
}

/// [`close_answer`] with one field replaced, or removed if `value` is `None`.
fn close_answer_with(field: &str, value: Option<Value>) -> String {
    let mut answer = close_answer();
    match value {
        Some(value) => answer[field] = value,
        None => {
            answer.as_object_mut().unwrap().remove(field);
        }
    }
    answer.to_string()
}

#[test]
fn strict_answer_is_parsed_and_sorted_by_number() {
    let with_faults = json!({
        "number": 2, "class": "photorealistic", "quality": 3,
        "faults": ["distorted", "looking_at_camera", "distorted"],
    });
    let checked =
        check_reply(&reply(&[picture(5), with_faults]), SHEET, &numbers(&[2, 5])).unwrap();
    assert_eq!(checked.analysis.as_deref(), Some("Fine."));
    assert_eq!(checked.opinion, None);
    assert_eq!(checked.counts().to_string(), "1/1/0");
    let [first, second] = checked.answers.as_slice() else {
        panic!("{checked:?}");
    };
    assert_eq!((first.number, second.number), (number(2), number(5)));
    assert_eq!(
        first.opinion.faults,
        [Fault::LookingAtCamera, Fault::Distorted]
    );
}

#[test]
fn code_fence_is_removed() {
    let plain = reply(&[picture(1)]);
    for fenced in [
        format!("```json\n{plain}\n```"),
        format!("```\n{plain}```\n"),
        format!("\u{feff} ```JSON\r\n{plain}\r\n```"),
        format!("```json\n{plain}"),
    ] {
        assert!(
            check_reply(&fenced, SHEET, &numbers(&[1])).is_ok(),
            "{fenced}"
        );
    }
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
    let recorded = |quality: Value| {
        json!({"image_classifications":
            [{"image_number": 1, "type": "bw_stylized", "quality_score": quality}]})
        .to_string()
    };
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
fn unusable_text_is_classified_by_kind() {
    let whole = reply(&[picture(1)]);
    for (text, expected) in [
        (" \n", Problem::Empty),
        ("```json\n```", Problem::Empty),
        (&whole[..whole.len() / 2], Problem::Truncated),
        ("[1]", Problem::NoPictures),
        ("{\"pictures\": 1}", Problem::NoPictures),
        ("{}", Problem::NoPictures),
    ] {
        assert_eq!(problems(text, &[1]), [expected], "{text}");
    }
    let only = |text| problems(text, &[1]).remove(0);
    assert!(matches!(
        only("<html><title>502</title>"),
        Problem::Html { .. }
    ));
    assert!(matches!(
        only("I\u{2019}m sorry, but no."),
        Problem::Refused { .. }
    ));
    assert!(matches!(
        only("{\"refusal\": \"no\"}"),
        Problem::Refused { .. }
    ));
    assert!(matches!(only("Here you are: {}"), Problem::NotJson { .. }));
}

#[test]
fn opinion_about_the_set_is_kept_separately() {
    let text = json!({
        "image_classifications":
            [{"image_number": 1, "type": "bw_stylized", "quality_score": 2}],
        "counts": {"photorealistic": 9},
        "analysis": "Too many.",
        "is_balanced": true,
    });
    let checked = check_reply(&text.to_string(), SHEET, &numbers(&[1])).unwrap();
    let opinion = checked.opinion.unwrap();
    assert_eq!(opinion.counts, Some(json!({"photorealistic": 9})));
    assert_eq!(opinion.recommendations, None);
    assert_eq!(opinion.raw["is_balanced"], true);
    assert!(opinion.raw.get("image_classifications").is_none());
}

#[test]
fn problems_have_texts_for_people_and_the_model() {
    let one = number(1);
    let text = || "x".to_owned();
    let all = [
        Problem::Empty,
        Problem::Refused { text: text() },
        Problem::Html { page: text() },
        Problem::Truncated,
        Problem::NotJson { detail: text() },
        Problem::NoPictures,
        Problem::NotAnObject,
        Problem::NothingSeen,
        Problem::NoNumber { entry: 1 },
        Problem::MissingNumber(one),
        Problem::DuplicateNumber(one),
        Problem::UnknownNumber(text()),
    ];
    let for_picture = |number| {
        [
            Problem::UnknownClass {
                number,
                class: text(),
            },
            Problem::QualityOutOfRange {
                number,
                quality: text(),
            },
            Problem::UnknownFault {
                number,
                fault: text(),
            },
        ]
    };
    let texts: Vec<String> = all
        .into_iter()
        .chain(for_picture(Some(one)))
        .chain(for_picture(None))
        .map(|problem| format!("{problem} => {}", problem.for_model()))
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn close_answer_is_parsed_as_number_one() {
    let with_faults = json!({
        "seen": " A fox that looks at us. ", "class": "photorealistic",
        "faults": ["distorted", "looking_at_camera"], "quality": 3,
    })
    .to_string();
    for text in [with_faults.clone(), format!("```json\n{with_faults}\n```")] {
        let checked = check_close(&text).unwrap();
        let [only] = checked.answers.as_slice() else {
            panic!("{checked:?}");
        };
        assert_eq!((only.number, only.opinion.quality.get()), (number(1), 3));
        assert_eq!(only.opinion.class, ImageClass::Photorealistic);
        assert_eq!(
            only.opinion.faults,
            [Fault::LookingAtCamera, Fault::Distorted]
        );
        assert_eq!(checked.analysis.as_deref(), Some("A fox that looks at us."));
        assert_eq!(checked.opinion, None);
    }
    let more = close_answer_with("advice", Some(json!("delete it")));
    let opinion = check_close(&more).unwrap().opinion.unwrap();
    assert_eq!(opinion.raw["advice"], "delete it");
}

#[test]
fn close_answer_with_an_invalid_field_is_rejected() {
    for (field, value, problem) in [
        ("seen", None, Problem::NothingSeen),
        ("seen", Some(json!("  ")), Problem::NothingSeen),
        ("seen", Some(json!(["a man"])), Problem::NothingSeen),
        (
            "class",
            None,
            Problem::UnknownClass {
                number: None,
                class: "(none)".to_owned(),
            },
        ),
        (
            "quality",
            Some(json!(7.0)),
            Problem::QualityOutOfRange {
                number: None,
                quality: "7.0".to_owned(),
            },
        ),
        (
            "faults",
            Some(json!(["ugly"])),
            Problem::UnknownFault {
                number: None,
                fault: "\"ugly\"".to_owned(),
            },
        ),
    ] {
        assert_eq!(
            check_close(&close_answer_with(field, value)).unwrap_err(),
            [problem]
        );
    }
    assert_eq!(
        check_close(&close_answer_with("faults", None))
            .unwrap()
            .answers
            .len(),
        1
    );
}

#[test]
fn sheet_and_close_answers_are_not_interchangeable() {
    let problems = check_close(&reply(&[picture(1)])).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    let answer = close_answer().to_string();
    assert_eq!(
        check_reply(&answer, SHEET, &numbers(&[1])).unwrap_err(),
        [Problem::NoPictures]
    );
    assert_eq!(check_close("[1]").unwrap_err(), [Problem::NotAnObject]);
    assert_eq!(check_close("").unwrap_err(), [Problem::Empty]);
    assert_eq!(
        check_close(&answer[..answer.len() / 2]).unwrap_err(),
        [Problem::Truncated]
    );
    let refused = check_close("{\"refusal\": \"no\"}").unwrap_err();
    assert!(matches!(refused.as_slice(), [Problem::Refused { .. }]));
}

#[test]
fn all_kinds_of_sheets_are_checked_alike() {
    let text = reply(&[picture(1)]);
    for look in [
        LookKind::Sheet { vote: 3 },
        LookKind::Generated,
        LookKind::Control,
    ] {
        assert_eq!(
            check_reply(&text, look, &numbers(&[1])),
            check_reply(&text, SHEET, &numbers(&[1]))
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in ".{0,80}") {
        for look in [SHEET, LookKind::Close] {
            let _ = check_reply(&text, look, &numbers(&[1, 2]));
        }
    }

    #[test]
    fn truncated_answer_is_never_usable(cut in 0_usize..200) {
        let whole = reply(&[picture(1), picture(2)]);
        prop_assume!(cut < whole.len());
        prop_assert!(check_reply(&whole[..cut], SHEET, &numbers(&[1, 2])).is_err());
    }
}
