use super::style::{HUES, INK, PAPER, rgb_from_hsv};
use super::{Figure, Random, Style, draw, line_width};

/// The 64-bit FNV-1a hash of some bytes.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn splitmix64_gives_the_published_numbers() {
    let mut random = Random::new(0);
    assert_eq!(random.bits(), 0xe220_a839_7b1d_cdaf);
    assert_eq!(random.bits(), 0x6e78_9e6a_a1b9_65f4);
    assert_eq!(random.below(0), 0);
}

/// Recorded answers are found by the pixels that were shown, so these must never change.
#[test]
fn a_seed_always_gives_the_same_pixels() {
    let mut random = Random::new(42);
    let figure = Figure::random(&mut random);
    let size = (150, 200);
    let ink = Style::ink(&mut random, line_width(size.0, size.1));
    let colour = Style::colour(&mut random);
    let digests = [ink, colour].map(|style| digest(&draw(&figure, &style, size)));
    assert_eq!(digests, [0xedcc_62bd_1729_007f, 0xb788_c449_91b7_b3fb]);
}

#[test]
fn ink_is_grey_and_colour_has_several_hues() {
    for seed in 0..50 {
        let mut random = Random::new(seed);
        let figure = Figure::random(&mut random);
        let ink = draw(&figure, &Style::ink(&mut random, 1), (60, 80));
        assert_eq!(ink.len(), 3 * 60 * 80);
        for pixel in ink.chunks_exact(3) {
            assert!(pixel.iter().all(|sample| *sample == pixel[0]), "{pixel:?}");
        }
        assert!(ink.contains(&PAPER[0]) && ink.contains(&INK[0]), "{seed}");
        let coloured = draw(&figure, &Style::colour(&mut random), (60, 80));
        let leading: std::collections::HashSet<usize> = coloured
            .chunks_exact(3)
            .filter(|pixel| pixel.iter().max().unwrap() - pixel.iter().min().unwrap() > 80)
            .filter_map(|pixel| (0..3).max_by_key(|&at| pixel[at]))
            .collect();
        assert!(leading.len() >= 2, "{seed}: {leading:?}");
    }
}

#[test]
fn neighbouring_hues_differ_by_one_step() {
    for hue in 0..HUES as u32 {
        let (one, next) = (
            rgb_from_hsv(hue, 255, 255),
            rgb_from_hsv((hue + 1) % HUES as u32, 255, 255),
        );
        let step: u8 = one.iter().zip(next).map(|(a, b)| a.abs_diff(b)).sum();
        assert!(step <= 2, "{hue}: {one:?} {next:?}");
    }
    assert_eq!(rgb_from_hsv(0, 255, 200), [200, 0, 0]);
    assert_eq!(rgb_from_hsv(512, 0, 200), [200, 200, 200]);
}
