//! How far a picture shows the blocks of JPEG.

use crate::picture::luma;

/// Side of a block of JPEG, in pixels.
const BLOCK: usize = 8;

/// A step, in levels, that is added to both sides of the ratio: far finer than that of a real
/// picture, and enough to make a flat one 1.
const FINEST_STEP: f64 = 0.01;

/// Measures how much steeper a picture is at the edges of 8-pixel blocks than elsewhere.
///
/// The mean absolute difference of luma between neighbouring pixels on the two sides of a line of
/// the grid, over that between all neighbours; each of the two is the mean along rows plus that
/// along columns. A picture that never was a JPEG is about 1 (clean ones measured at most
/// 1.05), JPEG quality 75 about 1.4, 50 about 1.7; it cannot be above 8.
///
/// The grid begins at the stored corner, so the rows must be those of the file: at their full
/// size, before the picture is turned upright or scaled. What was scaled or cropped after it was
/// a JPEG shows nothing.
///
/// After Wang, Sheikh and Bovik, "No-reference perceptual quality assessment of JPEG compressed
/// images", ICIP 2002.
#[derive(Debug, Clone)]
pub struct BlockMeter {
    width: usize,
    height: u32,
    rows: u32,
    above: Vec<u8>,
    row: Vec<u8>,
    along: Steps,
    down: Steps,
}

/// Differences between neighbours, in levels.
#[derive(Debug, Clone, Copy, Default)]
struct Steps {
    edges: Sum,
    all: Sum,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    total: u64,
    count: u64,
}

impl BlockMeter {
    /// For a picture of a size in pixels, as stored.
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width: width as usize,
            height,
            rows: 0,
            above: Vec::new(),
            row: Vec::new(),
            along: Steps::default(),
            down: Steps::default(),
        }
    }

    /// Takes the next row: 8-bit RGB of the full width. One of another length, or after the last,
    /// is left out.
    pub fn push(&mut self, row: &[u8]) {
        let (pixels, rest) = row.as_chunks::<3>();
        if pixels.len() != self.width || !rest.is_empty() || self.rows == self.height {
            return;
        }
        std::mem::swap(&mut self.above, &mut self.row);
        self.row.clear();
        self.row.extend(pixels.iter().copied().map(luma));
        self.measure_along();
        if self.rows > 0 {
            self.measure_down();
        }
        self.rows += 1;
    }

    /// The steps between the pixels of the row, and those of them over a line of the grid.
    fn measure_along(&mut self) {
        let all = differences(&self.row, self.row.get(1..).unwrap_or_default());
        let before = self.row.iter().skip(BLOCK - 1).step_by(BLOCK);
        let after = self.row.iter().skip(BLOCK).step_by(BLOCK);
        let mut edges = Sum::default();
        for (before, after) in before.zip(after) {
            edges.total += u64::from(before.abs_diff(*after));
            edges.count += 1;
        }
        self.along.edges.add(edges);
        self.along.all.add(all);
    }

    /// The steps from the row above.
    fn measure_down(&mut self) {
        let steps = differences(&self.above, &self.row);
        self.down.all.add(steps);
        if (self.rows as usize).is_multiple_of(BLOCK) {
            self.down.edges.add(steps);
        }
    }

    /// The ratio, above 0; nothing when rows are missing or the picture has no line of the grid,
    /// being 8 pixels or less in both directions.
    pub fn finish(self) -> Option<f64> {
        if self.rows != self.height {
            return None;
        }
        let (mut edges, mut all, mut directions) = (0.0, 0.0, 0);
        for steps in [self.along, self.down] {
            if let (Some(edge), Some(any)) = (steps.edges.mean(), steps.all.mean()) {
                edges += edge;
                all += any;
                directions += 1;
            }
        }
        (directions > 0).then(|| (edges + FINEST_STEP) / (all + FINEST_STEP))
    }
}

impl Sum {
    const fn add(&mut self, other: Self) {
        self.total += other.total;
        self.count += other.count;
    }

    fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.total as f64 / self.count as f64)
    }
}

/// Adds up the differences of the samples that stand at the same place.
fn differences(one: &[u8], other: &[u8]) -> Sum {
    // A row is at most 65 535 pixels of a JPEG, or some millions of a PNG: 32 bits hold it.
    let total: u32 = one
        .iter()
        .zip(other)
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    Sum {
        total: total.into(),
        count: one.len().min(other.len()) as u64,
    }
}

#[cfg(test)]
mod tests;
