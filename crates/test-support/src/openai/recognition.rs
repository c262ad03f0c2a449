//! What the fake model sees: the code of a coded picture, else whether there is colour.

use crate::pictures::{code_colour, judge_colour, median};
use image::RgbImage;
use tdbal_types::{ImageClass, Quality};

/// How far a coded picture may be from its code in a channel: scaling and JPEG move a
/// plain colour by less.
const NEAR_CODE: u8 = 10;

/// A pixel whose channels lie that far apart has colour; the tint of paper and JPEG's fringes round
/// black lines stay below.
const COLOURED: u8 = 60;

/// A pixel darker than this in every channel is ink: darker than the mark for what is unreadable.
const DARK: u8 = 100;

/// The quality of what bears no code.
const UNCODED_QUALITY: i64 = 7;

/// Judges an area of an image: a coded picture by its code, any other by whether its pixels have
/// colour. Nothing, where neither ink nor colour is seen.
pub(super) fn judge(
    image: &RgbImage,
    at: (u32, u32),
    size: (u32, u32),
) -> Option<(ImageClass, Quality)> {
    coded(median(image, at, size)?)
        .filter(|(class, quality)| is_plain(image, at, size, code_colour(*class, *quality)))
        .or_else(|| uncoded(image, at, size))
}

/// Whether most of the middle fifth is of one colour: channel by channel, the median of several may
/// look like another one.
fn is_plain(image: &RgbImage, at: (u32, u32), size: (u32, u32), colour: [u8; 3]) -> bool {
    let middle = pixels(image, at, size, 2);
    let plain = middle
        .iter()
        .filter(|pixel| is_near(**pixel, colour))
        .count();
    2 * plain > middle.len()
}

/// The pixels of an area that are so many fifths away from its edges.
fn pixels(image: &RgbImage, at: (u32, u32), size: (u32, u32), fifths: u32) -> Vec<[u8; 3]> {
    let inset = |edge: u32| (edge * fifths / 5, edge * (5 - fifths) / 5);
    let ((left, right), (top, bottom)) = (inset(size.0), inset(size.1));
    let rows = at.1 + top..(at.1 + bottom).min(image.height());
    rows.flat_map(|y| {
        let columns = at.0 + left..(at.0 + right).min(image.width());
        columns.map(move |x| image.get_pixel(x, y).0)
    })
    .collect()
}

fn is_near(seen: [u8; 3], colour: [u8; 3]) -> bool {
    seen.iter()
        .zip(colour)
        .all(|(seen, colour)| seen.abs_diff(colour) <= NEAR_CODE)
}

/// The class and the quality that a colour says, if it is the code of them and not only like it.
fn coded(colour: [u8; 3]) -> Option<(ImageClass, Quality)> {
    let (class, quality) = judge_colour(colour)?;
    is_near(colour, code_colour(class, quality)).then_some((class, quality))
}

/// Judges by the pixels of the middle three fifths, away from the number in the corner.
fn uncoded(image: &RgbImage, at: (u32, u32), size: (u32, u32)) -> Option<(ImageClass, Quality)> {
    let (mut all, mut coloured, mut dark) = (0_usize, 0_usize, 0_usize);
    for [red, green, blue] in pixels(image, at, size, 1) {
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        all += 1;
        coloured += usize::from(most - least >= COLOURED);
        dark += usize::from(most < DARK);
    }
    let quality = Quality::new(UNCODED_QUALITY).ok()?;
    if 10 * coloured >= all.max(1) {
        Some((ImageClass::ColorStylized, quality))
    } else if 50 * dark >= all.max(1) {
        Some((ImageClass::BwStylized, quality))
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
