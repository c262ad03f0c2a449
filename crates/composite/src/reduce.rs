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

/// The side of the boxes along one axis: what is left is at least twice the output.
fn box_side(from: u32, to: u32) -> u32 {
    (from / to.max(1) / 2).clamp(1, LARGEST_BOX)
}

/// Averages boxes of pixels.
#[derive(Debug)]
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
#[derive(Debug)]
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
    wide: Vec<[f32; 4]>,
    pixels: Vec<u8>,
}

impl Filter {
    fn new(along: Kernel, down: Kernel, width: usize) -> Self {
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
            weigh_along(&self.weighed, &self.along, &mut self.wide, &mut self.pixels);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit;

    /// A picture with detail at every scale: slopes, edges, fine lines and grain.
    fn detailed(width: u32, height: u32) -> Vec<u8> {
        let mut state = 1_u32;
        let mut pixels = Vec::with_capacity(3 * (width * height) as usize);
        for y in 0..height {
            for x in 0..width {
                let (fx, fy) = (f64::from(x), f64::from(y));
                let slope = 40.0 * (fx / f64::from(width)) + 30.0 * (fy / f64::from(height));
                let edge = if (fx - 0.6 * fy).abs() % 230.0 < 115.0 {
                    60.0
                } else {
                    0.0
                };
                let lines = 18.0 * (fx * 0.9 + fy * 0.31).sin() + 22.0 * (fy * 0.17).sin();
                for channel in 0..3 {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    let grain = f64::from(state % 17) - 8.0;
                    let value = 50.0 + 20.0 * f64::from(channel) + slope + edge + lines + grain;
                    pixels.push(value.clamp(0.0, 255.0) as u8);
                }
            }
        }
        pixels
    }

    fn reduced(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
        let mut reducer = Reducer::new(from, to);
        for row in pixels.chunks_exact(3 * from.0 as usize) {
            reducer.push(row);
        }
        reducer.finish().unwrap()
    }

    /// Lanczos over all pixels, without boxes: what the reducer stands in for.
    fn full_lanczos(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
        let along = Kernel::new(from.0 as usize, f64::from(from.0), to.0 as usize);
        let down = Kernel::new(from.1 as usize, f64::from(from.1), to.1 as usize);
        let mut narrow = Vec::new();
        for row in pixels.chunks_exact(3 * from.0 as usize) {
            for (first, weights) in along.iter() {
                for channel in 0..3 {
                    narrow.push(
                        weights
                            .iter()
                            .enumerate()
                            .map(|(at, w)| {
                                f64::from(*w) * f64::from(row[3 * (first + at) + channel])
                            })
                            .sum::<f64>(),
                    );
                }
            }
        }
        let line = 3 * to.0 as usize;
        let mut out = Vec::new();
        for (first, weights) in down.iter() {
            for column in 0..line {
                let sum: f64 = weights
                    .iter()
                    .enumerate()
                    .map(|(at, w)| f64::from(*w) * narrow[(first + at) * line + column])
                    .sum();
                out.push((sum + 0.5).clamp(0.0, 255.0) as u8);
            }
        }
        out
    }

    /// Peak signal to noise ratio in decibels.
    fn psnr(one: &[u8], other: &[u8]) -> f64 {
        assert_eq!(one.len(), other.len());
        let squares: f64 = one
            .iter()
            .zip(other)
            .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
            .sum();
        10.0 * (255.0_f64.powi(2) * one.len() as f64 / squares.max(1e-9)).log10()
    }

    #[test]
    fn thumbnails_are_within_50_decibels_of_lanczos_over_all_pixels() {
        // The two sizes of the real pictures, then sizes that the boxes do not divide, by every
        // remainder, and boxes from 1 to 7.
        let sizes = [
            (1096, 1496),
            (1360, 768),
            (1000, 1000),
            (1001, 1203),
            (803, 1205),
            (641, 479),
            (401, 399),
            (2801, 300),
            (333, 250),
        ];
        let mut ratios = Vec::new();
        for (width, height) in sizes {
            let pixels = detailed(width, height);
            let to = fit(width, height, 200);
            let ratio = psnr(
                &reduced(&pixels, (width, height), to),
                &full_lanczos(&pixels, (width, height), to),
            );
            assert!(ratio >= 46.0, "{width} x {height}: {ratio:.1} dB");
            ratios.push(ratio);
        }
        assert_eq!(ratios.len(), 9);
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        assert!(mean >= 50.0, "{mean:.1} dB: {ratios:.1?}");
    }

    #[test]
    fn a_picture_that_fits_already_comes_out_as_it_is() {
        let pixels = detailed(120, 80);
        assert_eq!(reduced(&pixels, (120, 80), (120, 80)), pixels);
    }

    #[test]
    fn a_plain_picture_of_any_size_stays_plain() {
        let mut seen = 0;
        for (width, height) in [
            (1, 1),
            (1, 4000),
            (4000, 1),
            (3, 900),
            (16_384, 3),
            (523, 1024),
        ] {
            let row: Vec<u8> = [200, 100, 50].repeat(width as usize);
            let to = fit(width, height, 200);
            let mut reducer = Reducer::new((width, height), to);
            for _ in 0..height {
                reducer.push(&row);
            }
            let out = reducer.finish().unwrap();
            assert_eq!(
                out,
                [200, 100, 50].repeat((to.0 * to.1) as usize),
                "{width} x {height}"
            );
            seen += 1;
        }
        assert_eq!(seen, 6);
    }

    #[test]
    fn missing_short_and_superfluous_rows_are_noticed_or_left_out() {
        let row = [7; 30];
        let mut reducer = Reducer::new((10, 3), (10, 3));
        reducer.push(&row);
        reducer.push(&row[..29]);
        reducer.push(&row);
        assert_eq!(reducer.finish(), None);
        let mut reducer = Reducer::new((10, 3), (10, 3));
        for _ in 0..9 {
            reducer.push(&row);
        }
        assert_eq!(reducer.finish().unwrap().len(), 90);
    }
}
