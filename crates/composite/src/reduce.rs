//! Rows of a picture in, a thumbnail out, in memory of a few rows.
//!
//! Three steps, each fed by the one before it while its rows are in the cache:
//! 1. boxes of a whole number of pixels are averaged, down to at least twice the thumbnail;
//! 2. columns of those rows are weighed by the Lanczos filter as soon as enough are there;
//! 3. each row that comes out is weighed along itself, and is a row of the thumbnail.

use crate::lanczos::Kernel;

/// Largest box, so that a column of it fits in 16 bits: 257 samples of 255 would.
const LARGEST_BOX: u32 = 256;

/// Samples that are weighed together; rows are padded to a multiple of it.
const BLOCK: usize = 16;

/// Reduces a picture, row by row, to a smaller one.
pub(crate) struct Reducer {
    boxes: Boxes,
    filter: Filter,
}

impl Reducer {
    /// From a size to a size, both `(width, height)` in pixels and not empty.
    pub(crate) fn new(from: (u32, u32), to: (u32, u32)) -> Self {
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
            boxes: Boxes {
                across: across as usize,
                down,

                rows_left: from.1,
                rows_in_box: 0,
                columns: vec![0; 3 * from.0 as usize],
            },
            filter,
        }
    }

    /// Takes the next row: 8-bit RGB of the full width. What is shorter or comes after the last
    /// row is left out, and [`finish`](Self::finish) then says so.
    pub(crate) fn push(&mut self, row: &[u8]) {
        if self.boxes.take(row) {
            let out = self.filter.next_row();
            self.boxes.average(out);
            self.filter.weigh();
        }
    }

    /// The thumbnail's pixels; nothing if rows are missing.
    pub(crate) fn finish(self) -> Option<Vec<u8>> {
        self.filter.finish()
    }
}

/// The side of the boxes along one axis: what is left is at least twice the output.
fn box_side(from: u32, to: u32) -> u32 {
    (from / to.max(1) / 2).clamp(1, LARGEST_BOX)
}

/// Averages boxes of pixels.
struct Boxes {
    /// Pixels of a box along the row.
    across: usize,
    /// Rows of a box.
    down: u32,
    rows_left: u32,
    rows_in_box: u32,
    /// Sums of each sample over the rows of the box.
    columns: Vec<u16>,
}

impl Boxes {
    /// Adds a row, and says whether that filled a row of boxes.
    fn take(&mut self, row: &[u8]) -> bool {
        if self.rows_left == 0 || row.len() != self.columns.len() {
            return false;
        }
        if self.rows_in_box == 0 {
            for (sum, &sample) in self.columns.iter_mut().zip(row) {
                *sum = u16::from(sample);
            }
        } else {
            for (sum, &sample) in self.columns.iter_mut().zip(row) {
                *sum += u16::from(sample);
            }
        }
        self.rows_in_box += 1;
        self.rows_left -= 1;
        self.rows_in_box == self.down || self.rows_left == 0
    }

    /// Writes the averages of the boxes that are full, and begins new ones.
    fn average(&mut self, out: &mut [f32]) {
        match self.across {
            1 => {
                let scale = 1.0 / self.rows_in_box as f32;
                for (average, &sum) in out.iter_mut().zip(&self.columns) {
                    *average = f32::from(sum) * scale;
                }
            }
            2 => self.average_by::<2>(out),
            3 => self.average_by::<3>(out),
            4 => self.average_by::<4>(out),
            5 => self.average_by::<5>(out),
            _ => self.average_any(out),
        }
        self.rows_in_box = 0;
    }

    /// With the side of the box known to the compiler.
    fn average_by<const ACROSS: usize>(&self, out: &mut [f32]) {
        let scale = 1.0 / (self.rows_in_box * ACROSS as u32) as f32;
        let (pixels, rest) = self.columns.as_chunks::<3>();
        debug_assert!(rest.is_empty());
        let (boxes, last) = pixels.as_chunks::<ACROSS>();
        let (averages, _) = out.as_chunks_mut::<3>();
        for (average, pixels) in averages.iter_mut().zip(boxes) {
            let mut sums = [0_u32; 3];
            for pixel in pixels {
                for (sum, &sample) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(sample);
                }
            }
            *average = sums.map(|sum| sum as f32 * scale);
        }
        if let Some(average) = averages.get_mut(boxes.len()) {
            average_last(last, self.rows_in_box, average);
        }
    }

    fn average_any(&self, out: &mut [f32]) {
        let (pixels, _) = self.columns.as_chunks::<3>();
        let (averages, _) = out.as_chunks_mut::<3>();
        for (average, pixels) in averages.iter_mut().zip(pixels.chunks(self.across)) {
            average_last(pixels, self.rows_in_box, average);
        }
    }
}

/// Averages a box of any width, as the last of a row is; leaves `average` if it is empty.
fn average_last(pixels: &[[u16; 3]], rows: u32, average: &mut [f32; 3]) {
    if pixels.is_empty() {
        return;
    }
    let mut sums = [0_u32; 3];
    for pixel in pixels {
        for (sum, &sample) in sums.iter_mut().zip(pixel) {
            *sum += u32::from(sample);
        }
    }
    let count = (rows * pixels.len() as u32) as f32;
    *average = sums.map(|sum| sum as f32 / count);
}

/// Weighs rows by the Lanczos filter, first down, then along.
struct Filter {
    along: Kernel,
    down: Kernel,
    /// The rows that are still needed: row `r` stands in slot `r % slots`.
    ring: Vec<f32>,
    slots: usize,
    stride: usize,
    rows_in: usize,
    rows_out: usize,
    weighed: Vec<f32>,
    pixels: Vec<u8>,
}

impl Filter {
    fn new(along: Kernel, down: Kernel, width: usize) -> Self {
        // One sample more than the row, because pixels are read four samples at a time.
        let stride = (3 * width + 1).next_multiple_of(BLOCK);
        let slots = down.longest();
        let size = 3 * along.len() * down.len();
        Self {
            along,
            down,
            ring: vec![0.0; stride * slots],
            slots,
            stride,
            rows_in: 0,
            rows_out: 0,
            weighed: vec![0.0; stride],
            pixels: Vec::with_capacity(size),
        }
    }

    /// Where the next row is to be written.
    fn next_row(&mut self) -> &mut [f32] {
        let slot = self.rows_in % self.slots.max(1);
        self.ring
            .get_mut(slot * self.stride..(slot + 1) * self.stride)
            .unwrap_or_default()
    }

    /// Counts the row that was written, and puts out the rows that it completes.
    fn weigh(&mut self) {
        self.rows_in += 1;
        while let Some((first, weights)) = self.down.get(self.rows_out) {
            if first + weights.len() > self.rows_in {
                break;
            }
            weigh_down(
                &self.ring,
                (self.stride, self.slots),
                (first, weights),
                &mut self.weighed,
            );
            weigh_along(&self.weighed, &self.along, &mut self.pixels);
            self.rows_out += 1;
        }
    }

    fn finish(self) -> Option<Vec<u8>> {
        (self.rows_out == self.down.len()).then_some(self.pixels)
    }
}

/// Weighs rows of the ring, from row `first` on, into one.
fn weigh_down(
    ring: &[f32],
    (stride, slots): (usize, usize),
    (first, weights): (usize, &[f32]),
    out: &mut [f32],
) {
    let (blocks, _) = out.as_chunks_mut::<BLOCK>();
    let (ring, _) = ring.as_chunks::<BLOCK>();
    let row_blocks = stride / BLOCK;
    for (column, block) in blocks.iter_mut().enumerate() {
        let mut sums = [0.0_f32; BLOCK];
        let mut slot = first % slots;
        for &weight in weights {
            if let Some(samples) = ring.get(slot * row_blocks + column) {
                for (sum, &sample) in sums.iter_mut().zip(samples) {
                    *sum += weight * sample;
                }
            }
            slot += 1;
            if slot == slots {
                slot = 0;
            }
        }
        *block = sums;
    }
}

/// Weighs one row along itself and appends the pixels, rounded.
fn weigh_along(row: &[f32], kernel: &Kernel, pixels: &mut Vec<u8>) {
    for (first, weights) in kernel.iter() {
        // Four samples from each pixel on: the fourth belongs to the next and is not used, but
        // four fill a register.
        let mut sums = [0.0_f32; 4];
        let samples = row.get(3 * first..).unwrap_or_default();
        for (&weight, pixel) in weights.iter().zip(samples.windows(4).step_by(3)) {
            for (sum, &sample) in sums.iter_mut().zip(pixel) {
                *sum += weight * sample;
            }
        }
        let [r, g, b, _] = sums.map(|sum| (sum + 0.5) as u8);
        pixels.extend_from_slice(&[r, g, b]);
    }
}
