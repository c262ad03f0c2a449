//! Tiny pictures made on the fly.
//!
//! Two kinds. Drawn ones ([`photo`], [`bw`], [`color`]) look like what they are. Coded ones
//! ([`coded`]) are filled with a colour that says their class and quality and survives a thumbnail
//! and JPEG, so that a program can judge them as truly as an eye would ([`decode`],
//! [`judge_colour`]); a pattern over them gives them what measures of pixels look for: coloured or
//! monochrome as their class is, each seed another picture.

mod pattern;

use crate::drawing::{Figure, Format, Framing, Sketch, draw};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder, Rgb, RgbImage};
use pattern::Pattern;
use tdbal_types::{ImageClass, Quality};

/// The channels that do not say the class, of a picture in colour.
const FLOOR: u8 = 30;

/// How far they are below the one that does, of a black-and-white picture: JPEG leaves more than
/// the 25 that [`judge_colour`] asks for.
const TINT: u8 = 31;

/// The channel of the class at quality 0; every step of quality adds [`STEP`].
const BASE: u8 = 75;

/// A step of quality; JPEG at quality 90 moves a plain colour by 2 or 3.
const STEP: u8 = 18;

/// The marks of pictures that have colour: very dark red, green, blue and violet. They differ in hue
/// far more than in lightness, so that their colour is not explained by their lightness.
const COLOURED_MARKS: [[u8; 3]; 4] = [[52, 0, 0], [0, 20, 4], [0, 0, 110], [40, 0, 50]];

/// How much darker the marks of black-and-white pictures are, in all channels alike: then all of the
/// picture has the same chroma, and JPEG has nothing to smear.
const SHADE: u8 = 60;

/// The least that they leave of a channel: the tint of what is nearly black is no tint any more.
const BLACKEST: u8 = 20;

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

/// The colour that says a class and a quality: green for photorealistic, red for colour, a bluish grey
/// for black-and-white; the brighter, the better.
pub fn code_colour(class: ImageClass, quality: Quality) -> [u8; 3] {
    let strong = BASE + STEP * quality.get();
    let others = match class {
        ImageClass::Photorealistic | ImageClass::ColorStylized => FLOOR,
        // So little blue passes for the tint of a paper.
        ImageClass::BwStylized => strong - TINT,
    };
    let mut colour = [others; 3];
    colour[channel(class)] = strong;
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

/// A picture whose colour says its class and quality.
///
/// `seed` says what is in it: a coarse pattern of dark marks around its middle. Pictures of different
/// seeds are different pictures to a perceptual hash; of the same seed, in another size, format or
/// quality, they are near-duplicates. The marks of a black-and-white picture are a darker shade of its
/// own colour, as of a toned print, so that it is monochrome; those of the others have hues of their
/// own.
pub fn coded(
    class: ImageClass,
    quality: Quality,
    seed: u64,
    (width, height): (u32, u32),
) -> DynamicImage {
    let colour = code_colour(class, quality);
    let marks = match class {
        ImageClass::BwStylized => {
            let shade = SHADE.min(colour[1] - BLACKEST);
            [colour.map(|channel| channel - shade); 4]
        }
        ImageClass::Photorealistic | ImageClass::ColorStylized => COLOURED_MARKS,
    };
    let pattern = Pattern::new(seed);
    let (across, down) = (f64::from(width), f64::from(height));
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let mark = pattern.mark((f64::from(x) + 0.5) / across, (f64::from(y) + 0.5) / down);
        Rgb(mark.map_or(colour, |mark| marks[mark % marks.len()]))
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
    let picture = coded(class, quality, seed, size);
    match Format::of(name) {
        Format::Png => quick_png(&picture),
        Format::Jpeg(_) => Format::Jpeg(92).encode(&picture),
        Format::WebP => Format::WebP.encode(&picture),
    }
}

/// A PNG that is made in a fraction of the time that the smallest one takes: tests make thousands.
fn quick_png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
        .write_image(
            picture.as_bytes(),
            picture.width(),
            picture.height(),
            picture.color().into(),
        )
        .expect("a picture in memory is encoded into memory");
    bytes
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
mod tests;
