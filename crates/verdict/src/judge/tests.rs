use super::*;
use ImageClass::{BwStylized, ColorStylized, Photorealistic};
use tdbal_types::Label;

fn opinion(class: ImageClass, quality: i64) -> Opinion {
    Opinion {
        class,
        quality: Quality::new(quality).unwrap(),
        faults: Vec::new(),
    }
}

fn votes(classes: &[ImageClass]) -> Observations {
    Observations {
        votes: classes.iter().map(|class| opinion(*class, 5)).collect(),
        ..Observations::default()
    }
}

fn verdict(observations: &Observations) -> Verdict {
    judge(observations, &Scoring::default()).unwrap()
}

/// Asserts the class, the confidence and the rules of a verdict.
#[track_caller]
fn assert_verdict(
    observations: &Observations,
    class: ImageClass,
    confidence: Confidence,
    rules: &[Rule],
) {
    let found = verdict(observations);
    assert_eq!(
        (found.class, found.confidence, found.rules.as_slice()),
        (class, confidence, rules)
    );
}

fn with_close(observations: Observations, class: ImageClass) -> Observations {
    Observations {
        close: Some(opinion(class, 5)),
        ..observations
    }
}

fn with_tone(observations: Observations, tone: Tone) -> Observations {
    Observations {
        tone: Some(tone),
        ..observations
    }
}

fn with_provenance(observations: Observations, class: ImageClass) -> Observations {
    Observations {
        provenance: Some(class),
        ..observations
    }
}

#[test]
fn missing_class_or_quality_gives_no_verdict() {
    let nothing = [
        Observations::default(),
        with_provenance(Observations::default(), Photorealistic),
        with_tone(Observations::default(), Tone::Monochrome),
        Observations {
            label: Some(Label {
                class: Some(BwStylized),
                quality: None,
            }),
            ..Observations::default()
        },
        Observations {
            label: Some(Label {
                class: None,
                quality: Some(Quality::MAX),
            }),
            ..Observations::default()
        },
    ];
    for observations in nothing {
        assert_eq!(judge(&observations, &Scoring::default()), None);
    }
}

#[test]
fn label_overrides_all_other_observations() {
    let everything_against = Observations {
        label: Some(Label {
            class: Some(ColorStylized),
            quality: Some(Quality::MAX),
        }),
        twins_differ: true,
        ..with_provenance(
            with_tone(
                with_close(votes(&[BwStylized, BwStylized]), BwStylized),
                Tone::Monochrome,
            ),
            BwStylized,
        )
    };
    assert_verdict(
        &everything_against,
        ColorStylized,
        Confidence::Sure,
        &[Rule::Person],
    );
    let found = verdict(&everything_against);
    assert_eq!((found.quality, found.agreement), (Quality::MAX, (0, 2)));
}

#[test]
fn labelled_quality_leaves_the_class_to_the_looks() {
    let labelled = Observations {
        label: Some(Label {
            class: None,
            quality: Some(Quality::MIN),
        }),
        ..votes(&[BwStylized, BwStylized])
    };
    assert_verdict(
        &labelled,
        BwStylized,
        Confidence::Likely,
        &[Rule::LooksAgree],
    );
    assert_eq!(verdict(&labelled).quality, Quality::MIN);
}

#[test]
fn agreeing_looks_alone_are_at_most_likely() {
    for observations in [
        votes(&[Photorealistic]),
        votes(&[Photorealistic; 3]),
        with_close(votes(&[Photorealistic; 2]), Photorealistic),
        with_close(Observations::default(), Photorealistic),
        // Coloured pixels confirm neither photograph nor drawing.
        with_tone(votes(&[Photorealistic; 3]), Tone::Colour),
        with_tone(votes(&[Photorealistic; 3]), Tone::Unclear),
    ] {
        assert_verdict(
            &observations,
            Photorealistic,
            Confidence::Likely,
            &[Rule::LooksAgree],
        );
    }
}

#[test]
fn two_agreeing_kinds_of_evidence_are_sure() {
    let drawn = votes(&[BwStylized, BwStylized]);
    assert_verdict(
        &with_tone(drawn.clone(), Tone::Monochrome),
        BwStylized,
        Confidence::Sure,
        &[Rule::LooksAgree, Rule::MonochromeAgrees],
    );
    assert_verdict(
        &with_provenance(drawn.clone(), BwStylized),
        BwStylized,
        Confidence::Sure,
        &[Rule::LooksAgree, Rule::ProvenanceAgrees],
    );
    assert_verdict(
        &with_provenance(with_tone(drawn, Tone::Monochrome), BwStylized),
        BwStylized,
        Confidence::Sure,
        &[
            Rule::LooksAgree,
            Rule::ProvenanceAgrees,
            Rule::MonochromeAgrees,
        ],
    );
}

#[test]
fn contradicting_pixels_make_any_votes_unsure() {
    for class in [Photorealistic, ColorStylized] {
        let observations = with_tone(with_close(votes(&[class; 3]), class), Tone::Monochrome);
        assert_verdict(
            &observations,
            BwStylized,
            Confidence::Unsure,
            &[Rule::LooksAgree, Rule::ToneContradicts],
        );
    }
    let coloured = with_tone(votes(&[BwStylized; 3]), Tone::Colour);
    assert_eq!(verdict(&coloured).confidence, Confidence::Unsure);
    assert_eq!(verdict(&coloured).agreement, (0, 3));
}

#[test]
fn coloured_picture_called_bw_takes_the_next_likeliest_class() {
    let called_bw = with_tone(votes(&[BwStylized, BwStylized]), Tone::Colour);
    let class = |observations: &Observations| verdict(observations).class;
    // Nothing supports either of the other classes: the more frequent one wins.
    assert_eq!(class(&called_bw), Photorealistic);
    assert_eq!(
        class(&with_close(called_bw.clone(), ColorStylized)),
        ColorStylized
    );
    assert_eq!(
        class(&with_provenance(called_bw, ColorStylized)),
        ColorStylized
    );
    let one_vote = with_tone(
        votes(&[BwStylized, BwStylized, ColorStylized]),
        Tone::Colour,
    );
    assert_eq!(class(&one_vote), ColorStylized);
}

#[test]
fn votes_without_a_majority_are_unsure() {
    for split in [
        votes(&[BwStylized, Photorealistic]),
        votes(&[BwStylized, Photorealistic, ColorStylized]),
    ] {
        let found = verdict(&split);
        assert_eq!(found.rules, [Rule::NoMajority]);
        assert_eq!(found.confidence, Confidence::Unsure);
        // A close look decides which class is most likely, but does not make it certain.
        assert_verdict(
            &with_close(split, BwStylized),
            BwStylized,
            Confidence::Unsure,
            &[Rule::NoMajority],
        );
    }
}

#[test]
fn majority_without_a_close_look_is_unsure() {
    let most = votes(&[ColorStylized, Photorealistic, ColorStylized]);
    assert_verdict(
        &most,
        ColorStylized,
        Confidence::Unsure,
        &[Rule::MajorityUnconfirmed],
    );
    assert_eq!(verdict(&most).agreement, (2, 3));
    assert_verdict(
        &with_close(most.clone(), ColorStylized),
        ColorStylized,
        Confidence::Likely,
        &[Rule::MajorityConfirmed],
    );
    assert_verdict(
        &with_provenance(with_close(most.clone(), ColorStylized), ColorStylized),
        ColorStylized,
        Confidence::Sure,
        &[Rule::MajorityConfirmed, Rule::ProvenanceAgrees],
    );
    let against = with_close(most, Photorealistic);
    assert_eq!(verdict(&against).rules, [Rule::CloseLookDiffers]);
    assert_eq!(verdict(&against).confidence, Confidence::Unsure);
}

#[test]
fn close_look_against_all_votes_is_unsure() {
    let found = verdict(&with_close(votes(&[Photorealistic; 3]), ColorStylized));
    assert_eq!(found.rules, [Rule::CloseLookDiffers]);
    assert_eq!(found.confidence, Confidence::Unsure);
    assert_eq!(found.class, Photorealistic);
}

#[test]
fn provenance_against_the_looks_is_unsure_but_wins() {
    // 5 % of prompts are wrong, but the model has persistent errors on 10 % of the pictures.
    let against = with_provenance(
        with_close(votes(&[Photorealistic; 3]), Photorealistic),
        ColorStylized,
    );
    assert_verdict(
        &against,
        ColorStylized,
        Confidence::Unsure,
        &[Rule::LooksAgree, Rule::ProvenanceDiffers],
    );
}

#[test]
fn near_duplicate_of_another_class_makes_unsure() {
    let twin = Observations {
        twins_differ: true,
        ..with_provenance(votes(&[Photorealistic; 2]), Photorealistic)
    };
    assert_verdict(
        &twin,
        Photorealistic,
        Confidence::Unsure,
        &[Rule::LooksAgree, Rule::TwinsDiffer],
    );
}

#[test]
fn quality_is_the_median_with_halves_rounded_up() {
    let of = |qualities: &[i64]| {
        let observations = Observations {
            votes: qualities
                .iter()
                .map(|quality| opinion(BwStylized, *quality))
                .collect(),
            ..Observations::default()
        };
        let found = verdict(&observations);
        (found.quality.get(), found.spread)
    };
    assert_eq!(of(&[4]), (4, 0));
    assert_eq!(of(&[9, 4]), (7, 5));
    assert_eq!(of(&[2, 8, 3]), (3, 6));
    assert_eq!(of(&[2, 4, 6, 10]), (5, 8));
    let closely = Observations {
        close: Some(opinion(BwStylized, 1)),
        ..votes(&[BwStylized, BwStylized])
    };
    assert_eq!(verdict(&closely).quality.get(), 5);
    assert_eq!(verdict(&closely).spread, 4);
}

fn with_faults(faults: &[Fault]) -> Opinion {
    Opinion {
        faults: faults.to_vec(),
        ..opinion(BwStylized, 8)
    }
}

#[test]
fn faults_named_by_half_of_the_looks_are_kept() {
    let observations = Observations {
        votes: vec![
            with_faults(&[Fault::Symmetrical, Fault::Distorted]),
            with_faults(&[Fault::Distorted]),
            with_faults(&[]),
        ],
        close: Some(with_faults(&[Fault::Distorted, Fault::LookingAtCamera])),
        ..Observations::default()
    };
    assert_eq!(verdict(&observations).faults, [Fault::Distorted]);
}

#[test]
fn fault_weights_lower_the_score_but_not_the_quality() {
    let observations = Observations {
        votes: vec![with_faults(&[Fault::LookingAtCamera, Fault::Distorted])],
        ..Observations::default()
    };
    let score = |weights: &[(Fault, f64)]| {
        let scoring = Scoring {
            weights: weights.iter().copied().collect(),
        };
        let found = judge(&observations, &scoring).unwrap();
        assert_eq!(found.quality.get(), 8, "faults do not change the quality");
        found.score.get()
    };
    assert_eq!(score(&[]), 8);
    assert_eq!(score(&[(Fault::LookingAtCamera, 1.5)]), 7);
    assert_eq!(
        score(&[(Fault::LookingAtCamera, 1.5), (Fault::Distorted, 2.0)]),
        5
    );
    assert_eq!(score(&[(Fault::Symmetrical, 5.0)]), 8);
    assert_eq!(score(&[(Fault::Distorted, 99.0)]), 1);
    assert_eq!(score(&[(Fault::Distorted, f64::NAN)]), 8);
}

#[test]
fn labelled_quality_is_not_lowered_by_faults() {
    let observations = Observations {
        votes: vec![with_faults(&[Fault::Distorted])],
        label: Some(Label {
            class: None,
            quality: Some(Quality::MAX),
        }),
        ..Observations::default()
    };
    let scoring = Scoring {
        weights: [(Fault::Distorted, 3.0)].into(),
    };
    assert_eq!(judge(&observations, &scoring).unwrap().score, Quality::MAX);
}

#[test]
fn verdicts_round_trip_as_json_with_rule_names() {
    let found = verdict(&with_provenance(votes(&[Photorealistic]), Photorealistic));
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&text).unwrap(), found);
    assert!(text.contains(r#""rules":["looks_agree","provenance_agrees"]"#));
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
    }
}

#[test]
fn every_rule_has_one_row_in_the_documentation() {
    let documentation = include_str!("../../../../docs/trust.md");
    for rule in Rule::ALL {
        let row = format!("| `{}` |", rule.as_str());
        assert_eq!(documentation.matches(&row).count(), 1, "{row}");
    }
}
