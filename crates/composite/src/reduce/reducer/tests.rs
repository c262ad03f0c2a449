use super::*;
use crate::reduce::fit::fit;

/// A picture with detail at every scale: gradients, edges, fine lines and grain.
fn detailed(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut pixels = Vec::with_capacity(3 * (width * height) as usize);
    for y in 0..height {
        for x in 0..width {
            let (fx, fy) = (f64::from(x), f64::from(y));
            let slope = 40.0 * (fx / f64::from(width)) + 30.0 * (fy / f64::from(height));
            let edge = if (fx - 0.6 * fy).abs() % 230.0 < 115.0 {
                60.0
            } else {
                0.0
            };
            let lines = 18.0 * (fx * 0.9 + fy * 0.31).sin() + 22.0 * (fy * 0.17).sin();
            for channel in 0..3 {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let grain = f64::from(state % 17) - 8.0;
                let value = 50.0 + 20.0 * f64::from(channel) + slope + edge + lines + grain;
                pixels.push(value.clamp(0.0, 255.0) as u8);
            }
        }
    }
    pixels
}

fn reduced(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let mut reducer = Reducer::new(from, to);
    for row in pixels.chunks_exact(3 * from.0 as usize) {
        reducer.push(row);
    }
    reducer.finish().unwrap()
}

/// A Lanczos filter over all pixels, without boxes: what the reducer approximates.
fn full_lanczos(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let along = Kernel::new(from.0 as usize, f64::from(from.0), to.0 as usize);
    let down = Kernel::new(from.1 as usize, f64::from(from.1), to.1 as usize);
    let mut narrow = Vec::new();
    for row in pixels.chunks_exact(3 * from.0 as usize) {
        for (first, weights) in along.iter() {
            for channel in 0..3 {
                narrow.push(
                    weights
                        .iter()
                        .enumerate()
                        .map(|(at, w)| f64::from(*w) * f64::from(row[3 * (first + at) + channel]))
                        .sum::<f64>(),
                );
            }
        }
    }
    let line = 3 * to.0 as usize;
    let mut out = Vec::new();
    for (first, weights) in down.iter() {
        for column in 0..line {
            let sum: f64 = weights
                .iter()
                .enumerate()
                .map(|(at, w)| f64::from(*w) * narrow[(first + at) * line + column])
                .sum();
            out.push((sum + 0.5).clamp(0.0, 255.0) as u8);
        }
    }
    out
}

/// Peak signal-to-noise ratio in decibels.
fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let squares: f64 = one
        .iter()
        .zip(other)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum();
    10.0 * (255.0_f64.powi(2) * one.len() as f64 / squares.max(1e-9)).log10()
}

#[test]
fn thumbnails_match_full_lanczos_within_50_decibels() {
    // Two common picture sizes first; then sizes that leave every remainder when divided into
    // boxes, with boxes of 1 to 7 pixels.
    let sizes = [
        (1096, 1496),
        (1360, 768),
        (1000, 1000),
        (1001, 1203),
        (803, 1205),
        (641, 479),
        (401, 399),
        (2801, 300),
        (333, 250),
    ];
    let mut ratios = Vec::new();
    for (width, height) in sizes {
        let pixels = detailed(width, height);
        let to = fit(width, height, 200);
        let ratio = psnr(
            &reduced(&pixels, (width, height), to),
            &full_lanczos(&pixels, (width, height), to),
        );
        assert!(ratio >= 46.0, "{width} x {height}: {ratio:.1} dB");
        ratios.push(ratio);
    }
    assert_eq!(ratios.len(), 9);
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    assert!(mean >= 50.0, "{mean:.1} dB: {ratios:.1?}");
}

#[test]
fn a_picture_of_the_target_size_is_unchanged() {
    let pixels = detailed(120, 80);
    assert_eq!(reduced(&pixels, (120, 80), (120, 80)), pixels);
}

#[test]
fn a_plain_picture_of_any_size_keeps_its_colour() {
    let mut seen = 0;
    for (width, height) in [
        (1, 1),
        (1, 4000),
        (4000, 1),
        (3, 900),
        (16_384, 3),
        (523, 1024),
    ] {
        let row: Vec<u8> = [200, 100, 50].repeat(width as usize);
        let to = fit(width, height, 200);
        let mut reducer = Reducer::new((width, height), to);
        for _ in 0..height {
            reducer.push(&row);
        }
        let out = reducer.finish().unwrap();
        assert_eq!(
            out,
            [200, 100, 50].repeat((to.0 * to.1) as usize),
            "{width} x {height}"
        );
        seen += 1;
    }
    assert_eq!(seen, 6);
}

#[test]
fn missing_rows_are_reported_and_surplus_rows_ignored() {
    let row = [7; 30];
    let mut reducer = Reducer::new((10, 3), (10, 3));
    reducer.push(&row);
    reducer.push(&row[..29]);
    reducer.push(&row);
    assert_eq!(reducer.finish(), None);
    let mut reducer = Reducer::new((10, 3), (10, 3));
    for _ in 0..9 {
        reducer.push(&row);
    }
    assert_eq!(reducer.finish().unwrap().len(), 90);
}
