//! Rows of a picture in, a thumbnail out, in memory of a few rows.
//!
//! Three steps, each fed by the one before it while its rows are in the cache:
//! 1. boxes of a whole number of pixels are averaged, down to at least twice the thumbnail;
//! 2. columns of those rows are weighed by the Lanczos filter as soon as enough are there;
//! 3. each row that comes out is weighed along itself, and is a row of the thumbnail.

use super::boxes::{Boxes, box_side};
use super::filter::Filter;
use super::lanczos::Kernel;

/// Reduces a picture to a thumbnail, row by row, while the rows are hot.
///
/// Boxes of a whole number of pixels are averaged down to at least twice the thumbnail's size,
/// then a Lanczos filter of three lobes brings them to it. What comes out differs from the filter
/// over all pixels by a noise 50 dB below the picture, at a small part of its cost. Memory is that of a few rows.
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
    /// From a size to a size, both `(width, height)` in pixels. A side of 0 is taken for 1.
    pub fn new(from: (u32, u32), to: (u32, u32)) -> Self {
        let (from, to) = (at_least_one(from), at_least_one(to));
        let across = box_side(from.0, to.0);
        let down = box_side(from.1, to.1);
        let reduced = (from.0.div_ceil(across), from.1.div_ceil(down));
        let filter = Filter::new(
            Kernel::new(
                reduced.0 as usize,
                f64::from(from.0) / f64::from(across),
                to.0 as usize,
            ),
            Kernel::new(
                reduced.1 as usize,
                f64::from(from.1) / f64::from(down),
                to.1 as usize,
            ),
            reduced.0 as usize,
        );
        Self {
            boxes: Boxes::new(from, (across, down)),
            filter,
        }
    }

    /// Takes the next row: 8-bit RGB of the full width. What is shorter or comes after the last
    /// row is left out, and [`finish`](Self::finish) then says so.
    pub fn push(&mut self, row: &[u8]) {
        if self.boxes.take(row) {
            let out = self.filter.next_row();
            self.boxes.average(out);
            self.filter.weigh();
        }
    }

    /// The thumbnail's pixels, 8-bit RGB; nothing if rows are missing.
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
