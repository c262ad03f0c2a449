use super::*;
use ImageClass::{BwStylized, Photorealistic};
use evidence::Tone;
use tdbal_types::{Label, Opinion};

/// What is known of a picture that was ordered as one class and looked at alone.
fn made(ordered: ImageClass, seen: ImageClass, quality: i64) -> Observations {
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
fn what_is_as_ordered_and_good_enough_counts() {
    let verdict = check(&made(BwStylized, BwStylized, 6), Some(6)).unwrap();
    assert_eq!(verdict.confidence, Confidence::Sure);
}

#[test]
fn another_class_does_not_count_and_what_was_ordered_does_not_hide_it() {
    let refusal = check(&made(BwStylized, Photorealistic, 9), None).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "it was ordered as bw_stylized and looks photorealistic"
    );
}

#[test]
fn what_the_pixels_contradict_does_not_count() {
    let coloured = Observations {
        tone: Some(Tone::Colour),
        ..made(BwStylized, BwStylized, 9)
    };
    let refusal = check(&coloured, None).unwrap_err();
    // All looks say what was ordered; the pixels do not.
    assert!(matches!(refusal, Rejection::Unsure { .. }), "{refusal:?}");
    assert_eq!(
        refusal.to_string(),
        "what it is is unsure: its pixels contradict the looks"
    );
}

#[test]
fn what_is_poor_does_not_count() {
    let refusal = check(&made(BwStylized, BwStylized, 5), Some(6)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "its quality is 5, at least 6 is wanted"
    );
}

#[test]
fn what_nobody_looked_at_does_not_count() {
    let unseen = Observations {
        close: None,
        ..made(BwStylized, BwStylized, 5)
    };
    assert_eq!(check(&unseen, None), Err(Rejection::NotLookedAt));
}

#[test]
fn a_persons_word_counts() {
    let labelled = Observations {
        label: Some(Label {
            class: Some(BwStylized),
            quality: None,
        }),
        ..made(BwStylized, Photorealistic, 5)
    };
    assert!(check(&labelled, None).is_ok());
}

#[test]
fn refusals_go_through_json() {
    for refusal in [
        Rejection::NotLookedAt,
        Rejection::WrongClass {
            ordered: BwStylized,
            seen: Photorealistic,
        },
        Rejection::Unsure {
            rules: vec![Rule::NoMajority],
        },
    ] {
        let text = serde_json::to_string(&refusal).unwrap();
        assert_eq!(serde_json::from_str::<Rejection>(&text).unwrap(), refusal);
    }
}
