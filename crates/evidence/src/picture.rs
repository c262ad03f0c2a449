//! Pixels as they come in, and what is measured of them.

use serde::{Deserialize, Serialize};
use tdbal_types::PerceptualHash;

/// The pixels of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Rgb<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// 8-bit RGB, row by row from the top, without padding. What is missing is measured as if
    /// the picture ended there, and what is too much is left out.
    pub pixels: &'a [u8],
}

/// Everything that is measured of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// What its lightness does not explain of its colour, in units of CIE Lab: see [`r99`](crate::r99).
    pub r99: f64,
    /// Variance of its Laplacian at 512 pixels on the long side: see
    /// [`sharpness`](crate::sharpness).
    pub sharpness: f64,
    /// How much steeper it is at the edges of 8-pixel blocks than elsewhere; nothing where it is
    /// too small to say: see [`BlockMeter`](crate::BlockMeter).
    pub blockiness: Option<f64>,
    /// By what it is known again when it was encoded or sized anew.
    pub hash: PerceptualHash,
    /// Width of the original in pixels, as displayed.
    pub width: u32,
    /// Height of the original in pixels, as displayed.
    pub height: u32,
}

impl<'a> Rgb<'a> {
    /// The whole rows that are there, each of `width` pixels.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &'a [[u8; 3]]> + Clone + use<'a> {
        let (pixels, _) = self.pixels.as_chunks::<3>();
        let width = self.width as usize;
        let rows = pixels.len().checked_div(width).unwrap_or_default();
        let rows = rows.min(self.height as usize);
        let pixels = pixels.get(..rows * width).unwrap_or_default();
        pixels.chunks_exact(width.max(1))
    }

    /// Luma of each pixel, row by row, by the weights of ITU-R BT.601 for 8 bits, and the number
    /// of whole rows.
    pub(crate) fn luma(&self) -> (Vec<u8>, usize) {
        let rows = self.rows();
        let height = rows.len();
        (rows.flatten().copied().map(luma).collect(), height)
    }
}

/// Luma of a pixel by the weights of ITU-R BT.601, rounded.
pub(crate) fn luma([r, g, b]: [u8; 3]) -> u8 {
    let sum = 77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b);
    ((sum + 128) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_keeps_grey_and_weighs_green_most() {
        for grey in 0..=255 {
            assert_eq!(luma([grey; 3]), grey);
        }
        assert_eq!(luma([255, 0, 0]), 77);
        assert_eq!(luma([0, 255, 0]), 149);
        assert_eq!(luma([0, 0, 255]), 29);
    }

    #[test]
    fn only_whole_rows_that_are_declared_and_there_are_seen() {
        let pixels = [7; 3 * 10];
        let mut seen = 0;
        for ((width, height), rows) in [
            ((5, 2), 2),
            ((5, 1), 1),
            ((5, 9), 2),
            ((3, 9), 3),
            ((11, 1), 0),
            ((0, 4), 0),
            ((4, 0), 0),
        ] {
            let picture = Rgb {
                width,
                height,
                pixels: &pixels,
            };
            assert_eq!(picture.rows().len(), rows, "{width} x {height}");
            assert_eq!(picture.rows().count(), rows, "{width} x {height}");
            seen += 1;
        }
        assert_eq!(seen, 7);
    }
}
