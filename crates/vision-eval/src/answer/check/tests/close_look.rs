use super::answers::{
    SHEET, check_close, close_answer, close_answer_with, number, numbers, picture, reply,
};
use crate::answer::{Problem, check_reply};
use serde_json::json;
use tdbal_types::{Fault, ImageClass};

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
fn close_answer_with_a_class_is_no_refusal() {
    let text = close_answer_with("refusal", Some(json!("none")));
    let checked = check_close(&text).unwrap();
    assert_eq!(checked.answers.len(), 1);
    assert_eq!(checked.opinion.unwrap().raw["refusal"], "none");
}

#[test]
fn close_answer_with_several_problems_reports_all_of_them() {
    let text = json!({"class": "photo", "quality": 0, "faults": ["ugly"]}).to_string();
    let found = check_close(&text).unwrap_err();
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(found.first(), Some(&Problem::NothingSeen));
}
