//! Second step of the reduction: a Lanczos filter over rows that arrive one at a time.

use super::lanczos::Kernel;

/// Samples that are weighted together, a whole number of vector registers. Rows are padded to a
/// multiple of it.
const BLOCK: usize = 16;

/// Applies the Lanczos filter, first vertically and then horizontally.
#[derive(Debug)]
pub(super) struct Filter {
    horizontal: Kernel,
    vertical: Kernel,
    /// A ring buffer of the input rows that are still needed: row `r` is in slot `r % slots`.
    ring: Vec<f32>,
    slots: usize,
    /// Samples of a slot, padded to a multiple of [`BLOCK`].
    stride: usize,
    rows_in: usize,
    rows_out: usize,
    /// The current row after the vertical pass.
    weighted: Vec<f32>,
    /// Scratch space of the horizontal pass: the same row with four samples for each pixel.
    wide: Vec<[f32; 4]>,
    /// The output so far.
    pixels: Vec<u8>,
}

impl Filter {
    pub(super) fn new(horizontal: Kernel, vertical: Kernel, width: usize) -> Self {
        let stride = (3 * width).next_multiple_of(BLOCK);
        // No output row needs more input rows than this at the same time.
        let slots = vertical.longest();
        let size = 3 * horizontal.len() * vertical.len();
        Self {
            horizontal,
            vertical,
            ring: vec![0.0; stride * slots],
            slots,
            stride,
            rows_in: 0,
            rows_out: 0,
            weighted: vec![0.0; stride],
            wide: vec![[0.0; 4]; width],
            pixels: Vec::with_capacity(size),
        }
    }

    /// The buffer for the next input row. Call [`advance`](Self::advance) after writing it.
    pub(super) fn next_row(&mut self) -> &mut [f32] {
        let slot = self.rows_in % self.slots.max(1);
        self.ring
            .get_mut(slot * self.stride..(slot + 1) * self.stride)
            .unwrap_or_default()
    }

    /// Takes the input row that was just written and outputs every row that is now complete.
    pub(super) fn advance(&mut self) {
        self.rows_in += 1;
        while let Some((first, weights)) = self.vertical.get(self.rows_out) {
            if first + weights.len() > self.rows_in {
                break;
            }
            filter_vertically(
                &self.ring,
                (self.stride, self.slots),
                (first, weights),
                &mut self.weighted,
            );
            filter_horizontally(
                &self.weighted,
                &self.horizontal,
                &mut self.wide,
                &mut self.pixels,
            );
            self.rows_out += 1;
        }
    }

    /// The output pixels, 8-bit RGB, or `None` if input rows are missing.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (self.rows_out == self.vertical.len()).then_some(self.pixels)
    }
}

/// Writes the weighted sum of consecutive ring rows, starting at row `first`, to `out`.
fn filter_vertically(
    ring: &[f32],
    (stride, slots): (usize, usize),
    (first, weights): (usize, &[f32]),
    out: &mut [f32],
) {
    let (blocks, _) = out.as_chunks_mut::<BLOCK>();
    let (ring, _) = ring.as_chunks::<BLOCK>();
    let row_blocks = stride / BLOCK;
    // Column blocks in the outer loop: the sums of one block stay in registers.
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

/// Filters one row horizontally and appends its pixels, rounded, to `pixels`.
///
/// Each pixel is widened to four samples first, because four `f32` fill a vector register.
fn filter_horizontally(row: &[f32], kernel: &Kernel, wide: &mut [[f32; 4]], pixels: &mut Vec<u8>) {
    let (samples, _) = row.as_chunks::<3>();
    for (wide, &[r, g, b]) in wide.iter_mut().zip(samples) {
        *wide = [r, g, b, 0.0];
    }
    for (first, weights) in kernel.iter() {
        // Two independent sums: with one, each addition would wait for the one before it.
        let mut sums = [[0.0_f32; 4]; 2];
        let taps = wide.get(first..first + weights.len()).unwrap_or_default();
        let (weight_pairs, last_weight) = weights.as_chunks::<2>();
        let (tap_pairs, last_tap) = taps.as_chunks::<2>();
        for (weights, pixels) in weight_pairs.iter().zip(tap_pairs) {
            for ((sum, weight), pixel) in sums.iter_mut().zip(weights).zip(pixels) {
                add_weighted(sum, *weight, pixel);
            }
        }
        let [mut sum, other] = sums;
        for (weight, pixel) in last_weight.iter().zip(last_tap) {
            add_weighted(&mut sum, *weight, pixel);
        }
        add_weighted(&mut sum, 1.0, &other);
        // `as` clamps to 0 to 255, which the negative lobes of the filter make necessary.
        let [r, g, b, _] = sum.map(|sum| (sum + 0.5) as u8);
        pixels.extend_from_slice(&[r, g, b]);
    }
}

fn add_weighted(sums: &mut [f32; 4], weight: f32, samples: &[f32; 4]) {
    for (sum, sample) in sums.iter_mut().zip(samples) {
        *sum += weight * sample;
    }
}
