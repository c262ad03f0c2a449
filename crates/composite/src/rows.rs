//! Decoded rows: their sample layout, and their conversion to RGB on the background.

use crate::background::BACKGROUND;

/// Receives the rows of a picture from top to bottom, as 8-bit RGB blended with the background.
pub(crate) type Rows<'a> = dyn FnMut(&[u8]) + 'a;

/// The sample layout of a decoded row, 8 bits for each sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Amounts of ink, 0 for none, as in a JPEG without Adobe's marker (Adobe stores the inverse).
    Cmyk,
}

impl Layout {
    /// Samples, and so bytes, of one pixel.
    pub(crate) const fn samples(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// Converts decoded rows to RGB on the background.
///
/// Blending with the background before reducing the picture gives the same result as reducing
/// premultiplied colour and blending afterwards, because both operations are linear.
pub(crate) struct Flatten {
    layout: Layout,
    /// The converted row; kept to avoid an allocation for every row.
    rgb: Vec<u8>,
}

impl Flatten {
    pub(crate) const fn new(layout: Layout) -> Self {
        Self {
            layout,
            rgb: Vec::new(),
        }
    }

    /// Bytes of one decoded pixel.
    pub(crate) const fn samples(&self) -> usize {
        self.layout.samples()
    }

    /// Converts one decoded row and passes it to `rows`.
    pub(crate) fn row(&mut self, row: &[u8], rows: &mut Rows<'_>) {
        // The most common layout needs no conversion and no copy.
        if self.layout == Layout::Rgb {
            rows(row);
            return;
        }
        self.rgb.clear();
        let pixels = row.chunks_exact(self.layout.samples());
        match self.layout {
            Layout::Rgb => {}
            Layout::Grey => self.rgb.extend(row.iter().flat_map(|&grey| [grey; 3])),
            Layout::GreyAlpha => self.rgb.extend(pixels.flat_map(|pixel| match *pixel {
                [grey, alpha] => BACKGROUND.map(|ground| over(grey, alpha, ground)),
                _ => BACKGROUND,
            })),
            Layout::Rgba => self.rgb.extend(pixels.flat_map(|pixel| match *pixel {
                // Most pixels are opaque even where transparency is possible: skip the blending.
                [r, g, b, 255] => [r, g, b],
                [r, g, b, alpha] => [
                    over(r, alpha, BACKGROUND[0]),
                    over(g, alpha, BACKGROUND[1]),
                    over(b, alpha, BACKGROUND[2]),
                ],
                _ => BACKGROUND,
            })),
            Layout::Cmyk => self.rgb.extend(pixels.flat_map(|pixel| match *pixel {
                // Each ink absorbs its share of the light and black absorbs from what is left: the
                // simple model, because colour profiles are not applied.
                [c, m, y, k] => [c, m, y].map(|ink| over(255 - ink, 255 - k, 0)),
                _ => BACKGROUND,
            })),
        }
        rows(&self.rgb);
    }
}

/// Blends a sample of opacity `alpha` over `ground`, rounded (Porter and Duff's "over", for an
/// opaque ground).
fn over(sample: u8, alpha: u8, ground: u8) -> u8 {
    let (sample, alpha, ground) = (u32::from(sample), u32::from(alpha), u32::from(ground));
    ((sample * alpha + ground * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(layout: Layout, row: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Flatten::new(layout).row(row, &mut |rgb| out.extend_from_slice(rgb));
        out
    }

    #[test]
    fn every_layout_is_converted_to_rgb_on_the_background() {
        assert_eq!(flattened(Layout::Grey, &[0, 9]), [0, 0, 0, 9, 9, 9]);
        assert_eq!(
            flattened(Layout::GreyAlpha, &[10, 255, 10, 0]),
            [10, 10, 10, 240, 240, 240]
        );
        assert_eq!(flattened(Layout::Rgb, &[1, 2, 3]), [1, 2, 3]);
        assert_eq!(
            flattened(Layout::Rgba, &[1, 2, 3, 255, 1, 2, 3, 0, 0, 255, 0, 128]),
            [1, 2, 3, 240, 240, 240, 120, 248, 120]
        );
        assert_eq!(
            flattened(Layout::Cmyk, &[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255]),
            [255, 255, 255, 0, 255, 255, 0, 0, 0]
        );
    }
}
