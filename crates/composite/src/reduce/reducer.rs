//! Reducing a picture to a thumbnail row by row, in the memory of a few rows.
//!
//! Each row passes through three steps while it is still in the processor's cache:
//! 1. Boxes of whole pixels are averaged, down to at least twice the size of the thumbnail.
//! 2. A vertical Lanczos filter combines these rows as soon as enough of them have arrived.
//! 3. A horizontal Lanczos filter turns each combined row into a row of the thumbnail.

use super::boxes::{Boxes, box_side};
use super::filter::Filter;
use super::lanczos::Kernel;

/// Reduces a picture to a thumbnail, row by row.
///
/// Boxes of whole pixels are averaged down to at least twice the thumbnail's size, then a Lanczos
/// filter with three lobes scales the averages to the exact size. The result differs from a
/// Lanczos filter over all pixels by noise of about -50 dB and takes a small part of the time.
/// Memory use is that of a few rows.
///
/// ```
/// let mut reducer = composite::Reducer::new((1096, 1496), (147, 200));
/// let row = vec![120; 3 * 1096];
/// for _ in 0..1496 {
///     reducer.push(&row);
/// }
/// let pixels = reducer.finish().expect("all rows were given");
/// assert_eq!(pixels, vec![120; 3 * 147 * 200]);
/// ```
#[derive(Debug)]
pub struct Reducer {
    boxes: Boxes,
    filter: Filter,
}

impl Reducer {
    /// Reduces from one size to another, both `(width, height)` in pixels. A side of 0 counts as 1.
    pub fn new(from: (u32, u32), to: (u32, u32)) -> Self {
        let (from, to) = (at_least_one(from), at_least_one(to));
        let box_width = box_side(from.0, to.0);
        let box_height = box_side(from.1, to.1);
        let reduced = (from.0.div_ceil(box_width), from.1.div_ceil(box_height));
        // The extents are fractional if the last box is cut short: see `Kernel::new`.
        let filter = Filter::new(
            Kernel::new(
                reduced.0 as usize,
                f64::from(from.0) / f64::from(box_width),
                to.0 as usize,
            ),
            Kernel::new(
                reduced.1 as usize,
                f64::from(from.1) / f64::from(box_height),
                to.1 as usize,
            ),
            reduced.0 as usize,
        );
        Self {
            boxes: Boxes::new(from, (box_width, box_height)),
            filter,
        }
    }

    /// Takes the next row: 8-bit RGB of the full width.
    ///
    /// A row of another length, and one after the last, is ignored. If that leaves rows missing,
    /// [`finish`](Self::finish) returns `None`.
    pub fn push(&mut self, row: &[u8]) {
        if self.boxes.take(row) {
            let out = self.filter.next_row();
            self.boxes.average(out);
            self.filter.advance();
        }
    }

    /// Returns the thumbnail's pixels as 8-bit RGB, or `None` if rows are missing.
    pub fn finish(self) -> Option<Vec<u8>> {
        self.filter.finish()
    }
}

const fn at_least_one((width, height): (u32, u32)) -> (u32, u32) {
    (
        if width == 0 { 1 } else { width },
        if height == 0 { 1 } else { height },
    )
}

#[cfg(test)]
mod tests;
