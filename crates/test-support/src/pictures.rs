//! Tiny pictures made on the fly.
//!
//! Two kinds. Drawn ones ([`photo`], [`bw`], [`color`]) look like what they are. Coded ones
//! ([`coded`]) are filled with a colour that says their class and quality and survives a thumbnail
//! and JPEG, so that a program can judge them as truly as an eye would ([`decode`],
//! [`judge_colour`]).

use crate::drawing::{Figure, Format, Framing, Sketch, draw};
use image::{DynamicImage, Rgb, RgbImage};
use tdbal_types::{ImageClass, Quality};

/// The channels that do not say the class.
const FLOOR: u8 = 30;

/// The channel of the class at quality 0; every step of quality adds [`STEP`].
const BASE: u8 = 75;

/// A step of quality; JPEG at quality 90 moves a plain colour by 2 or 3.
const STEP: u8 = 18;

/// The height of the strip along the lower edge that tells pictures of the same code apart, as a
/// share of the picture: 1 / 12.
const STRIP: u32 = 12;

fn drawn(class: ImageClass, seed: u64, size: (u32, u32), format: Format) -> Vec<u8> {
    format.encode(&draw(&Sketch {
        figure: Figure::Fox,
        class,
        framing: Framing::Scene,
        flaw: None,
        size,
        technique: seed as usize,
        seed,
    }))
}

/// A JPEG that looks like a photograph.
pub fn photo(seed: u64, width: u32, height: u32) -> Vec<u8> {
    drawn(
        ImageClass::Photorealistic,
        seed,
        (width, height),
        Format::Jpeg(80),
    )
}

/// A PNG that looks like an ink drawing.
pub fn bw(seed: u64, width: u32, height: u32) -> Vec<u8> {
    drawn(ImageClass::BwStylized, seed, (width, height), Format::Png)
}

/// A PNG that looks like a colour illustration.
pub fn color(seed: u64, width: u32, height: u32) -> Vec<u8> {
    drawn(
        ImageClass::ColorStylized,
        seed,
        (width, height),
        Format::Png,
    )
}

/// The colour that says a class and a quality: green for photorealistic, blue for black-and-white,
/// red for colour; the brighter, the better.
pub fn code_colour(class: ImageClass, quality: Quality) -> [u8; 3] {
    let mut colour = [FLOOR; 3];
    colour[channel(class)] = BASE + STEP * quality.get();
    if class == ImageClass::BwStylized {
        // Pure blue is so dark that JPEG's chroma rounding shows; some green steadies it.
        colour[1] = FLOOR + 20;
    }
    colour
}

const fn channel(class: ImageClass) -> usize {
    match class {
        ImageClass::Photorealistic => 1,
        ImageClass::BwStylized => 2,
        ImageClass::ColorStylized => 0,
    }
}

/// The class and the quality that a colour says; `None` for one that is no code, such as the grey
/// of an empty cell.
pub fn judge_colour(colour: [u8; 3]) -> Option<(ImageClass, Quality)> {
    let class = ImageClass::ALL
        .into_iter()
        .max_by_key(|class| colour[channel(*class)])?;
    let strong = colour[channel(class)];
    let others = (0..3)
        .filter(|at| *at != channel(class))
        .map(|at| colour[at]);
    if others.max()? > strong.saturating_sub(25) {
        return None;
    }
    let quality =
        (i64::from(strong) - i64::from(BASE) + i64::from(STEP) / 2).div_euclid(i64::from(STEP));
    Some((class, Quality::new(quality).ok()?))
}

/// A picture whose colour says its class and quality. `seed` changes only a strip along its lower
/// edge, so that two pictures of the same code are different files.
pub fn coded(
    class: ImageClass,
    quality: Quality,
    seed: u64,
    (width, height): (u32, u32),
) -> DynamicImage {
    let colour = code_colour(class, quality);
    let strip = height - height / STRIP;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let bit = u64::from(x * 32 / width.max(1));
        let mark = y >= strip && (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (63 - bit)) & 1 == 1;
        Rgb(if mark {
            colour.map(|channel| channel / 2)
        } else {
            colour
        })
    });
    DynamicImage::ImageRgb8(picture)
}

/// A coded picture as a file of the format that its name promises (`.png`, `.jpg` or `.webp`).
pub fn coded_file(
    name: &str,
    class: ImageClass,
    quality: Quality,
    seed: u64,
    size: (u32, u32),
) -> Vec<u8> {
    let format = match Format::of(name) {
        Format::Jpeg(_) => Format::Jpeg(92),
        other => other,
    };
    format.encode(&coded(class, quality, seed, size))
}

/// The class and the quality that a coded picture's file says; `None` where it cannot be decoded or
/// is not coded.
pub fn decode(file: &[u8]) -> Option<(ImageClass, Quality)> {
    let picture = image::load_from_memory(file).ok()?.to_rgb8();
    let (width, height) = picture.dimensions();
    judge_colour(median(&picture, (0, 0), (width, height))?)
}

/// The median colour of the middle fifth of an area of a picture.
pub(crate) fn median(picture: &RgbImage, at: (u32, u32), size: (u32, u32)) -> Option<[u8; 3]> {
    let (left, top) = (at.0 + size.0 * 2 / 5, at.1 + size.1 * 2 / 5);
    let (across, down) = ((size.0 / 5).max(1), (size.1 / 5).max(1));
    let mut channels = [Vec::new(), Vec::new(), Vec::new()];
    for y in top..(top + down).min(picture.height()) {
        for x in left..(left + across).min(picture.width()) {
            for (channel, value) in channels.iter_mut().zip(picture.get_pixel(x, y).0) {
                channel.push(value);
            }
        }
    }
    let mut colour = [0; 3];
    for (value, channel) in colour.iter_mut().zip(&mut channels) {
        channel.sort_unstable();
        *value = *channel.get(channel.len() / 2)?;
    }
    Some(colour)
}

/// Bytes that begin as a PNG of 64 x 64 pixels and hold nothing after the header.
pub fn corrupt() -> Vec<u8> {
    let mut bytes = bw(1, 64, 64);
    bytes.truncate(33);
    bytes.resize(400, 0);
    bytes
}

/// The first half of a file.
pub fn truncated(file: &[u8]) -> Vec<u8> {
    file[..file.len() / 2].to_vec()
}

/// Bytes that are no picture at all.
pub fn not_a_picture() -> Vec<u8> {
    b"<!DOCTYPE html><title>404 Not Found</title>".to_vec()
}

/// A small file that says it is a PNG of that size, in pixels.
pub fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = bw(1, 8, 8);
    // The header: length (4), "IHDR" (4), width (4), height (4), five more bytes; then its CRC.
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// The checksum of PNG's chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_every_format() {
        let mut seen = 0;
        for class in ImageClass::ALL {
            for value in 1..=10 {
                let quality = Quality::new(value).unwrap();
                for name in ["a.png", "a.jpg", "a.webp"] {
                    let file = coded_file(name, class, quality, 7, (90, 140));
                    assert_eq!(decode(&file), Some((class, quality)), "{name}");
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 90);
    }

    #[test]
    fn seeds_make_different_files_of_the_same_code() {
        let file = |seed| {
            coded_file(
                "a.png",
                ImageClass::BwStylized,
                Quality::MAX,
                seed,
                (60, 90),
            )
        };
        assert_ne!(file(1), file(2));
        assert_eq!(decode(&file(1)), decode(&file(2)));
    }

    #[test]
    fn grey_white_and_black_are_no_codes() {
        for grey in [0, 30, 75, 128, 240, 255] {
            assert_eq!(judge_colour([grey; 3]), None);
        }
    }

    #[test]
    fn broken_files_are_broken() {
        let png = bw(3, 64, 64);
        assert!(image::load_from_memory(&png).is_ok());
        for bad in [corrupt(), truncated(&png), not_a_picture()] {
            assert!(image::load_from_memory(&bad).is_err());
        }
        let huge = png_that_claims(60_000, 50_000);
        let reader = image::ImageReader::new(std::io::Cursor::new(&huge)).with_guessed_format();
        assert_eq!(reader.unwrap().into_dimensions().unwrap(), (60_000, 50_000));
    }

    #[test]
    fn drawn_pictures_have_the_size_that_was_asked_for() {
        for file in [photo(1, 40, 60), bw(2, 40, 60), color(3, 40, 60)] {
            let picture = image::load_from_memory(&file).unwrap();
            assert_eq!((picture.width(), picture.height()), (40, 60));
        }
    }
}
