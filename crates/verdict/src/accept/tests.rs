use super::*;
use ImageClass::{BwStylized, Photorealistic};
use evidence::Tone;
use tdbal_types::{Label, Opinion};

/// What is known about a new picture that was ordered as one class and had a close look.
fn new_picture(ordered: ImageClass, seen: ImageClass, quality: i64) -> Observations {
    Observations {
        close: Some(Opinion {
            class: seen,
            quality: Quality::new(quality).unwrap(),
            faults: Vec::new(),
        }),
        provenance: Some(ordered),
        ..Observations::default()
    }
}

fn check(testimony: &Observations, floor: Option<i64>) -> Result<Verdict, Rejection> {
    let floor = floor.map(|points| Quality::new(points).unwrap());
    accept(BwStylized, testimony, floor, &Scoring::default())
}

#[test]
fn picture_as_ordered_with_enough_quality_is_accepted() {
    let verdict = check(&new_picture(BwStylized, BwStylized, 6), Some(6)).unwrap();
    assert_eq!(verdict.confidence, Confidence::Sure);
}

#[test]
fn picture_of_another_class_is_rejected_despite_its_order() {
    let rejection = check(&new_picture(BwStylized, Photorealistic, 9), None).unwrap_err();
    assert_eq!(
        rejection.to_string(),
        "it was ordered as bw_stylized but looks photorealistic"
    );
}

#[test]
fn picture_contradicted_by_its_pixels_is_rejected() {
    let coloured = Observations {
        tone: Some(Tone::Colour),
        ..new_picture(BwStylized, BwStylized, 9)
    };
    let rejection = check(&coloured, None).unwrap_err();
    assert!(
        matches!(rejection, Rejection::Unsure { .. }),
        "{rejection:?}"
    );
    assert_eq!(
        rejection.to_string(),
        "its class is uncertain: its pixels contradict the looks"
    );
}

#[test]
fn picture_below_the_minimum_quality_is_rejected() {
    let rejection = check(&new_picture(BwStylized, BwStylized, 5), Some(6)).unwrap_err();
    assert_eq!(
        rejection.to_string(),
        "its quality 5 is below the minimum of 6"
    );
}

#[test]
fn picture_without_any_look_is_rejected() {
    let unseen = Observations {
        close: None,
        ..new_picture(BwStylized, BwStylized, 5)
    };
    assert_eq!(check(&unseen, None), Err(Rejection::NotLookedAt));
}

#[test]
fn labelled_class_is_accepted_against_the_look() {
    let labelled = Observations {
        label: Some(Label {
            class: Some(BwStylized),
            quality: None,
        }),
        ..new_picture(BwStylized, Photorealistic, 5)
    };
    assert!(check(&labelled, None).is_ok());
}

#[test]
fn rejections_round_trip_as_json() {
    for rejection in [
        Rejection::NotLookedAt,
        Rejection::WrongClass {
            ordered: BwStylized,
            seen: Photorealistic,
        },
        Rejection::Unsure {
            rules: vec![Rule::NoMajority],
        },
    ] {
        let text = serde_json::to_string(&rejection).unwrap();
        assert_eq!(serde_json::from_str::<Rejection>(&text).unwrap(), rejection);
    }
}
