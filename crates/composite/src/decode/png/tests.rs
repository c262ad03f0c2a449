use super::Png;
use super::inflated::Inflated;
use crate::limits::Limits;
use png::{BitDepth, ColorType, Encoder, Filter};

fn encoded(colour: ColorType, filter: Filter, width: u32, height: u32) -> Vec<u8> {
    let count = (width * height) as usize * colour.samples();
    let samples: Vec<u8> = (0..count as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 27) as u8 ^ (at / 7) as u8)
        .collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&samples).unwrap();
    writer.finish().unwrap();
    out
}

#[test]
fn inflated_rows_equal_those_of_the_png_crate() {
    let mut seen = 0;
    for colour in [
        ColorType::Grayscale,
        ColorType::GrayscaleAlpha,
        ColorType::Rgb,
        ColorType::Rgba,
    ] {
        for filter in [
            Filter::NoFilter,
            Filter::Sub,
            Filter::Up,
            Filter::Avg,
            Filter::Paeth,
            Filter::Adaptive,
        ] {
            let bytes = encoded(colour, filter, 61, 17);
            let png = Png::open(&bytes, &Limits::default()).unwrap();
            let (mut at_once, mut by_rows) = (Vec::new(), Vec::new());
            Inflated::new(&bytes, &png.header)
                .unwrap()
                .rows(&mut |row| at_once.extend_from_slice(row));
            png.decode_by_rows(&mut |row| by_rows.extend_from_slice(row))
                .unwrap();
            assert_eq!(at_once, by_rows, "{colour:?} {filter:?}");
            assert_eq!(at_once.len(), 3 * 61 * 17);
            seen += 1;
        }
    }
    assert_eq!(seen, 24);
}

#[test]
fn damaged_and_large_pictures_are_left_to_the_png_crate() {
    let good = encoded(ColorType::Rgb, Filter::Paeth, 40, 40);
    let open = |bytes: &[u8]| {
        let png = Png::open(bytes, &Limits::default()).unwrap();
        Inflated::new(bytes, &png.header).is_some()
    };
    assert!(open(&good));
    let mut flipped = good.clone();
    let middle = good.len() / 2;
    flipped[middle] ^= 0x10;
    assert!(!open(&flipped));
    assert!(!open(&good[..middle]));
    assert!(!open(&encoded(
        ColorType::Rgba,
        Filter::NoFilter,
        2000,
        1100
    )));
}
