use super::*;
use ImageClass::{BwStylized, ColorStylized, Photorealistic};
use tdbal_types::{Label, Opinion, Quality};

fn looks(classes: &[ImageClass]) -> Observations {
    Observations {
        votes: classes
            .iter()
            .map(|class| Opinion {
                class: *class,
                quality: Quality::MAX,
                faults: Vec::new(),
            })
            .collect(),
        ..Observations::default()
    }
}

fn at_uniform_prior(observations: &Observations) -> ClassProbabilities {
    ClassProbabilities::posterior(
        observations,
        &ErrorRates::default(),
        &ClassProbabilities::UNIFORM,
    )
}

fn is_close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[test]
fn one_look_is_as_probable_as_its_error_rates_allow() {
    let probabilities = at_uniform_prior(&looks(&[BwStylized]));
    // 15 % of answers are wrong, split evenly between the other two classes.
    assert!(
        is_close(probabilities[BwStylized], 0.85),
        "{probabilities:?}"
    );
    assert!(is_close(probabilities[Photorealistic], 0.075));
}

#[test]
fn more_looks_rule_out_passing_but_not_persistent_errors() {
    let once = at_uniform_prior(&looks(&[BwStylized]))[BwStylized];
    let twice = at_uniform_prior(&looks(&[BwStylized; 2]))[BwStylized];
    let often = at_uniform_prior(&looks(&[BwStylized; 9]))[BwStylized];
    assert!(twice > once + 0.03 && twice < 0.90, "{twice}");
    assert!(often < 0.90, "{often}");
    let one_apart = looks(&[BwStylized, BwStylized, BwStylized, Photorealistic]);
    assert!(
        at_uniform_prior(&one_apart)[BwStylized] > 0.98,
        "one answer that differs proves a passing error, not a persistent one"
    );
}

#[test]
fn provenance_outweighs_looks_with_twice_its_error_rate() {
    let observations = Observations {
        provenance: Some(ColorStylized),
        ..looks(&[Photorealistic; 4])
    };
    assert_eq!(at_uniform_prior(&observations).most_likely(), ColorStylized);
    let trusted = ErrorRates {
        persistent: 0.01,
        ..ErrorRates::default()
    };
    let probabilities =
        ClassProbabilities::posterior(&observations, &trusted, &ClassProbabilities::UNIFORM);
    assert_eq!(probabilities.most_likely(), Photorealistic);
}

#[test]
fn tone_separates_only_black_and_white_from_the_rest() {
    let monochrome = Observations {
        tone: Some(Tone::Monochrome),
        ..looks(&[Photorealistic])
    };
    assert_eq!(at_uniform_prior(&monochrome).most_likely(), BwStylized);
    let coloured = Observations {
        tone: Some(Tone::Colour),
        ..looks(&[])
    };
    let probabilities = at_uniform_prior(&coloured);
    assert!(is_close(
        probabilities[Photorealistic],
        probabilities[ColorStylized]
    ));
    assert!(probabilities[BwStylized] < 0.02);
    let unclear = Observations {
        tone: Some(Tone::Unclear),
        ..looks(&[])
    };
    assert_eq!(at_uniform_prior(&unclear), ClassProbabilities::UNIFORM);
}

#[test]
fn labelled_class_has_probability_one() {
    let observations = Observations {
        label: Some(Label {
            class: Some(ColorStylized),
            quality: None,
        }),
        ..looks(&[Photorealistic; 4])
    };
    assert!(is_close(
        at_uniform_prior(&observations)[ColorStylized],
        1.0
    ));
}

#[test]
fn rare_class_is_less_probable_within_its_set() {
    let photograph = looks(&[Photorealistic; 3]);
    let drawing = looks(&[ColorStylized; 3]);
    let mut all = vec![&photograph; 14];
    all.push(&drawing);
    let probabilities = ClassProbabilities::posteriors_of_set(&all, &ErrorRates::default());
    let (among_photographs, alone) = (
        probabilities[14][ColorStylized],
        at_uniform_prior(&drawing)[ColorStylized],
    );
    // One of 14 photographs may well be mistaken for a drawing.
    assert!(
        among_photographs < alone - 0.1,
        "{among_photographs} {alone}"
    );
    assert!(probabilities[0][Photorealistic] > 0.97);
}

#[test]
fn rates_out_of_range_keep_probabilities_valid() {
    for wild in [f64::NAN, -1.0, 0.0, 1.0, f64::INFINITY] {
        let rates = ErrorRates {
            persistent: wild,
            passing: wild,
            provenance: wild,
            tone: wild,
        };
        let observations = Observations {
            tone: Some(Tone::Colour),
            provenance: Some(BwStylized),
            ..looks(&[BwStylized, Photorealistic])
        };
        let probabilities =
            ClassProbabilities::posterior(&observations, &rates, &ClassProbabilities::UNIFORM);
        for class in ImageClass::ALL {
            assert!(
                (0.0..=1.0).contains(&probabilities[class]),
                "{wild} {probabilities:?}"
            );
        }
    }
}

#[test]
fn probability_of_at_least_matches_brute_force() {
    let chances = [0.5, 0.2, 0.9];
    let brute_force = |count: usize| -> f64 {
        (0..8_u32)
            .filter(|which| which.count_ones() as usize >= count)
            .map(|which| {
                chances
                    .iter()
                    .enumerate()
                    .map(|(at, chance)| {
                        if which >> at & 1 == 1 {
                            *chance
                        } else {
                            1.0 - chance
                        }
                    })
                    .product::<f64>()
            })
            .sum()
    };
    for count in 0..=4 {
        let found = probability_of_at_least(count, chances.into_iter());
        assert!(is_close(found, brute_force(count)), "{count}: {found}");
    }
    assert!(is_close(
        probability_of_at_least(0, std::iter::empty()),
        1.0
    ));
    assert!(is_close(
        probability_of_at_least(1, std::iter::empty()),
        0.0
    ));
}
