//! The input and output of measuring: pixels and measurements.

use serde::{Deserialize, Serialize};
use tdbal_types::PerceptualHash;

/// A borrowed picture: the input of most functions of this crate.
#[derive(Debug, Clone, Copy)]
pub struct Rgb<'a> {
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// 8-bit RGB samples, row by row from the top, without padding.
    ///
    /// If there are too few, the picture is measured as if it ended with the last whole row. Extra
    /// samples are ignored.
    pub pixels: &'a [u8],
}

/// All measurements of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Colour that the lightness does not explain, in units of CIE Lab: see [`r99`](crate::r99).
    pub r99: f64,
    /// Variance of the Laplacian, measured at 512 pixels on the longer side: see
    /// [`sharpness`](crate::sharpness).
    pub sharpness: f64,
    /// Visibility of JPEG blocks, or `None` if the picture is too small: see
    /// [`BlockMeter`](crate::BlockMeter).
    pub blockiness: Option<f64>,
    /// Perceptual hash, by which near-duplicates are found.
    pub hash: PerceptualHash,
    /// Width of the original picture in pixels, after EXIF orientation.
    pub width: u32,
    /// Height of the original picture in pixels, after EXIF orientation.
    pub height: u32,
}

impl<'a> Rgb<'a> {
    /// The complete rows, each of `width` pixels.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &'a [[u8; 3]]> + Clone + use<'a> {
        let (pixels, _) = self.pixels.as_chunks::<3>();
        let width = self.width as usize;
        let rows = pixels.len().checked_div(width).unwrap_or_default();
        let rows = rows.min(self.height as usize);
        let pixels = pixels.get(..rows * width).unwrap_or_default();
        // `chunks_exact` panics on 0; `pixels` is empty in that case.
        pixels.chunks_exact(width.max(1))
    }

    /// The luma of each pixel, row by row, and the number of complete rows.
    pub(crate) fn luma(&self) -> (Vec<u8>, usize) {
        let rows = self.rows();
        let height = rows.len();
        (rows.flatten().copied().map(luma).collect(), height)
    }
}

/// The luma of a pixel with the weights of ITU-R BT.601, rounded.
pub(crate) fn luma([r, g, b]: [u8; 3]) -> u8 {
    // 0.299, 0.587 and 0.114 times 256, which add up to exactly 256.
    let sum = 77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b);
    ((sum + 128) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_of_grey_is_the_grey_and_green_weighs_most() {
        for grey in 0..=255 {
            assert_eq!(luma([grey; 3]), grey);
        }
        assert_eq!(luma([255, 0, 0]), 77);
        assert_eq!(luma([0, 255, 0]), 149);
        assert_eq!(luma([0, 0, 255]), 29);
    }

    #[test]
    fn only_complete_and_declared_rows_are_used() {
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
