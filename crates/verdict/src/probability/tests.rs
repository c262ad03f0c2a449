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

fn even(testimony: &Observations) -> Odds {
    Odds::of(testimony, &ErrorRates::default(), &Odds::EVEN)
}

fn is_close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[test]
fn one_look_is_believed_as_often_as_it_is_right() {
    let odds = even(&looks(&[BwStylized]));
    // 15 % wrong, evenly on the other two classes.
    assert!(is_close(odds[BwStylized], 0.85), "{odds:?}");
    assert!(is_close(odds[Photorealistic], 0.075));
}

#[test]
fn more_looks_rule_out_passing_errors_but_not_persistent_ones() {
    let once = even(&looks(&[BwStylized]))[BwStylized];
    let twice = even(&looks(&[BwStylized; 2]))[BwStylized];
    let often = even(&looks(&[BwStylized; 9]))[BwStylized];
    assert!(twice > once + 0.03 && twice < 0.90, "{twice}");
    assert!(often < 0.90, "{often}");
    let one_apart = looks(&[BwStylized, BwStylized, BwStylized, Photorealistic]);
    assert!(
        even(&one_apart)[BwStylized] > 0.98,
        "this error was a passing one"
    );
}

#[test]
fn provenance_outweighs_looks_that_are_wrong_twice_as_often() {
    let testimony = Observations {
        provenance: Some(ColorStylized),
        ..looks(&[Photorealistic; 4])
    };
    assert_eq!(even(&testimony).likeliest(), ColorStylized);
    let trusted = ErrorRates {
        persistent: 0.01,
        ..ErrorRates::default()
    };
    let odds = Odds::of(&testimony, &trusted, &Odds::EVEN);
    assert_eq!(odds.likeliest(), Photorealistic);
}

#[test]
fn pixels_tell_black_and_white_only() {
    let monochrome = Observations {
        tone: Some(Tone::Monochrome),
        ..looks(&[Photorealistic])
    };
    assert_eq!(even(&monochrome).likeliest(), BwStylized);
    let coloured = Observations {
        tone: Some(Tone::Colour),
        ..looks(&[])
    };
    let odds = even(&coloured);
    assert!(is_close(odds[Photorealistic], odds[ColorStylized]));
    assert!(odds[BwStylized] < 0.02);
    let unclear = Observations {
        tone: Some(Tone::Unclear),
        ..looks(&[])
    };
    assert_eq!(even(&unclear), Odds::EVEN);
}

#[test]
fn a_persons_word_is_certain() {
    let testimony = Observations {
        label: Some(Label {
            class: Some(ColorStylized),
            quality: None,
        }),
        ..looks(&[Photorealistic; 4])
    };
    assert!(is_close(even(&testimony)[ColorStylized], 1.0));
}

#[test]
fn what_else_is_in_the_set_counts() {
    let photograph = looks(&[Photorealistic; 3]);
    let drawing = looks(&[ColorStylized; 3]);
    let mut all = vec![&photograph; 14];
    all.push(&drawing);
    let odds = Odds::of_set(&all, &ErrorRates::default());
    let (among_photographs, alone) = (odds[14][ColorStylized], even(&drawing)[ColorStylized]);
    // Of 14 photographs one may well be taken for a drawing.
    assert!(
        among_photographs < alone - 0.1,
        "{among_photographs} {alone}"
    );
    assert!(odds[0][Photorealistic] > 0.97);
}

#[test]
fn rates_out_of_range_rule_nothing_out() {
    for wild in [f64::NAN, -1.0, 0.0, 1.0, f64::INFINITY] {
        let rates = ErrorRates {
            persistent: wild,
            passing: wild,
            provenance: wild,
            tone: wild,
        };
        let testimony = Observations {
            tone: Some(Tone::Colour),
            provenance: Some(BwStylized),
            ..looks(&[BwStylized, Photorealistic])
        };
        let odds = Odds::of(&testimony, &rates, &Odds::EVEN);
        for class in ImageClass::ALL {
            assert!((0.0..=1.0).contains(&odds[class]), "{wild} {odds:?}");
        }
    }
}

#[test]
fn at_least_so_many_of_events_that_are_not_equally_probable() {
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
        let found = at_least(count, chances.into_iter());
        assert!(is_close(found, brute_force(count)), "{count}: {found}");
    }
    assert!(is_close(at_least(0, std::iter::empty()), 1.0));
    assert!(is_close(at_least(1, std::iter::empty()), 0.0));
}
