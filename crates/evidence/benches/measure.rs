//! Time of measuring a picture, compared with making its thumbnail: `cargo bench -p evidence`.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark may panic, and the names of its functions say what they measure"
)]

use std::sync::LazyLock;

use composite::{Limits, Thumbnail, decode_rgb, thumbnail, thumbnails};
use divan::{Bencher, black_box};
use evidence::{BlockMeter, Measures, Rgb, perceptual_hash, r99, sharpness};

const SIDE: u16 = 1024;

/// A JPEG of 1024 x 1024 pixels at quality 90, with gradients, edges and grain.
static JPEG: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 1_u32;
    let mut pixels = Vec::new();
    for y in 0..u32::from(SIDE) {
        for x in 0..u32::from(SIDE) {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let edge = if (x + y / 2) % 300 < 150 { 70 } else { 0 };
            let base = [x / 8, y / 8, (x + y) / 16];
            pixels.extend(base.map(|sample| (sample + edge + state % 8) as u8));
        }
    }
    let mut jpeg = Vec::new();
    jpeg_encoder::Encoder::new(&mut jpeg, 90)
        .encode(&pixels, SIDE, SIDE, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    jpeg
});

fn main() {
    divan::main();
}

fn rgb(thumbnail: &Thumbnail) -> Rgb<'_> {
    Rgb {
        width: thumbnail.width(),
        height: thumbnail.height(),
        pixels: thumbnail.pixels(),
    }
}

fn small() -> Thumbnail {
    thumbnail(&JPEG, 512, &Limits::default()).unwrap()
}

/// The baseline: a thumbnail for a sheet, without measuring anything.
#[divan::bench]
fn thumbnail_alone() {
    black_box(thumbnail(black_box(&JPEG), 200, &Limits::default()).unwrap());
}

/// A thumbnail for a sheet and one for a close look, from one decoding.
#[divan::bench]
fn two_thumbnails() {
    let limits = Limits::default();
    black_box(thumbnails(black_box(&JPEG), [200, 512], &limits, &mut |_| {}).unwrap());
}

/// Both thumbnails and all measures, from one decoding.
#[divan::bench]
fn two_thumbnails_and_measures() {
    let mut blocks = BlockMeter::new(u32::from(SIDE), u32::from(SIDE));
    let limits = Limits::default();
    let [cell, close] = thumbnails(black_box(&JPEG), [200, 512], &limits, &mut |row| {
        blocks.push(row);
    })
    .unwrap();
    let picture = rgb(&close);
    let measures = Measures {
        r99: r99(&picture),
        sharpness: sharpness(&picture),
        blockiness: blocks.finish(),
        hash: perceptual_hash(&picture),
        width: cell.source().width,
        height: cell.source().height,
    };
    black_box((cell, measures));
}

#[divan::bench]
fn only_r99(bencher: Bencher<'_, '_>) {
    let small = small();
    bencher.bench_local(|| r99(black_box(&rgb(&small))));
}

#[divan::bench]
fn only_sharpness(bencher: Bencher<'_, '_>) {
    let small = small();
    bencher.bench_local(|| sharpness(black_box(&rgb(&small))));
}

#[divan::bench]
fn only_hash(bencher: Bencher<'_, '_>) {
    let small = small();
    bencher.bench_local(|| perceptual_hash(black_box(&rgb(&small))));
}

#[divan::bench]
fn only_blockiness(bencher: Bencher<'_, '_>) {
    let picture = decode_rgb(&JPEG, &Limits::default()).unwrap();
    bencher.bench_local(|| {
        let mut blocks = BlockMeter::new(picture.width, picture.height);
        for row in picture.pixels.chunks_exact(3 * picture.width as usize) {
            blocks.push(black_box(row));
        }
        blocks.finish()
    });
}
