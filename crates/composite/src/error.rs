//! Why a picture did not come out.

use crate::limits::Limits;

/// Why a picture did not come out.
///
/// The three say different things about a set. [`Unreadable`](Self::Unreadable) is a fault of
/// the file. The other two are choices of this build and of the settings: another program may
/// well read the file, so nothing may be concluded about the picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The bytes are no picture, or a damaged or cut off one.
    #[error("the picture cannot be read: {reason}")]
    Unreadable {
        /// What is wrong with the bytes; reads on after a colon.
        reason: String,
    },
    /// A picture of a kind that this build does not know.
    #[error(
        "the picture is {format}, which this build does not read (it reads JPEG, PNG and WebP); \
         convert it to one of those"
    )]
    UnsupportedFormat {
        /// The kind of picture, as a noun, e.g. `GIF`.
        format: String,
    },
    /// The picture says that it is larger than the settings allow.
    #[error(
        "the picture declares {width} x {height} pixels, which is beyond limits.max_width = {}, \
         limits.max_height = {} or limits.max_pixels = {}; make it smaller, or raise the limit",
        limits.max_width, limits.max_height, limits.max_pixels
    )]
    TooLarge {
        /// Declared width in pixels, before orientation.
        width: u32,
        /// Declared height in pixels, before orientation.
        height: u32,
        /// The limits that it was held against.
        limits: Limits,
    },
}

impl PictureError {
    /// A fault of the file; `reason` reads on after a colon.
    pub(crate) fn unreadable(reason: impl Into<String>) -> Self {
        Self::Unreadable {
            reason: reason.into(),
        }
    }

    /// A file that ends too early.
    pub(crate) fn cut_off(format: &str) -> Self {
        Self::unreadable(format!("the {format} data ends before the picture does"))
    }

    /// A kind of picture that this build does not know.
    pub(crate) fn unsupported(format: impl Into<String>) -> Self {
        Self::UnsupportedFormat {
            format: format.into(),
        }
    }
}
