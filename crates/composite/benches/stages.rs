//! Time of each stage and of a whole sheet: `cargo bench -p composite`.
//!
//! The pictures have the size and format of typical training pictures: see [`corpus`]. To compare
//! with other programs, as whole processes, run `benches/compare.sh`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark may panic, and the names of its functions say what they measure"
)]

use std::sync::LazyLock;

use composite::{
    Cell, Limits, Reducer, RgbPicture, SheetOptions, Thumbnail, decode_rgb, encode_jpeg, fit,
    read_header, sheet, thumbnail,
};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use tdbal_types::SheetNumber;

mod corpus;

const EDGE: u32 = 200;

static PNG: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (1..=3).map(corpus::png).collect());
static JPEG: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (101..=102).map(corpus::jpeg).collect());

fn main() {
    match corpus::check(&PNG, &JPEG) {
        Ok(found) => println!("corpus: {found}"),
        Err(problem) => panic!("{problem}"),
    }
    divan::main();
}

fn limits() -> Limits {
    Limits::default()
}

fn thumbnails() -> Vec<Thumbnail> {
    let made = |file: &Vec<u8>| thumbnail(file, EDGE, &limits()).unwrap();
    let portraits = PNG.iter().cycle().take(12).map(made);
    portraits
        .chain(JPEG.iter().cycle().take(8).map(made))
        .collect()
}

/// Reads the header only: the cost of finding out the size of a picture.
#[divan::bench]
fn png_header() {
    black_box(read_header(black_box(&PNG[0]), &limits()).unwrap());
}

#[divan::bench]
fn jpeg_header() {
    black_box(read_header(black_box(&JPEG[0]), &limits()).unwrap());
}

/// Inflates and unfilters, and copies the rows.
#[divan::bench]
fn png_decode(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::new(PNG[0].len()))
        .bench_local(|| decode_rgb(black_box(&PNG[0]), &limits()).unwrap());
}

#[divan::bench]
fn jpeg_decode(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::new(JPEG[0].len()))
        .bench_local(|| decode_rgb(black_box(&JPEG[0]), &limits()).unwrap());
}

/// The reduction alone, from pixels that are already decoded.
fn reduce(bencher: Bencher<'_, '_>, picture: &RgbPicture) {
    let from = (picture.width, picture.height);
    let to = fit(from.0, from.1, EDGE);
    bencher
        .counter(BytesCount::new(picture.pixels.len()))
        .bench_local(|| {
            let mut reducer = Reducer::new(from, to);
            for row in picture.pixels.chunks_exact(3 * from.0 as usize) {
                reducer.push(row);
            }
            reducer.finish().unwrap()
        });
}

#[divan::bench]
fn reduce_portrait(bencher: Bencher<'_, '_>) {
    reduce(bencher, &decode_rgb(&PNG[0], &limits()).unwrap());
}

#[divan::bench]
fn reduce_landscape(bencher: Bencher<'_, '_>) {
    reduce(bencher, &decode_rgb(&JPEG[0], &limits()).unwrap());
}

#[divan::bench]
fn png_thumbnail() {
    black_box(thumbnail(black_box(&PNG[0]), EDGE, &limits()).unwrap());
}

#[divan::bench]
fn jpeg_thumbnail() {
    black_box(thumbnail(black_box(&JPEG[0]), EDGE, &limits()).unwrap());
}

/// Lays out, numbers and encodes a sheet of twenty thumbnails.
#[divan::bench]
fn lay_out_and_encode(bencher: Bencher<'_, '_>) {
    let cells = numbered(thumbnails());
    bencher.bench_local(|| sheet(black_box(&cells), &SheetOptions::default()).unwrap());
}

/// Re-encodes a whole picture from PNG to JPEG, as is done for base images.
#[divan::bench]
fn base_image_to_jpeg() {
    black_box(encode_jpeg(black_box(&PNG[0]), 92, &limits()).unwrap());
}

/// A typical set of 12 PNG and 8 JPEG files, from memory to the finished sheet.
#[divan::bench]
fn actor_of_twenty() {
    black_box(sheet(&numbered(thumbnails()), &SheetOptions::default()).unwrap());
}

fn numbered(thumbnails: Vec<Thumbnail>) -> Vec<(SheetNumber, Cell)> {
    thumbnails
        .into_iter()
        .enumerate()
        .map(|(position, made)| (SheetNumber::from_position(position), Cell::Picture(made)))
        .collect()
}
