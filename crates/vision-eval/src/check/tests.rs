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

fn problems(text: &str, asked: &[u32]) -> Vec<Problem> {
    check_reply(text, &numbers(asked)).unwrap_err()
}

#[test]
fn a_strict_answer_is_read_and_put_in_order() {
    let faulty = json!({
        "number": 2, "class": "photorealistic", "quality": 3,
        "faults": ["distorted", "looking_at_camera", "distorted"],
    });
    let checked = check_reply(&reply(&[picture(5), faulty]), &numbers(&[2, 5])).unwrap();
    assert_eq!(checked.analysis.as_deref(), Some("Fine."));
    assert_eq!(checked.opinion, None);
    assert_eq!(checked.counts().to_string(), "1/1/0");
    let [first, second] = checked.verdicts.as_slice() else {
        panic!("{checked:?}");
    };
    assert_eq!((first.number, second.number), (number(2), number(5)));
    assert_eq!(first.faults, [Fault::LookingAtCamera, Fault::Distorted]);
}

#[test]
fn a_fence_comes_off() {
    let plain = reply(&[picture(1)]);
    for fenced in [
        format!("```json\n{plain}\n```"),
        format!("```\n{plain}```\n"),
        format!("\u{feff} ```JSON\r\n{plain}\r\n```"),
        format!("```json\n{plain}"),
    ] {
        assert!(check_reply(&fenced, &numbers(&[1])).is_ok(), "{fenced}");
    }
}

#[test]
fn every_number_must_be_there_exactly_once() {
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
fn all_that_is_wrong_with_an_entry_is_told() {
    let entry = json!({"number": 1, "class": "photo", "quality": 11, "faults": ["ugly"]});
    assert_eq!(
        problems(&reply(&[entry]), &[1]),
        [
            Problem::UnknownClass {
                number: number(1),
                class: "\"photo\"".to_owned()
            },
            Problem::QualityOutOfRange {
                number: number(1),
                quality: "11".to_owned()
            },
            Problem::UnknownFault {
                number: number(1),
                fault: "\"ugly\"".to_owned()
            },
        ]
    );
}

#[test]
fn a_quality_is_a_whole_number_and_a_float_only_in_recordings() {
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
        let usable = |text: &str| check_reply(text, &numbers(&[1])).is_ok();
        assert_eq!(
            usable(&recorded(quality.clone())),
            in_recording,
            "{quality}"
        );
        assert_eq!(usable(&strict(quality.clone())), in_strict, "{quality}");
    }
}

#[test]
fn what_is_no_answer_is_called_by_its_name() {
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
fn what_is_said_of_the_whole_set_is_kept_apart() {
    let text = json!({
        "image_classifications":
            [{"image_number": 1, "type": "bw_stylized", "quality_score": 2}],
        "counts": {"photorealistic": 9},
        "analysis": "Too many.",
        "is_balanced": true,
    });
    let checked = check_reply(&text.to_string(), &numbers(&[1])).unwrap();
    let opinion = checked.opinion.unwrap();
    assert_eq!(opinion.counts, Some(json!({"photorealistic": 9})));
    assert_eq!(opinion.recommendations, None);
    assert_eq!(opinion.raw["is_balanced"], true);
    assert!(opinion.raw.get("image_classifications").is_none());
}

#[test]
fn every_problem_tells_people_and_the_model() {
    let one = number(1);
    let text = || "x".to_owned();
    let all = [
        Problem::Empty,
        Problem::Refused { text: text() },
        Problem::Html { page: text() },
        Problem::Truncated,
        Problem::NotJson { detail: text() },
        Problem::NoPictures,
        Problem::NoNumber { entry: 1 },
        Problem::MissingNumber(one),
        Problem::DuplicateNumber(one),
        Problem::UnknownNumber(text()),
        Problem::UnknownClass {
            number: one,
            class: text(),
        },
        Problem::QualityOutOfRange {
            number: one,
            quality: text(),
        },
        Problem::UnknownFault {
            number: one,
            fault: text(),
        },
    ];
    let told: Vec<String> = all
        .iter()
        .map(|problem| format!("{problem} => {}", problem.for_model()))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,80}") {
        let _ = check_reply(&text, &numbers(&[1, 2]));
    }

    #[test]
    fn an_answer_cut_anywhere_is_never_taken_for_whole(cut in 0_usize..200) {
        let whole = reply(&[picture(1), picture(2)]);
        prop_assume!(cut < whole.len());
        prop_assert!(check_reply(&whole[..cut], &numbers(&[1, 2])).is_err());
    }
}
