//! The number on a cell, and the mark on one whose picture cannot be read.

use ab_glyph::{Font, FontRef, InvalidFont, PxScale, Rect, point};
use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_rect_mut, draw_text_mut};

/// The ten digits of DejaVu Sans Condensed Bold; `font/LICENSE.txt` says where they are from.
const DIGITS: &[u8] = include_bytes!("../../font/digits.ttf");

/// Height of a digit, of 200 parts of the cell's edge.
const DIGIT_HEIGHT: f32 = 26.0 / 200.0;
/// Room between a digit and what is beside it, of 200 parts of the cell's edge.
const MARGIN: f32 = 3.0 / 200.0;
/// How narrow a number may be pressed to stay in its band, of its natural width. A band that is
/// narrower still is left free, and the number goes on a plate.
const NARROWEST: f32 = 0.5;
/// The least height of a digit in a band, of the height that it would like to have.
const LOWEST: f32 = 0.7;

const INK: Rgb<u8> = Rgb([0, 0, 0]);
const PLATE: Rgb<u8> = Rgb([0, 0, 0]);
const PLATE_INK: Rgb<u8> = Rgb([255, 255, 255]);
const PLATE_EDGE: Rgb<u8> = Rgb([255, 255, 255]);
const MARK: Rgb<u8> = Rgb([150, 150, 150]);

/// A square of the sheet: its corner and its edge in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Square {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) edge: u32,
}

/// Draws numbers.
pub(crate) struct Numberer {
    font: FontRef<'static>,
}

/// A number at a scale: how much room its ink takes, and where the ink begins.
struct Inked {
    text: String,
    scale: PxScale,
    bounds: Rect,
}

impl Numberer {
    pub(crate) fn new() -> Result<Self, InvalidFont> {
        FontRef::try_from_slice(DIGITS).map(|font| Self { font })
    }

    /// Draws the number of a cell in which a picture of `width` x `height` lies centred.
    ///
    /// The number stands at the cell's top left: in the free band beside the picture (left of an
    /// upright one, above a broad one), pressed a little to fit if need be; else, where there is
    /// no band or too small a one, on a plate over the picture's corner.
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
        let band = (
            cell.edge.saturating_sub(width) as f32 / 2.0 - margin - 1.0,
            cell.edge.saturating_sub(height) as f32 / 2.0 - 2.0 * margin,
        );
        let natural = self.inked(number, wanted, 1.0);
        let natural_width = natural.bounds.width();
        if band.1 >= LOWEST * wanted {
            let inked = self.inked(number, wanted.min(band.1), 1.0);
            self.write(canvas, cell, (margin, margin), &inked, INK);
        } else if band.0 >= NARROWEST * natural_width {
            // Half of what is missing comes off the height, so that the digits keep their shape.
            let press = (band.0 / natural_width).min(1.0).sqrt();
            let inked = self.inked(number, press * wanted, press);
            // Close to its own picture, far from that of the cell before.
            let left = (band.0 + 1.0 - inked.bounds.width()).max(1.0);
            self.write(canvas, cell, (left, margin), &inked, INK);
        } else {
            self.draw_on_plate(canvas, cell, margin, &natural);
        }
    }

    fn draw_on_plate(&self, canvas: &mut RgbImage, cell: Square, margin: f32, inked: &Inked) {
        let side = |length: f32| ((length + 2.0 * margin).ceil() as u32).clamp(1, cell.edge);
        let (width, height) = (side(inked.bounds.width()), side(inked.bounds.height()));
        let plate = |grow: u32| {
            imageproc::rect::Rect::at(cell.left.cast_signed(), cell.top.cast_signed()).of_size(
                (width + grow).min(cell.edge),
                (height + grow).min(cell.edge),
            )
        };
        draw_filled_rect_mut(canvas, plate(1), PLATE_EDGE);
        draw_filled_rect_mut(canvas, plate(0), PLATE);
        self.write(canvas, cell, (margin, margin), inked, PLATE_INK);
    }

    /// Writes a number with the corner of its ink at an offset from the cell's corner.
    fn write(
        &self,
        canvas: &mut RgbImage,
        cell: Square,
        (right, down): (f32, f32),
        inked: &Inked,
        colour: Rgb<u8>,
    ) {
        draw_text_mut(
            canvas,
            colour,
            (cell.left as f32 + right - inked.bounds.min.x).round() as i32,
            (cell.top as f32 + down - inked.bounds.min.y).round() as i32,
            inked.scale,
            &self.font,
            &inked.text,
        );
    }

    /// A number with digits of a height in pixels, pressed to a share of its natural width.
    fn inked(&self, number: u32, height: f32, press: f32) -> Inked {
        const PROBE: f32 = 1000.0;
        let tall = self.bounds("0", PxScale::from(PROBE)).height().max(1.0);
        let scale = PROBE * height / tall;
        let scale = PxScale {
            x: scale * press,
            y: scale,
        };
        let text = number.to_string();
        let bounds = self.bounds(&text, scale);
        Inked {
            text,
            scale,
            bounds,
        }
    }

    /// The bounds of the ink when text is laid out as imageproc does it.
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

/// Draws the mark of an unreadable picture: a box, crossed out, in the middle of the cell.
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
