use super::answers::{SHEET, number, numbers, picture, problems, recorded_answer, reply};
use crate::answer::{Problem, check_reply};
use crate::look::LookKind;
use proptest::prelude::*;
use serde_json::json;
use tdbal_types::Fault;

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

#[test]
fn list_of_a_recording_takes_precedence_over_pictures() {
    // An evaluation file that tdbal wrote: `pictures` lists its files.
    let mut both = recorded_answer(json!(1), json!(7));
    both["pictures"] = json!([{"name": "a.png"}]);
    let checked = check_reply(&both.to_string(), SHEET, &numbers(&[1])).unwrap();
    assert_eq!(checked.answers.len(), 1);
    // The list of files is then one of the fields that were not asked for.
    let opinion = checked.opinion.unwrap();
    assert_eq!(opinion.raw["pictures"], json!([{"name": "a.png"}]));
}

#[test]
fn analysis_of_another_type_is_ignored() {
    let text = json!({"pictures": [picture(1)], "analysis": ["Fine."]}).to_string();
    let checked = check_reply(&text, SHEET, &numbers(&[1])).unwrap();
    assert_eq!((checked.analysis, checked.opinion), (None, None));
}

#[test]
fn recommendations_are_kept_in_the_opinion() {
    let text = json!({"pictures": [picture(1)], "recommendations": {"delete": [1]}}).to_string();
    let checked = check_reply(&text, SHEET, &numbers(&[1])).unwrap();
    let opinion = checked.opinion.unwrap();
    assert_eq!(opinion.recommendations, Some(json!({"delete": [1]})));
    assert_eq!(opinion.counts, None);
}

#[test]
fn list_of_another_type_with_a_refusal_is_a_refusal() {
    let text = json!({"pictures": null, "refusal": "no"}).to_string();
    let expected = Problem::Refused {
        text: "no".to_owned(),
    };
    assert_eq!(problems(&text, &[1]), [expected]);
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
