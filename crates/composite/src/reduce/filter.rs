//! The Lanczos filter over rows that come one at a time.

use super::lanczos::Kernel;

/// Samples that are weighed together; rows are padded to a multiple of it.
const BLOCK: usize = 16;

/// Weighs rows by the Lanczos filter, first down, then along.
#[derive(Debug)]
pub(super) struct Filter {
    along: Kernel,
    down: Kernel,
    /// The rows that are still needed: row `r` stands in slot `r % slots`.
    ring: Vec<f32>,
    slots: usize,
    stride: usize,
    rows_in: usize,
    rows_out: usize,
    weighed: Vec<f32>,
    wide: Vec<[f32; 4]>,
    pixels: Vec<u8>,
}

impl Filter {
    pub(super) fn new(along: Kernel, down: Kernel, width: usize) -> Self {
        let stride = (3 * width).next_multiple_of(BLOCK);
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
            wide: vec![[0.0; 4]; width],
            pixels: Vec::with_capacity(size),
        }
    }

    /// Where the next row is to be written.
    pub(super) fn next_row(&mut self) -> &mut [f32] {
        let slot = self.rows_in % self.slots.max(1);
        self.ring
            .get_mut(slot * self.stride..(slot + 1) * self.stride)
            .unwrap_or_default()
    }

    /// Counts the row that was written, and puts out the rows that it completes.
    pub(super) fn weigh(&mut self) {
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
            weigh_along(&self.weighed, &self.along, &mut self.wide, &mut self.pixels);
            self.rows_out += 1;
        }
    }

    pub(super) fn finish(self) -> Option<Vec<u8>> {
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
///
/// Pixels are widened to four samples first, because four fill a register.
fn weigh_along(row: &[f32], kernel: &Kernel, wide: &mut [[f32; 4]], pixels: &mut Vec<u8>) {
    let (samples, _) = row.as_chunks::<3>();
    for (wide, &[r, g, b]) in wide.iter_mut().zip(samples) {
        *wide = [r, g, b, 0.0];
    }
    for (first, weights) in kernel.iter() {
        // Two sums, because one would wait for itself at every step.
        let mut sums = [[0.0_f32; 4]; 2];
        let taps = wide.get(first..first + weights.len()).unwrap_or_default();
        let (weight_pairs, last_weight) = weights.as_chunks::<2>();
        let (tap_pairs, last_tap) = taps.as_chunks::<2>();
        for (weights, pixels) in weight_pairs.iter().zip(tap_pairs) {
            for ((sum, weight), pixel) in sums.iter_mut().zip(weights).zip(pixels) {
                add_weighed(sum, *weight, pixel);
            }
        }
        let [mut sum, other] = sums;
        for (weight, pixel) in last_weight.iter().zip(last_tap) {
            add_weighed(&mut sum, *weight, pixel);
        }
        add_weighed(&mut sum, 1.0, &other);
        let [r, g, b, _] = sum.map(|sum| (sum + 0.5) as u8);
        pixels.extend_from_slice(&[r, g, b]);
    }
}

fn add_weighed(sums: &mut [f32; 4], weight: f32, samples: &[f32; 4]) {
    for (sum, sample) in sums.iter_mut().zip(samples) {
        *sum += weight * sample;
    }
}
