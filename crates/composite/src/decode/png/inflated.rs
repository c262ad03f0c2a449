//! The feature `fast`: inflating all of a PNG's data at once with libdeflate.
//!
//! libdeflate is about a third faster than a decoder that can stop after every row, because it
//! gets all input and the whole output buffer at once. It is used only for simple files: 8-bit
//! samples, not interlaced, not animated, no palette, no transparent colour, and small enough to
//! hold in memory. Everything else, including any damaged file, goes to the `png` crate, which
//! also has the error messages.

use libdeflater::{Crc, Decompressor};

use super::chunks::Chunks;
use super::header::Header;
use crate::rows::{Flatten, Layout, Rows};

/// The largest frame that is inflated at once, in bytes; larger ones are decoded row by row.
///
/// Typical pictures have frames of 5 MB. Together with the compressed bytes, a frame of this size
/// keeps a worker below its share of 15 MiB of memory.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Inflated PNG data whose filter types have been checked; rows are not unfiltered yet.
pub(super) struct Inflated {
    layout: Layout,
    /// Bytes of a row, without its filter byte.
    line: usize,
    data: Vec<u8>,
}

impl Inflated {
    /// Inflates a PNG, or returns `None` if it is not simple enough or damaged in any way.
    pub(super) fn new(bytes: &[u8], header: &Header) -> Option<Self> {
        let layout = layout(header)?;
        let line = header.width as usize * layout.samples();
        let mut coded = Vec::with_capacity(bytes.len());
        for chunk in Chunks::new(bytes) {
            match chunk.kind {
                // libdeflate verifies only the zlib checksum, so verify the chunks here.
                b"IDAT" => {
                    if chunk.checksum != checksum(chunk.kind, chunk.data) {
                        return None;
                    }
                    coded.extend_from_slice(chunk.data);
                }
                b"IHDR" if chunk.checksum != checksum(chunk.kind, chunk.data) => return None,
                // A transparent colour, or an animation.
                b"tRNS" | b"acTL" => return None,
                _ => {}
            }
        }
        let mut data = vec![0; (line + 1) * header.height as usize];
        let length = Decompressor::new()
            .zlib_decompress(&coded, &mut data)
            .ok()?;
        let is_valid = length == data.len()
            && data
                .chunks_exact(line + 1)
                .all(|row| row.first().is_some_and(|&filter| filter <= 4));
        is_valid.then_some(Self { layout, line, data })
    }

    /// Unfilters the data and passes each row to `rows`.
    pub(super) fn rows(mut self, rows: &mut Rows<'_>) {
        let mut flatten = Flatten::new(self.layout);
        // The row above the first one counts as all zeros (PNG specification, section 9.2).
        let zeros = vec![0; self.line];
        let mut above = zeros.as_slice();
        for row in self.data.chunks_exact_mut(self.line + 1) {
            if let Some((filter, row)) = row.split_first_mut() {
                match self.layout.samples() {
                    1 => unfilter::<1>(*filter, above, row),
                    2 => unfilter::<2>(*filter, above, row),
                    3 => unfilter::<3>(*filter, above, row),
                    _ => unfilter::<4>(*filter, above, row),
                }
                flatten.row(row, rows);
                above = row;
            }
        }
    }
}

/// The row layout of a PNG that can be inflated at once, or `None` if its header rules that out.
pub(super) fn layout(header: &Header) -> Option<Layout> {
    if header.interlaced || size(header) > LARGEST {
        return None;
    }
    // Colour types: PNG specification, section 11.2.1.
    match header.kind {
        (0, 8) => Some(Layout::Grey),
        (2, 8) => Some(Layout::Rgb),
        (4, 8) => Some(Layout::GreyAlpha),
        (6, 8) => Some(Layout::Rgba),
        _ => None,
    }
}

/// Bytes of the uncompressed frame, including one filter byte for each row.
pub(super) fn size(header: &Header) -> u64 {
    (1 + (u64::from(header.width) * header.bits).div_ceil(8)) * u64::from(header.height)
}

/// The CRC-32 of a chunk.
fn checksum(kind: &[u8], data: &[u8]) -> u32 {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    sum.sum()
}

/// Reverses the filter of a row of `N`-byte pixels, in place (PNG specification, section 9.2).
fn unfilter<const N: usize>(filter: u8, above: &[u8], row: &mut [u8]) {
    let (row, _) = row.as_chunks_mut::<N>();
    let (above, _) = above.as_chunks::<N>();
    let mut left = [0_u8; N];
    // 1 is Sub, 2 Up, 3 Average, 4 Paeth. 0 is None, and other values were ruled out before.
    match filter {
        1 => {
            for pixel in row {
                for (sample, left) in pixel.iter_mut().zip(left) {
                    *sample = sample.wrapping_add(left);
                }
                left = *pixel;
            }
        }
        2 => {
            for (sample, up) in row.as_flattened_mut().iter_mut().zip(above.as_flattened()) {
                *sample = sample.wrapping_add(*up);
            }
        }
        3 => {
            for (pixel, up) in row.iter_mut().zip(above) {
                for ((sample, left), up) in pixel.iter_mut().zip(left).zip(up) {
                    *sample = sample.wrapping_add(left.midpoint(*up));
                }
                left = *pixel;
            }
        }
        4 => unfilter_paeth(above, row),
        _ => {}
    }
}

/// Reverses the Paeth filter of a row, in place.
///
/// The predictor is written as in stb_image: the same result without branches, in 16-bit
/// arithmetic.
fn unfilter_paeth<const N: usize>(above: &[[u8; N]], row: &mut [[u8; N]]) {
    let mut left = [0_i16; N];
    let mut corner = [0_i16; N];
    for (pixel, above) in row.iter_mut().zip(above) {
        // Indexed rather than zipped: the compiler then keeps the whole pixel in registers.
        for at in 0..N {
            let up = i16::from(above[at]);
            let threshold = 3 * corner[at] - (left[at] + up);
            let (low, high) = (left[at].min(up), left[at].max(up));
            let inner = if high <= threshold { low } else { corner[at] };
            let predicted = if threshold <= low { high } else { inner };
            pixel[at] = pixel[at].wrapping_add(predicted as u8);
        }
        for at in 0..N {
            left[at] = i16::from(pixel[at]);
            corner[at] = i16::from(above[at]);
        }
    }
}
