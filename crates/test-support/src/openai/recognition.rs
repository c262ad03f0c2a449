//! Recognizes pictures: by the code of a coded picture, otherwise by whether they have colour.

use crate::pictures::{code_colour, judge_colour, median};
use image::RgbImage;
use tdbal_types::{ImageClass, Quality};

/// Largest difference per channel between a coded picture and its code. Scaling and JPEG
/// compression shift a plain colour by less.
const NEAR_CODE: u8 = 10;

/// Smallest difference between the channels of a coloured pixel. The tint of paper and JPEG fringes
/// around black lines stay below it.
const COLOURED: u8 = 60;

/// A pixel below this value in every channel is ink. The marker for unreadable files is lighter.
const DARK: u8 = 100;

/// Quality given to pictures without a code.
const UNCODED_QUALITY: i64 = 7;

/// Judges an area of an image, given by its top left corner and size in pixels: a coded picture by
/// its code, any other by whether it has colour. Returns `None` if it shows neither ink nor colour.
pub(super) fn judge(
    image: &RgbImage,
    at: (u32, u32),
    size: (u32, u32),
) -> Option<(ImageClass, Quality)> {
    coded(median(image, at, size)?)
        .filter(|(class, quality)| is_plain(image, at, size, code_colour(*class, *quality)))
        .or_else(|| uncoded(image, at, size))
}

/// Returns true if most of the middle fifth has this colour. The median alone is not enough: it is
/// taken per channel, and the result for several colours can be a colour that does not occur.
fn is_plain(image: &RgbImage, at: (u32, u32), size: (u32, u32), colour: [u8; 3]) -> bool {
    let middle = pixels(image, at, size, 2);
    let plain = middle
        .iter()
        .filter(|pixel| is_near(**pixel, colour))
        .count();
    2 * plain > middle.len()
}

/// Returns the pixels of an area at least `fifths` fifths of its size away from its edges.
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

/// Returns the class and quality that a colour encodes, if it is close enough to the exact code.
fn coded(colour: [u8; 3]) -> Option<(ImageClass, Quality)> {
    let (class, quality) = judge_colour(colour)?;
    is_near(colour, code_colour(class, quality)).then_some((class, quality))
}

/// Judges by the middle three fifths, which exclude the number in the corner.
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
    // Ink lines cover little of the paper, so 2 % of the pixels is enough.
    } else if 50 * dark >= all.max(1) {
        Some((ImageClass::BwStylized, quality))
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
