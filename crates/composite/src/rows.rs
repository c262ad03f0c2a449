//! Rows of decoded samples, flattened to RGB.

use crate::background::BACKGROUND;

/// Takes the rows of a picture, from the top: 8-bit RGB, flattened on the background.
pub(crate) type Rows<'a> = dyn FnMut(&[u8]) + 'a;

/// How the samples of a decoded row lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Ink, 0 for none, as the JPEG standard has it without Adobe's marker.
    Cmyk,
}

impl Layout {
    /// Bytes of a pixel.
    pub(crate) const fn samples(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// Turns decoded rows into RGB on the background.
///
/// Laying every pixel on one colour before the reduction gives what reducing premultiplied
/// colour and laying the result on that colour would: both are linear.
pub(crate) struct Flatten {
    layout: Layout,
    rgb: Vec<u8>,
}

impl Flatten {
    pub(crate) const fn new(layout: Layout) -> Self {
        Self {
            layout,
            rgb: Vec::new(),
        }
    }

    /// Bytes of a decoded pixel.
    pub(crate) const fn samples(&self) -> usize {
        self.layout.samples()
    }

    /// Hands one decoded row on.
    pub(crate) fn row(&mut self, row: &[u8], rows: &mut Rows<'_>) {
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
                [r, g, b, 255] => [r, g, b],
                [r, g, b, alpha] => [
                    over(r, alpha, BACKGROUND[0]),
                    over(g, alpha, BACKGROUND[1]),
                    over(b, alpha, BACKGROUND[2]),
                ],
                _ => BACKGROUND,
            })),
            Layout::Cmyk => self.rgb.extend(pixels.flat_map(|pixel| match *pixel {
                [c, m, y, k] => [c, m, y].map(|ink| over(255 - ink, 255 - k, 0)),
                _ => BACKGROUND,
            })),
        }
        rows(&self.rgb);
    }
}

/// A sample of opacity `alpha` laid on `ground`, rounded.
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
    fn every_layout_comes_out_as_rgb_on_the_background() {
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
