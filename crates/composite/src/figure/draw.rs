//! Rasterising figures to RGB pixels.

use super::shape::Figure;
use super::style::Style;

/// Subpixels per pixel along each axis. Averaging them makes edges smooth.
const SUBPIXELS: u32 = 2;

/// Draws a figure of the given size in pixels, as 8-bit RGB.
pub(crate) fn draw(figure: &Figure, style: &Style, (width, height): (u32, u32)) -> Vec<u8> {
    let (subpixel_width, subpixel_height) = (width * SUBPIXELS, height * SUBPIXELS);
    let unit = line_width(width, height).cast_signed();
    // Proportions refer to the shorter side, so a figure fits both formats.
    let short = subpixel_width.min(subpixel_height).max(1) as f32;
    let middle = subpixel_width as f32 / 2.0;
    let area = |x: i32, y: i32| figure.area((x as f32 - middle) / short, y as f32 / short);
    let subpixel = |x: i32, y: i32| {
        let here = area(x, y);
        // An outline wherever the area changes to the right or below.
        if here != area(x + unit, y) || here != area(x, y + unit) {
            style.line
        } else {
            style.at(here, x, y)
        }
    };
    let mut pixels = Vec::with_capacity(3 * (width as usize) * height as usize);
    for y in 0..height {
        for x in 0..width {
            let mut sums = [0_u32; 3];
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let colour = subpixel(
                    (SUBPIXELS * x + dx).cast_signed(),
                    (SUBPIXELS * y + dy).cast_signed(),
                );
                for (sum, sample) in sums.iter_mut().zip(colour) {
                    *sum += u32::from(sample);
                }
            }
            pixels.extend(sums.map(|sum| (sum / (SUBPIXELS * SUBPIXELS)) as u8));
        }
    }
    pixels
}

/// The width of lines in subpixels, for a picture of the given size in pixels.
pub(crate) fn line_width(width: u32, height: u32) -> u32 {
    (width.min(height) * SUBPIXELS / 120).max(1)
}
