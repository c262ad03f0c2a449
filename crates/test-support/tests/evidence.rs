//! Pixel measurements and prompts of drawn pictures agree with their class and quality.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assumption should stop the test"
)]

use evidence::{PerceptualHash, Rgb, Thresholds, class_of_prompt};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tdbal_types::ImageClass;
use test_support::fixtures::{Expected, Index, OutcomeKind, fixtures_dir};
use test_support::pictures;

struct Measures {
    r99: f64,
    sharpness: f64,
    hash: PerceptualHash,
}

/// Measures a picture file, or returns `None` if it cannot be decoded.
fn measure(file: &[u8]) -> Option<Measures> {
    let picture = image::load_from_memory(file).ok()?.to_rgb8();
    let pixels = Rgb {
        width: picture.width(),
        height: picture.height(),
        pixels: picture.as_raw(),
    };
    Some(Measures {
        r99: evidence::r99(&pixels),
        sharpness: evidence::sharpness(&pixels),
        hash: evidence::perceptual_hash(&pixels),
    })
}

/// Returns true if the colourfulness of the pixels fits the class.
fn fits(class: ImageClass, r99: f64) -> bool {
    let limits = Thresholds::default();
    match class {
        ImageClass::BwStylized => r99 <= limits.monochrome_max,
        ImageClass::Photorealistic | ImageClass::ColorStylized => r99 >= limits.colour_min,
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Returns the class and quality of each picture in the recorded reply, by name; empty if the reply
/// is unusable.
fn answers(expected: &Expected) -> BTreeMap<String, (ImageClass, i64)> {
    if expected.outcome == OutcomeKind::Unassessed {
        return BTreeMap::new();
    }
    let reply = json(&fixtures_dir().join(format!("replies/{}.json", expected.actor)));
    let answers = reply["image_classifications"].as_array().unwrap();
    let named = answers.iter().map(|answer| {
        let number = answer["image_number"].as_u64().unwrap() as usize;
        let class = answer["type"].as_str().unwrap().parse().unwrap();
        let quality = answer["quality_score"].as_i64().unwrap();
        (expected.sheet[number - 1].clone(), (class, quality))
    });
    named.collect()
}

#[test]
fn fixtures_measure_as_their_class_and_quality() {
    let limits = Thresholds::default();
    let (mut seen, mut blurred, mut prompted) = (0, 0, 0);
    for expected in Index::of_fixtures().actors {
        let folder = fixtures_dir()
            .join("data/actors")
            .join(&expected.actor)
            .join("training_data");
        let manifest = json(&folder.join("manifest.json"));
        let answers = answers(&expected);
        for name in &expected.sheet {
            let Some(measures) = measure(&fs::read(folder.join(name)).unwrap()) else {
                assert!(expected.unreadable.contains(name), "{name}");
                continue;
            };
            let prompt = manifest["images"][name]["prompt"].as_str();
            let asked_for = prompt.map(|prompt| class_of_prompt(prompt).unwrap());
            let answer = answers.get(name);
            let class = answer.map(|(class, _)| *class).or(asked_for).unwrap();
            assert!(fits(class, measures.r99), "{name}: r99 {}", measures.r99);
            if let Some(asked_for) = asked_for {
                assert_eq!(asked_for, class, "{name}: {prompt:?}");
                prompted += 1;
            }
            // Pictures of the lowest qualities are drawn out of focus.
            let is_blurred = measures.sharpness < limits.blur_below;
            let is_poor = answer.is_some_and(|(_, quality)| *quality <= 3);
            assert_eq!(is_blurred, is_poor, "{name}: {}", measures.sharpness);
            blurred += usize::from(is_blurred);
            seen += 1;
        }
    }
    // One picture is missing from its manifest and has no prompt.
    assert_eq!((seen, prompted, blurred), (110, 109, 4));
}

#[test]
fn fixtures_contain_no_near_duplicates() {
    let limits = Thresholds::default();
    let mut hashes: Vec<(String, PerceptualHash)> = Vec::new();
    let mut generated = 0;
    for expected in Index::of_fixtures().actors {
        let folder = fixtures_dir()
            .join("data/actors")
            .join(&expected.actor)
            .join("training_data");
        for name in &expected.sheet {
            let measures = measure(&fs::read(folder.join(name)).unwrap());
            hashes.extend(measures.map(|measures| (name.clone(), measures.hash)));
        }
        let wanted = expected.plan.map(|plan| plan.generate).unwrap_or_default();
        for (class, count) in wanted.iter() {
            for ordinal in 1..=count {
                let name = format!("generated/{}/{class}_{ordinal}.jpg", expected.actor);
                let measures = measure(&fs::read(fixtures_dir().join(&name)).unwrap()).unwrap();
                assert!(fits(class, measures.r99), "{name}: r99 {}", measures.r99);
                hashes.push((name, measures.hash));
                generated += 1;
            }
        }
    }
    let mut pairs = 0;
    for (at, (name, hash)) in hashes.iter().enumerate() {
        for (other_name, other) in &hashes[..at] {
            let distance = hash.distance(other);
            assert!(
                distance > limits.near_duplicate_max,
                "{name} and {other_name}: {distance}"
            );
            pairs += 1;
        }
    }
    assert_eq!((hashes.len(), generated, pairs), (119, 9, 119 * 118 / 2));
}

#[test]
fn small_drawn_pictures_measure_as_their_class() {
    let limits = Thresholds::default();
    let drawn = |class, seed| match class {
        ImageClass::Photorealistic => pictures::photo(seed, 48, 64),
        ImageClass::BwStylized => pictures::bw(seed, 48, 64),
        ImageClass::ColorStylized => pictures::color(seed, 48, 64),
    };
    let mut seen = 0;
    for class in ImageClass::ALL {
        let mut hashes: Vec<PerceptualHash> = Vec::new();
        for seed in 0..60 {
            let measures = measure(&drawn(class, seed)).unwrap();
            assert!(
                fits(class, measures.r99),
                "{class} {seed}: {}",
                measures.r99
            );
            for other in &hashes {
                assert!(measures.hash.distance(other) > limits.near_duplicate_max);
            }
            hashes.push(measures.hash);
            seen += 1;
        }
    }
    assert_eq!(seen, 180);
}
