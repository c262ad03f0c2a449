//! Every measure gives a finite result for every picture, however small, flat or incomplete.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

use evidence::{
    BlockMeter, Measures, PerceptualHash, Rgb, Thresholds, Tone, class_of_prompt, class_of_record,
    perceptual_hash, r99, sharpness,
};
use proptest::prelude::*;

fn measured(picture: &Rgb<'_>) -> Measures {
    let mut blocks = BlockMeter::new(picture.width, picture.height);
    for row in picture.pixels.chunks(3 * picture.width.max(1) as usize) {
        blocks.push(row);
    }
    Measures {
        r99: r99(picture),
        sharpness: sharpness(picture),
        blockiness: blocks.finish(),
        hash: perceptual_hash(picture),
        width: picture.width,
        height: picture.height,
    }
}

/// The given number of samples: random, of few distinct values, or of one colour.
fn pixels(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let few = prop::sample::select(vec![0_u8, 1, 127, 128, 254, 255]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), length),
        prop::collection::vec(few, length),
        any::<[u8; 3]>().prop_map(move |colour| colour.into_iter().cycle().take(length).collect()),
    ]
}

fn picture() -> impl Strategy<Value = (u32, u32, Vec<u8>)> {
    (1_u32..=150, 1_u32..=150).prop_flat_map(|(width, height)| {
        let length = 3 * (width * height) as usize;
        (Just(width), Just(height), pixels(length))
    })
}

fn check(found: &Measures) -> Result<(), TestCaseError> {
    prop_assert!(found.r99.is_finite() && (0.0..300.0).contains(&found.r99));
    prop_assert!(found.sharpness.is_finite() && found.sharpness >= 0.0);
    if let Some(blockiness) = found.blockiness {
        prop_assert!(blockiness > 0.0 && blockiness <= 80.0, "{}", blockiness);
    }
    // JSON cannot hold infinite or undefined numbers, so this round trip would fail with one.
    let text = serde_json::to_string(found).unwrap();
    prop_assert_eq!(&serde_json::from_str::<Measures>(&text).unwrap(), found);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_picture_can_be_measured((width, height, pixels) in picture()) {
        let found = measured(&Rgb { width, height, pixels: &pixels });
        check(&found)?;
        prop_assert_eq!(found.blockiness.is_some(), width > 8 || height > 8);
    }

    #[test]
    fn a_wrong_number_of_pixels_can_be_measured(
        width in 0_u32..40,
        height in 0_u32..40,
        pixels in prop::collection::vec(any::<u8>(), 0..6000),
    ) {
        check(&measured(&Rgb { width, height, pixels: &pixels }))?;
    }

    #[test]
    fn grey_pictures_are_monochrome((width, height, pixels) in picture()) {
        let grey: Vec<u8> = pixels
            .iter()
            .take((width * height) as usize)
            .flat_map(|&sample| [sample; 3])
            .collect();
        let found = measured(&Rgb { width, height, pixels: &grey });
        prop_assert!(found.r99 < 0.01, "{}", found.r99);
        prop_assert_eq!(Thresholds::default().tone(&found), Tone::Monochrome);
    }

    #[test]
    fn flat_pictures_of_a_strong_colour_are_coloured(
        width in 1_u32..80,
        height in 1_u32..80,
        strong in 200_u8..=255,
        weak in 0_u8..60,
        channels in prop::sample::select(vec![
            [true, false, false], [false, true, false], [false, false, true],
            [true, true, false], [true, false, true],
        ]),
    ) {
        let colour = channels.map(|is_strong| if is_strong { strong } else { weak });
        let pixels = colour.repeat((width * height) as usize);
        let found = measured(&Rgb { width, height, pixels: &pixels });
        prop_assert_eq!(Thresholds::default().tone(&found), Tone::Colour);
        prop_assert!(found.sharpness.abs() < 1e-9);
    }

    #[test]
    fn distance_is_a_metric(one: [u8; 32], other: [u8; 32], third: [u8; 32]) {
        let [one, other, third] = [one, other, third].map(PerceptualHash::from_bytes);
        prop_assert_eq!(one.distance(&one), 0);
        prop_assert_eq!(one.distance(&other), other.distance(&one));
        prop_assert!(one.distance(&third) <= one.distance(&other) + other.distance(&third));
    }

    #[test]
    fn any_text_can_be_classified(text in ".{0,200}") {
        let class = class_of_prompt(&text);
        prop_assert_eq!(class, class_of_prompt(&format!("  {text} ")));
        let _ = class_of_record(&text);
    }
}
