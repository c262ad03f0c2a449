//! How visible JPEG blocks are in a picture.

use crate::picture::luma;

/// Side of a JPEG block in pixels.
const BLOCK: usize = 8;

/// Added to both sides of the ratio, in levels. It is far smaller than the differences in any real
/// picture, and gives a flat picture a ratio of 1 instead of 0/0.
const EPSILON: f64 = 0.01;

/// Measures blockiness: how much larger the differences across the edges of 8-pixel blocks are than
/// the differences elsewhere.
///
/// Blockiness is a ratio of mean absolute luma differences: between neighbours on the two sides of
/// a block edge, divided by that between all neighbours. Both are summed over the horizontal and
/// vertical directions. A picture that was never a JPEG gives about 1 (at most 1.05 measured),
/// JPEG quality 75 about 1.4, quality 50 about 1.7. The ratio cannot exceed 8.
///
/// The block grid starts at the stored corner, so pass the rows as they are in the file: at full
/// size, before EXIF orientation or scaling. Blocks of a picture that was scaled or cropped after
/// JPEG compression are not detected.
///
/// Based on Wang, Sheikh and Bovik, "No-reference perceptual quality assessment of JPEG compressed
/// images", ICIP 2002.
#[derive(Debug, Clone)]
pub struct BlockMeter {
    width: usize,
    height: u32,
    /// Number of rows so far.
    rows: u32,
    /// Luma of the previous row and of the current one.
    above: Vec<u8>,
    row: Vec<u8>,
    horizontal: Differences,
    vertical: Differences,
}

/// Absolute differences between neighbours in one direction, in levels.
#[derive(Debug, Clone, Copy, Default)]
struct Differences {
    /// Only those across the edges of blocks.
    edges: Sum,
    all: Sum,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    total: u64,
    count: u64,
}

impl BlockMeter {
    /// Starts measuring a picture of the given size in pixels, as stored.
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width: width as usize,
            height,
            rows: 0,
            above: Vec::new(),
            row: Vec::new(),
            horizontal: Differences::default(),
            vertical: Differences::default(),
        }
    }

    /// Takes the next row: 8-bit RGB of the full width. A row of another length, and one after the
    /// last, is ignored.
    pub fn push(&mut self, row: &[u8]) {
        let (pixels, rest) = row.as_chunks::<3>();
        if pixels.len() != self.width || !rest.is_empty() || self.rows == self.height {
            return;
        }
        std::mem::swap(&mut self.above, &mut self.row);
        self.row.clear();
        self.row.extend(pixels.iter().copied().map(luma));
        self.measure_horizontal();
        if self.rows > 0 {
            self.measure_vertical();
        }
        self.rows += 1;
    }

    /// Adds the differences within the current row.
    fn measure_horizontal(&mut self) {
        let all = sum_of_differences(&self.row, self.row.get(1..).unwrap_or_default());
        // The pixels on the two sides of each block edge: columns 7 and 8, 15 and 16, and so on.
        let before = self.row.iter().skip(BLOCK - 1).step_by(BLOCK);
        let after = self.row.iter().skip(BLOCK).step_by(BLOCK);
        let mut edges = Sum::default();
        for (before, after) in before.zip(after) {
            edges.total += u64::from(before.abs_diff(*after));
            edges.count += 1;
        }
        self.horizontal.edges.add(edges);
        self.horizontal.all.add(all);
    }

    /// Adds the differences between the current row and the one above it.
    fn measure_vertical(&mut self) {
        let sum = sum_of_differences(&self.above, &self.row);
        self.vertical.all.add(sum);
        if (self.rows as usize).is_multiple_of(BLOCK) {
            self.vertical.edges.add(sum);
        }
    }

    /// Returns the blockiness, greater than 0. `None` if rows are missing, or if the picture has
    /// no block edges because neither side is longer than 8 pixels.
    pub fn finish(self) -> Option<f64> {
        if self.rows != self.height {
            return None;
        }
        let (mut edges, mut all, mut directions) = (0.0, 0.0, 0);
        // A picture that is too small in one direction is measured in the other alone.
        for differences in [self.horizontal, self.vertical] {
            if let (Some(edge), Some(any)) = (differences.edges.mean(), differences.all.mean()) {
                edges += edge;
                all += any;
                directions += 1;
            }
        }
        // With no edges at all the ratio would be 1, which would claim that there are no blocks.
        (directions > 0).then(|| (edges + EPSILON) / (all + EPSILON))
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

/// Sums the absolute differences between samples at the same position.
fn sum_of_differences(one: &[u8], other: &[u8]) -> Sum {
    // 32 bits are enough for 16 million samples; decoders refuse pictures that wide.
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
