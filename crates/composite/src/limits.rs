//! How large a picture may be.

/// How large a picture may say it is; held against its header before anything is decoded.
///
/// The bounds are inclusive and hold for the picture as it is stored, before EXIF orientation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Widest picture, in pixels.
    pub max_width: u32,
    /// Highest picture, in pixels.
    pub max_height: u32,
    /// Most pixels in all.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 16384 x 16384, and 100 million pixels in all.
    ///
    /// The side is the longest that WebP can have; the area is that of the largest cameras,
    /// some 300 MB as RGB, and near the 89 million at which Pillow warns of a decompression bomb.
    fn default() -> Self {
        Self {
            max_width: 16_384,
            max_height: 16_384,
            max_pixels: 100_000_000,
        }
    }
}
