use super::*;

const PICTURES: usize = 4_000;

fn pictures() -> Vec<(Digest, Truth)> {
    (0..PICTURES as u64)
        .map(|number| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            let truth = Truth {
                class: pick(&ImageClass::ALL, dice(&[number])),
                quality: Quality::new(5).unwrap(),
            };
            (Digest::from_bytes(bytes), truth)
        })
        .collect()
}

fn looks(eye: Eye, number: u64) -> Vec<Opinion> {
    SimulatedModel { seed: 3, eye }.sheet(number, &pictures())
}

/// Returns the share of pictures for which the value is true.
fn share(holds: impl Iterator<Item = bool>) -> f64 {
    holds.filter(|holds| *holds).count() as f64 / PICTURES as f64
}

fn wrong(opinions: &[Opinion]) -> f64 {
    share(
        opinions
            .iter()
            .zip(pictures())
            .map(|(opinion, (_, truth))| opinion.class != truth.class),
    )
}

fn alike(one: &[Opinion], other: &[Opinion]) -> f64 {
    share(one.iter().zip(other).map(|(a, b)| a.class == b.class))
}

fn is_about(found: f64, expected: f64) -> bool {
    // Four standard errors of a share, at its largest variance.
    (found - expected).abs() < 4.0 * (0.25 / PICTURES as f64).sqrt()
}

#[test]
fn model_without_errors_is_right_and_repeatable() {
    let eye = Eye::Looks(Errors::default());
    assert!(wrong(&looks(eye.clone(), 1)) == 0.0);
    for eye in [eye, Eye::Random, Eye::ByPicture] {
        assert_eq!(looks(eye.clone(), 1), looks(eye, 1));
    }
}

#[test]
fn persistent_errors_repeat_and_passing_ones_do_not() {
    let eye = Eye::Looks(Errors {
        persistent: 0.10,
        passing: 0.05,
        ..Errors::default()
    });
    let (first, second) = (looks(eye.clone(), 1), looks(eye, 2));
    assert!(is_about(wrong(&first), 0.15) && is_about(wrong(&second), 0.15));
    let both = share(
        first
            .iter()
            .zip(&second)
            .zip(pictures())
            .map(|((a, b), (_, truth))| a.class != truth.class && b.class != truth.class),
    );
    assert!(is_about(both, 0.10 + 0.05 * 0.05 / 0.9), "{both}");
}

#[test]
fn confusion_affects_only_the_two_given_classes() {
    let pair = [ImageClass::Photorealistic, ImageClass::ColorStylized];
    let eye = Eye::Looks(Errors {
        persistent: 0.3,
        confusion: Some(pair),
        ..Errors::default()
    });
    let seen = looks(eye, 1);
    assert!(
        is_about(wrong(&seen), 0.2),
        "pictures of the third class are never wrong"
    );
    for (opinion, (_, truth)) in seen.iter().zip(pictures()) {
        if opinion.class != truth.class {
            assert!(pair.contains(&opinion.class) && pair.contains(&truth.class));
        }
    }
}

#[test]
fn position_bias_affects_sheets_only() {
    let eye = Eye::Looks(Errors {
        by_position: 0.3,
        ..Errors::default()
    });
    let share = wrong(&looks(eye.clone(), 1));
    assert!(
        is_about(share, 0.2),
        "a third of the 30 % is right by chance: {share}"
    );
    let model = SimulatedModel { seed: 3, eye };
    let closely: Vec<Opinion> = pictures()
        .into_iter()
        .map(|(digest, truth)| model.close(digest, truth))
        .collect();
    assert!(wrong(&closely) == 0.0);
}

#[test]
fn quality_error_stays_within_the_noise() {
    let eye = Eye::Looks(Errors {
        quality_noise: 1,
        ..Errors::default()
    });
    let mut seen = [0; 11];
    for opinion in looks(eye, 1) {
        seen[usize::from(opinion.quality.get())] += 1;
    }
    assert_eq!(seen.iter().sum::<i32>(), PICTURES as i32);
    assert!(seen[4..=6].iter().all(|count| *count > 1_000), "{seen:?}");
    assert_eq!(seen[4..=6].iter().sum::<i32>(), PICTURES as i32);
}

#[test]
fn blind_models_ignore_the_pictures() {
    for eye in [Eye::Random, Eye::ByPicture] {
        assert!(is_about(wrong(&looks(eye, 1)), 2.0 / 3.0));
    }
    let again = |eye: Eye| alike(&looks(eye.clone(), 1), &looks(eye, 2));
    assert!(is_about(again(Eye::Random), 1.0 / 3.0));
    assert!((again(Eye::ByPicture) - 1.0).abs() < f64::EPSILON);
    let quality = Quality::new(8).unwrap();
    let answers = ImageClass::ALL.map(|class| (class, quality)).to_vec();
    let template = looks(Eye::Template(answers), 1);
    assert!(template.chunks(3).all(|chunk| {
        chunk
            .iter()
            .zip(ImageClass::ALL)
            .all(|(opinion, class)| opinion.class == class)
    }));
    let constant = looks(Eye::Constant(ImageClass::BwStylized, quality), 1);
    assert!(
        constant
            .iter()
            .all(|opinion| opinion.class == ImageClass::BwStylized)
    );
}
