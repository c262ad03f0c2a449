//! Figures as pixels.

use super::shape::Figure;
use super::style::Style;

/// Drawn pixels to a pixel, along each side, so that lines are smooth.
const FINE: u32 = 2;

/// Draws a figure at a size in pixels: 8-bit RGB.
pub(crate) fn draw(figure: &Figure, style: &Style, (width, height): (u32, u32)) -> Vec<u8> {
    let (fine_width, fine_height) = (width * FINE, height * FINE);
    let unit = line_breadth(width, height).cast_signed();
    let short = fine_width.min(fine_height).max(1) as f32;
    let middle = fine_width as f32 / 2.0;
    let area = |x: i32, y: i32| figure.area((x as f32 - middle) / short, y as f32 / short);
    let fine = |x: i32, y: i32| {
        let here = area(x, y);
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
                let colour = fine((FINE * x + dx).cast_signed(), (FINE * y + dy).cast_signed());
                for (sum, sample) in sums.iter_mut().zip(colour) {
                    *sum += u32::from(sample);
                }
            }
            pixels.extend(sums.map(|sum| (sum / (FINE * FINE)) as u8));
        }
    }
    pixels
}

/// How broad lines are at a size in pixels, in drawn pixels.
pub(crate) fn line_breadth(width: u32, height: u32) -> u32 {
    (width.min(height) * FINE / 120).max(1)
}
