//! Measures two generated pictures: whether each has colour, and whether they are near-duplicates.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use evidence::{Rgb, Thresholds, perceptual_hash, r99};

const SIDE: u32 = 64;

/// A checkerboard with squares of `step` pixels, in grey or in several hues.
fn drawn(step: u32, is_coloured: bool) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let light = if (x / step + y / step).is_multiple_of(2) {
                220
            } else {
                40
            };
            let other = if is_coloured && x < y { 30 } else { light };
            pixels.extend([light, other, if is_coloured { 90 } else { light }]);
        }
    }
    pixels
}

fn main() {
    let (ink, paint) = (drawn(8, false), drawn(5, true));
    let rgb = |pixels| Rgb {
        width: SIDE,
        height: SIDE,
        pixels,
    };
    let (ink, paint) = (rgb(&ink), rgb(&paint));
    let thresholds = Thresholds::default();
    for (name, picture) in [("ink", &ink), ("paint", &paint)] {
        let r99 = r99(picture);
        let is_monochrome = r99 <= thresholds.monochrome_max;
        println!("{name}: r99 {r99:.1}, monochrome: {is_monochrome}");
    }
    let distance = perceptual_hash(&ink).distance(&perceptual_hash(&paint));
    let is_same = distance <= thresholds.near_duplicate_max;
    println!("{distance} of 256 bits differ, near-duplicates: {is_same}");
}
