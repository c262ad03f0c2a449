use super::style::{HUES, INK, PAPER, pure};
use super::{Figure, Random, Style, draw, line_breadth};

/// FNV-1a, 64 bits.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn the_stream_is_the_published_one() {
    let mut random = Random::new(0);
    assert_eq!(random.bits(), 0xe220_a839_7b1d_cdaf);
    assert_eq!(random.bits(), 0x6e78_9e6a_a1b9_65f4);
    assert_eq!(random.below(0), 0);
}

/// Recorded answers are found by what was shown: a figure must stay what it is.
#[test]
fn a_seed_gives_the_same_pixels_for_ever() {
    let mut random = Random::new(42);
    let figure = Figure::drawn_from(&mut random);
    let size = (150, 200);
    let ink = Style::ink(&mut random, line_breadth(size.0, size.1));
    let colour = Style::colour(&mut random);
    let digests = [ink, colour].map(|style| digest(&draw(&figure, &style, size)));
    assert_eq!(digests, [0xedcc_62bd_1729_007f, 0xb788_c449_91b7_b3fb]);
}

#[test]
fn ink_is_neutral_and_colour_goes_round_the_circle() {
    for seed in 0..50 {
        let mut random = Random::new(seed);
        let figure = Figure::drawn_from(&mut random);
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
fn hues_go_round_without_a_jump() {
    for hue in 0..HUES as u32 {
        let (one, next) = (pure(hue, 255, 255), pure((hue + 1) % HUES as u32, 255, 255));
        let step: u8 = one.iter().zip(next).map(|(a, b)| a.abs_diff(b)).sum();
        assert!(step <= 2, "{hue}: {one:?} {next:?}");
    }
    assert_eq!(pure(0, 255, 200), [200, 0, 0]);
    assert_eq!(pure(512, 0, 200), [200, 200, 200]);
}
