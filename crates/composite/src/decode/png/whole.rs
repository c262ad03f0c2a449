//! The feature `fast`: PNG data inflated whole by libdeflate.
//!
//! libdeflate inflates about a third faster than a decoder that can stop after every row, because
//! it is given all the data and all the room at once. Only the plainest files come this way:
//! whole bytes for samples, not interlaced, not animated, no transparent colour, and small
//! enough to hold. Whatever is odd about a file, it is left to the `png` crate, which also finds
//! the words for what is wrong.

use libdeflater::{Crc, Decompressor};

use super::chunks::Chunks;
use super::header::Header;
use crate::rows::{Flatten, Layout, Rows};

/// Most bytes that a frame may have as stored; more is decoded row by row.
///
/// The pictures that the sheets are made of have 5 MB. With their coded bytes beside it, a frame
/// of this size keeps a worker under its share of 15 MiB.
const LARGEST: u64 = 8 * 1024 * 1024;

/// A picture that was inflated, its filters known to be good.
pub(super) struct Whole {
    layout: Layout,
    line: usize,
    data: Vec<u8>,
}

impl Whole {
    /// Inflates a picture, if it is one of the plain ones and nothing is wrong with it.
    pub(super) fn inflate(bytes: &[u8], header: &Header) -> Option<Self> {
        let layout = layout(header)?;
        let line = header.width as usize * layout.samples();
        let mut coded = Vec::with_capacity(bytes.len());
        for chunk in Chunks::new(bytes) {
            match chunk.kind {
                b"IDAT" => {
                    if chunk.checksum != checksum(chunk.kind, chunk.data) {
                        return None;
                    }
                    coded.extend_from_slice(chunk.data);
                }
                b"IHDR" if chunk.checksum != checksum(chunk.kind, chunk.data) => return None,
                b"tRNS" | b"acTL" => return None,
                _ => {}
            }
        }
        let mut data = vec![0; (line + 1) * header.height as usize];
        let length = Decompressor::new()
            .zlib_decompress(&coded, &mut data)
            .ok()?;
        let whole = length == data.len()
            && data
                .chunks_exact(line + 1)
                .all(|row| row.first().is_some_and(|&filter| filter <= 4));
        whole.then_some(Self { layout, line, data })
    }

    /// Undoes the filters and hands the rows over.
    pub(super) fn rows(mut self, rows: &mut Rows<'_>) {
        let mut flatten = Flatten::new(self.layout);
        let blank = vec![0; self.line];
        let mut above = blank.as_slice();
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

/// The layout of a picture that may come this way, by its header.
pub(super) fn layout(header: &Header) -> Option<Layout> {
    if header.interlaced || size(header) > LARGEST {
        return None;
    }
    match header.kind {
        (0, 8) => Some(Layout::Grey),
        (2, 8) => Some(Layout::Rgb),
        (4, 8) => Some(Layout::GreyAlpha),
        (6, 8) => Some(Layout::Rgba),
        _ => None,
    }
}

/// Bytes of a frame as stored, before compression.
pub(super) fn size(header: &Header) -> u64 {
    (1 + (u64::from(header.width) * header.bits).div_ceil(8)) * u64::from(header.height)
}

fn checksum(kind: &[u8], data: &[u8]) -> u32 {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    sum.sum()
}

/// Undoes the filter of a row of pixels of `N` bytes (PNG specification, section 9.2).
fn unfilter<const N: usize>(filter: u8, above: &[u8], row: &mut [u8]) {
    let (row, _) = row.as_chunks_mut::<N>();
    let (above, _) = above.as_chunks::<N>();
    let mut left = [0_u8; N];
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

/// Undoes the Paeth filter.
///
/// The predictor is stb_image's form of it: the same outcome without a branch, in 16 bits.
fn unfilter_paeth<const N: usize>(above: &[[u8; N]], row: &mut [[u8; N]]) {
    let mut left = [0_i16; N];
    let mut corner = [0_i16; N];
    for (pixel, above) in row.iter_mut().zip(above) {
        // Counted, and not zipped: so the compiler keeps all of a pixel in registers.
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
