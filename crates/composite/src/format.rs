//! The picture formats that this crate reads.

/// A picture format that this crate can decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG, of any colour type and bit depth.
    Png,
    /// WebP, lossy or lossless.
    WebP,
}
