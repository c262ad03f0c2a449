//! Small pictures made on the fly, of two kinds.
//!
//! *Drawn* pictures ([`photo`], [`bw`], [`color`]) look like pictures of their class.
//!
//! *Coded* pictures ([`coded`]) have a background colour that encodes their class and quality and
//! survives scaling and JPEG compression, so a program can read both back without error
//! ([`decode`], [`judge_colour`]). A pattern of marks on top makes them pass pixel checks: they are
//! coloured or monochrome as their class requires, and each seed gives a different picture.

mod pattern;

use crate::drawing::{Figure, Format, Framing, Sketch, draw};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder, Rgb, RgbImage};
use pattern::Pattern;
use tdbal_types::{ImageClass, Quality};

/// Value of the channels that do not encode the class, in pictures with colour.
const FLOOR: u8 = 30;

/// Difference between the other channels and the one that encodes the class, in black-and-white
/// pictures. After JPEG compression it is still above the 25 that [`judge_colour`] requires.
const TINT: u8 = 31;

/// Value of the channel that encodes the class at quality 0; each quality step adds [`STEP`].
const BASE: u8 = 75;

/// Difference between qualities. JPEG at quality 90 shifts a plain colour by 2 or 3 only.
const STEP: u8 = 18;

/// Colours of the marks in pictures with colour: very dark red, green, blue and violet. They differ
/// more in hue than in lightness, so the picture does not pass for a toned monochrome one.
const COLOURED_MARKS: [[u8; 3]; 4] = [[52, 0, 0], [0, 20, 4], [0, 0, 110], [40, 0, 50]];

/// How much darker the marks of black-and-white pictures are in every channel. The chroma is then
/// constant over the picture, so chroma subsampling cannot shift colours.
const SHADE: u8 = 60;

/// Lowest channel value of a mark in black-and-white pictures: nearly black pixels lose their tint.
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

/// Draws a JPEG that looks like a photograph; sizes are in pixels.
pub fn photo(seed: u64, width: u32, height: u32) -> Vec<u8> {
    drawn(
        ImageClass::Photorealistic,
        seed,
        (width, height),
        Format::Jpeg(80),
    )
}

/// Draws a PNG that looks like an ink drawing; sizes are in pixels.
pub fn bw(seed: u64, width: u32, height: u32) -> Vec<u8> {
    drawn(ImageClass::BwStylized, seed, (width, height), Format::Png)
}

/// Draws a PNG that looks like a colour illustration; sizes are in pixels.
pub fn color(seed: u64, width: u32, height: u32) -> Vec<u8> {
    drawn(
        ImageClass::ColorStylized,
        seed,
        (width, height),
        Format::Png,
    )
}

/// Returns the colour that encodes a class and quality: green for photorealistic, red for colour
/// stylised, bluish grey for black-and-white stylised. Brighter is better.
pub fn code_colour(class: ImageClass, quality: Quality) -> [u8; 3] {
    let strong = BASE + STEP * quality.get();
    let others = match class {
        ImageClass::Photorealistic | ImageClass::ColorStylized => FLOOR,
        // Little enough blue to pass for the tint of paper.
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

/// Returns the class and quality that a colour encodes, or `None` if it encodes nothing, such as
/// the grey of an empty cell.
pub fn judge_colour(colour: [u8; 3]) -> Option<(ImageClass, Quality)> {
    let class = ImageClass::ALL
        .into_iter()
        .max_by_key(|class| colour[channel(*class)])?;
    let strong = colour[channel(class)];
    let others = (0..3)
        .filter(|at| *at != channel(class))
        .map(|at| colour[at]);
    // Greys, and colours that JPEG has mixed at an edge, have no clearly strongest channel.
    if others.max()? > strong.saturating_sub(25) {
        return None;
    }
    let quality =
        (i64::from(strong) - i64::from(BASE) + i64::from(STEP) / 2).div_euclid(i64::from(STEP));
    Some((class, Quality::new(quality).ok()?))
}

/// Draws a picture whose colour encodes its class and quality.
///
/// `seed` selects a coarse pattern of dark marks around the middle. To a perceptual hash, pictures
/// with different seeds are different, and pictures with the same seed but another size, format or
/// quality are near-duplicates. Marks in black-and-white pictures are a darker shade of the
/// background, like a toned print, which keeps the picture monochrome; marks in the other classes
/// have several hues.
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

/// Encodes a coded picture in the format given by the extension of `name`: `.png`, `.jpg` or
/// `.webp`.
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

/// Encodes a PNG for speed instead of size: tests create thousands of them.
fn quick_png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
        .write_image(
            picture.as_bytes(),
            picture.width(),
            picture.height(),
            picture.color().into(),
        )
        .expect("encoding a picture into memory succeeds");
    bytes
}

/// Reads the class and quality of a coded picture file, or returns `None` if it cannot be decoded
/// or is not a coded picture.
pub fn decode(file: &[u8]) -> Option<(ImageClass, Quality)> {
    let picture = image::load_from_memory(file).ok()?.to_rgb8();
    let (width, height) = picture.dimensions();
    judge_colour(median(&picture, (0, 0), (width, height))?)
}

/// Returns the per-channel median of the middle fifth of an area, given by its top left corner and
/// size in pixels, or `None` if the area lies outside the picture.
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

/// Returns a corrupt PNG: a valid header for 64 x 64 pixels followed by zeros, 400 bytes in all.
pub fn corrupt() -> Vec<u8> {
    let mut bytes = bw(1, 64, 64);
    bytes.truncate(33);
    bytes.resize(400, 0);
    bytes
}

/// Returns the first half of a file.
pub fn truncated(file: &[u8]) -> Vec<u8> {
    file[..file.len() / 2].to_vec()
}

/// Returns an HTML error page, as a server may send in place of a picture.
pub fn not_a_picture() -> Vec<u8> {
    b"<!DOCTYPE html><title>404 Not Found</title>".to_vec()
}

/// Returns a small PNG whose header claims a size of `width` x `height` pixels.
pub fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = bw(1, 8, 8);
    // IHDR chunk from byte 8: length (4), "IHDR" (4), width (4), height (4), five more bytes, CRC.
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// CRC-32 checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

#[cfg(test)]
mod tests;
