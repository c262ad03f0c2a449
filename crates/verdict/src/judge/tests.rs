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

fn verdict(testimony: &Observations) -> Verdict {
    judge(testimony, &Scoring::default()).unwrap()
}

/// The class, the confidence and the rules behind them.
#[track_caller]
fn assert_verdict(
    testimony: &Observations,
    class: ImageClass,
    confidence: Confidence,
    rules: &[Rule],
) {
    let found = verdict(testimony);
    assert_eq!(
        (found.class, found.confidence, found.rules.as_slice()),
        (class, confidence, rules)
    );
}

fn close(testimony: Observations, class: ImageClass) -> Observations {
    Observations {
        close: Some(opinion(class, 5)),
        ..testimony
    }
}

fn tone(testimony: Observations, tone: Tone) -> Observations {
    Observations {
        tone: Some(tone),
        ..testimony
    }
}

fn made_as(testimony: Observations, class: ImageClass) -> Observations {
    Observations {
        provenance: Some(class),
        ..testimony
    }
}

#[test]
fn where_nothing_is_known_there_is_no_verdict() {
    let nothing = [
        Observations::default(),
        made_as(Observations::default(), Photorealistic),
        tone(Observations::default(), Tone::Monochrome),
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
    for testimony in nothing {
        assert_eq!(judge(&testimony, &Scoring::default()), None);
    }
}

#[test]
fn a_persons_word_wins_over_everything() {
    let everything_against = Observations {
        label: Some(Label {
            class: Some(ColorStylized),
            quality: Some(Quality::MAX),
        }),
        twins_differ: true,
        ..made_as(
            tone(
                close(votes(&[BwStylized, BwStylized]), BwStylized),
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
fn a_persons_word_about_quality_leaves_the_class_to_the_others() {
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
fn looks_that_agree_are_likely_and_no_more() {
    for testimony in [
        votes(&[Photorealistic]),
        votes(&[Photorealistic; 3]),
        close(votes(&[Photorealistic; 2]), Photorealistic),
        close(Observations::default(), Photorealistic),
        // Colour says nothing about photograph or drawing.
        tone(votes(&[Photorealistic; 3]), Tone::Colour),
        tone(votes(&[Photorealistic; 3]), Tone::Unclear),
    ] {
        assert_verdict(
            &testimony,
            Photorealistic,
            Confidence::Likely,
            &[Rule::LooksAgree],
        );
    }
}

#[test]
fn two_kinds_of_evidence_make_sure() {
    let drawn = votes(&[BwStylized, BwStylized]);
    assert_verdict(
        &tone(drawn.clone(), Tone::Monochrome),
        BwStylized,
        Confidence::Sure,
        &[Rule::LooksAgree, Rule::MonochromeAgrees],
    );
    assert_verdict(
        &made_as(drawn.clone(), BwStylized),
        BwStylized,
        Confidence::Sure,
        &[Rule::LooksAgree, Rule::ProvenanceAgrees],
    );
    assert_verdict(
        &made_as(tone(drawn, Tone::Monochrome), BwStylized),
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
fn pixels_that_contradict_make_unsure_whatever_the_votes() {
    for class in [Photorealistic, ColorStylized] {
        let testimony = tone(close(votes(&[class; 3]), class), Tone::Monochrome);
        assert_verdict(
            &testimony,
            BwStylized,
            Confidence::Unsure,
            &[Rule::LooksAgree, Rule::ToneContradicts],
        );
    }
    let coloured = tone(votes(&[BwStylized; 3]), Tone::Colour);
    assert_eq!(verdict(&coloured).confidence, Confidence::Unsure);
    assert_eq!(verdict(&coloured).agreement, (0, 3));
}

#[test]
fn a_coloured_picture_called_black_and_white_is_the_best_supported_of_the_others() {
    let called_bw = tone(votes(&[BwStylized, BwStylized]), Tone::Colour);
    let class = |testimony: &Observations| verdict(testimony).class;
    // Nothing speaks for either: the more frequent one.
    assert_eq!(class(&called_bw), Photorealistic);
    assert_eq!(
        class(&close(called_bw.clone(), ColorStylized)),
        ColorStylized
    );
    assert_eq!(class(&made_as(called_bw, ColorStylized)), ColorStylized);
    let one_vote = tone(
        votes(&[BwStylized, BwStylized, ColorStylized]),
        Tone::Colour,
    );
    assert_eq!(class(&one_vote), ColorStylized);
}

#[test]
fn no_majority_is_unsure() {
    for split in [
        votes(&[BwStylized, Photorealistic]),
        votes(&[BwStylized, Photorealistic, ColorStylized]),
    ] {
        let found = verdict(&split);
        assert_eq!(found.rules, [Rule::NoMajority]);
        assert_eq!(found.confidence, Confidence::Unsure);
        // The close look says which is likeliest, and does not make it certain.
        assert_verdict(
            &close(split, BwStylized),
            BwStylized,
            Confidence::Unsure,
            &[Rule::NoMajority],
        );
    }
}

#[test]
fn a_majority_needs_a_close_look() {
    let most = votes(&[ColorStylized, Photorealistic, ColorStylized]);
    assert_verdict(
        &most,
        ColorStylized,
        Confidence::Unsure,
        &[Rule::MajorityUnconfirmed],
    );
    assert_eq!(verdict(&most).agreement, (2, 3));
    assert_verdict(
        &close(most.clone(), ColorStylized),
        ColorStylized,
        Confidence::Likely,
        &[Rule::MajorityConfirmed],
    );
    assert_verdict(
        &made_as(close(most.clone(), ColorStylized), ColorStylized),
        ColorStylized,
        Confidence::Sure,
        &[Rule::MajorityConfirmed, Rule::ProvenanceAgrees],
    );
    let against = close(most, Photorealistic);
    assert_eq!(verdict(&against).rules, [Rule::CloseLookDiffers]);
    assert_eq!(verdict(&against).confidence, Confidence::Unsure);
}

#[test]
fn a_close_look_against_all_votes_is_unsure() {
    let found = verdict(&close(votes(&[Photorealistic; 3]), ColorStylized));
    assert_eq!(found.rules, [Rule::CloseLookDiffers]);
    assert_eq!(found.confidence, Confidence::Unsure);
    assert_eq!(found.class, Photorealistic);
}

#[test]
fn provenance_against_the_looks_is_unsure_and_outweighs_them() {
    // A prompt is wrong on 5 % and a model on 10 % again and again, however often it looks.
    let against = made_as(
        close(votes(&[Photorealistic; 3]), Photorealistic),
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
fn a_near_duplicate_seen_otherwise_makes_unsure() {
    let twin = Observations {
        twins_differ: true,
        ..made_as(votes(&[Photorealistic; 2]), Photorealistic)
    };
    assert_verdict(
        &twin,
        Photorealistic,
        Confidence::Unsure,
        &[Rule::LooksAgree, Rule::TwinsDiffer],
    );
}

#[test]
fn the_quality_is_the_median_with_a_half_in_favour() {
    let of = |qualities: &[i64]| {
        let testimony = Observations {
            votes: qualities
                .iter()
                .map(|quality| opinion(BwStylized, *quality))
                .collect(),
            ..Observations::default()
        };
        let found = verdict(&testimony);
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
fn faults_are_those_that_half_of_the_looks_name() {
    let testimony = Observations {
        votes: vec![
            with_faults(&[Fault::Symmetrical, Fault::Distorted]),
            with_faults(&[Fault::Distorted]),
            with_faults(&[]),
        ],
        close: Some(with_faults(&[Fault::Distorted, Fault::LookingAtCamera])),
        ..Observations::default()
    };
    assert_eq!(verdict(&testimony).faults, [Fault::Distorted]);
}

#[test]
fn weights_of_taste_and_defects_make_the_score() {
    let testimony = Observations {
        votes: vec![with_faults(&[Fault::LookingAtCamera, Fault::Distorted])],
        ..Observations::default()
    };
    let score = |weights: &[(Fault, f64)]| {
        let scoring = Scoring {
            weights: weights.iter().copied().collect(),
        };
        let found = judge(&testimony, &scoring).unwrap();
        assert_eq!(found.quality.get(), 8, "the quality is as it was said");
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
fn a_persons_quality_is_not_weighed() {
    let testimony = Observations {
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
    assert_eq!(judge(&testimony, &scoring).unwrap().score, Quality::MAX);
}

#[test]
fn verdicts_go_through_json_and_rules_are_named_as_there() {
    let found = verdict(&made_as(votes(&[Photorealistic]), Photorealistic));
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&text).unwrap(), found);
    assert!(text.contains(r#""rules":["looks_agree","provenance_agrees"]"#));
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
    }
}

#[test]
fn every_rule_is_documented() {
    let documentation = include_str!("../../../../docs/trust.md");
    for rule in Rule::ALL {
        let row = format!("| `{}` |", rule.as_str());
        assert_eq!(documentation.matches(&row).count(), 1, "{row}");
    }
}
