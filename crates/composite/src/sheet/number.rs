//! Drawing the number of a cell, and the crossed-out box for an unreadable picture.

use ab_glyph::{Font, FontRef, InvalidFont, PxScale, Rect, point};
use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_rect_mut, draw_text_mut};

/// The ten digits of DejaVu Sans Condensed Bold; see `font/LICENSE.txt` for the source and licence.
const DIGITS: &[u8] = include_bytes!("../../font/digits.ttf");

/// Preferred height of a digit as a share of the cell's edge.
const DIGIT_HEIGHT: f32 = 26.0 / 200.0;
/// Space around a number as a share of the cell's edge.
const MARGIN: f32 = 3.0 / 200.0;
/// Smallest width to which a number is compressed to fit beside a picture, as a share of its
/// natural width. If there is even less room, the number goes on a plate over the picture.
const NARROWEST: f32 = 0.5;
/// Smallest height of a digit above a picture, as a share of its preferred height.
const LOWEST: f32 = 0.7;

const INK: Rgb<u8> = Rgb([0, 0, 0]);
const PLATE: Rgb<u8> = Rgb([0, 0, 0]);
const PLATE_INK: Rgb<u8> = Rgb([255, 255, 255]);
const PLATE_EDGE: Rgb<u8> = Rgb([255, 255, 255]);
/// Colour of the crossed-out box: lighter than the numbers, which must stay legible next to it.
const MARK: Rgb<u8> = Rgb([150, 150, 150]);

/// A square area of the sheet, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Square {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) edge: u32,
}

/// Draws the numbers of cells.
pub(crate) struct Numberer {
    font: FontRef<'static>,
}

/// A number laid out at some scale, with the bounds of its visible pixels.
struct NumberText {
    digits: String,
    scale: PxScale,
    bounds: Rect,
}

impl Numberer {
    pub(crate) fn new() -> Result<Self, InvalidFont> {
        FontRef::try_from_slice(DIGITS).map(|font| Self { font })
    }

    /// Draws the number of a cell that has a picture of `width` x `height` pixels at its centre.
    ///
    /// The number goes in the top left corner of the cell. It stands beside the picture (above a
    /// landscape one, to the left of a portrait one), compressed a little if necessary. If there is
    /// not enough room, it goes on a plate over the corner of the picture.
    pub(crate) fn draw(
        &self,
        canvas: &mut RgbImage,
        cell: Square,
        (width, height): (u32, u32),
        number: u32,
    ) {
        let edge = cell.edge as f32;
        let margin = (MARGIN * edge).max(1.0);
        let wanted = (DIGIT_HEIGHT * edge).max(1.0);
        // Free width to the left of the picture, and free height above it.
        let free = (
            cell.edge.saturating_sub(width) as f32 / 2.0 - margin - 1.0,
            cell.edge.saturating_sub(height) as f32 / 2.0 - 2.0 * margin,
        );
        let natural = self.lay_out(number, wanted, 1.0);
        let natural_width = natural.bounds.width();
        if free.1 >= LOWEST * wanted {
            let text = self.lay_out(number, wanted.min(free.1), 1.0);
            self.write(canvas, cell, (margin, margin), &text, INK);
        } else if free.0 >= NARROWEST * natural_width {
            // The square root: half of the compression shrinks the whole number, half narrows it.
            // Narrowing alone would distort the digits more.
            let press = (free.0 / natural_width).min(1.0).sqrt();
            let text = self.lay_out(number, press * wanted, press);
            // Flush with its own picture, away from the picture in the cell to the left.
            let left = (free.0 + 1.0 - text.bounds.width()).max(1.0);
            self.write(canvas, cell, (left, margin), &text, INK);
        } else {
            self.draw_on_plate(canvas, cell, margin, &natural);
        }
    }

    fn draw_on_plate(&self, canvas: &mut RgbImage, cell: Square, margin: f32, text: &NumberText) {
        let side = |length: f32| ((length + 2.0 * margin).ceil() as u32).clamp(1, cell.edge);
        let (width, height) = (side(text.bounds.width()), side(text.bounds.height()));
        let plate = |grow: u32| {
            imageproc::rect::Rect::at(cell.left.cast_signed(), cell.top.cast_signed()).of_size(
                (width + grow).min(cell.edge),
                (height + grow).min(cell.edge),
            )
        };
        // One pixel larger in white, to separate the black plate from a dark picture.
        draw_filled_rect_mut(canvas, plate(1), PLATE_EDGE);
        draw_filled_rect_mut(canvas, plate(0), PLATE);
        self.write(canvas, cell, (margin, margin), text, PLATE_INK);
    }

    /// Draws a number with the top left corner of its visible pixels at an offset in the cell.
    fn write(
        &self,
        canvas: &mut RgbImage,
        cell: Square,
        (right, down): (f32, f32),
        text: &NumberText,
        colour: Rgb<u8>,
    ) {
        // Placed by the visible pixels: the font's own box has blank space around them.
        draw_text_mut(
            canvas,
            colour,
            (cell.left as f32 + right - text.bounds.min.x).round() as i32,
            (cell.top as f32 + down - text.bounds.min.y).round() as i32,
            text.scale,
            &self.font,
            &text.digits,
        );
    }

    /// Lays out a number with digits `height` pixels high, compressed horizontally to the share
    /// `press`.
    fn lay_out(&self, number: u32, height: f32, press: f32) -> NumberText {
        // The font's scale is not the height of a digit: measure a large one and scale from there.
        const PROBE: f32 = 1000.0;
        let tall = self.bounds("0", PxScale::from(PROBE)).height().max(1.0);
        let scale = PROBE * height / tall;
        let scale = PxScale {
            x: scale * press,
            y: scale,
        };
        let digits = number.to_string();
        let bounds = self.bounds(&digits, scale);
        NumberText {
            digits,
            scale,
            bounds,
        }
    }

    /// The bounds of the visible pixels of a text, laid out as `imageproc` does it.
    fn bounds(&self, text: &str, scale: PxScale) -> Rect {
        use ab_glyph::ScaleFont;
        let font = self.font.as_scaled(scale);
        let mut pen = 0.0;
        let mut bounds: Option<Rect> = None;
        for digit in text.chars() {
            let id = font.glyph_id(digit);
            let glyph = id.with_scale_and_position(scale, point(pen, font.ascent()));
            pen += font.h_advance(id);
            if let Some(outline) = font.outline_glyph(glyph) {
                let ink = outline.px_bounds();
                bounds = Some(bounds.map_or(ink, |all| Rect {
                    min: point(all.min.x.min(ink.min.x), all.min.y.min(ink.min.y)),
                    max: point(all.max.x.max(ink.max.x), all.max.y.max(ink.max.y)),
                }));
            }
        }
        bounds.unwrap_or_default()
    }
}

/// Draws a crossed-out box at the centre of the cell, for a picture that cannot be read.
pub(crate) fn draw_unreadable(canvas: &mut RgbImage, cell: Square) {
    let inset = i64::from(cell.edge / 5);
    let (low, high) = (inset, i64::from(cell.edge) - 1 - inset);
    let thick = i64::from((cell.edge / 50).max(1));
    for y in low..=high {
        for x in low..=high {
            let border = (x - low).min(high - x).min(y - low).min(high - y) < thick;
            let falling = (x - y).abs() <= thick;
            let rising = (x + y - low - high).abs() <= thick;
            if border || falling || rising {
                let (x, y) = (cell.left + x as u32, cell.top + y as u32);
                if let Some(pixel) = canvas.get_pixel_mut_checked(x, y) {
                    *pixel = MARK;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
