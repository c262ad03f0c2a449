//! The largest picture size that is decoded.

/// The largest picture size that is decoded, checked against a picture's header.
///
/// The bounds are inclusive. They apply to the size as stored, before EXIF orientation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum width in pixels.
    pub max_width: u32,
    /// Maximum height in pixels.
    pub max_height: u32,
    /// Maximum number of pixels, width times height.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 16,384 x 16,384 pixels and 100 million pixels in total.
    ///
    /// 16,384 is the longest side of a WebP frame (14 bits). 100 million pixels take 300 MB as RGB,
    /// cover the largest camera sensors, and are close to the 89 million at which Pillow warns of a
    /// decompression bomb.
    fn default() -> Self {
        Self {
            max_width: 16_384,
            max_height: 16_384,
            max_pixels: 100_000_000,
        }
    }
}
