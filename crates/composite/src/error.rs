//! Errors of reading one picture.

use crate::limits::Limits;

/// Why a picture could not be read.
///
/// Only [`Unreadable`](Self::Unreadable) means that the file is broken. The other variants depend
/// on this build and its settings: another program may read the file, so they say nothing about
/// the picture itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The bytes are not a picture, or the picture is damaged or truncated.
    #[error("the picture cannot be read: {reason}")]
    Unreadable {
        /// What is wrong with the bytes, phrased to follow a colon.
        reason: String,
    },
    /// The bytes are a picture in a format that this crate does not decode.
    #[error(
        "unsupported picture format: {format}; save the picture as a standard JPEG, PNG or WebP"
    )]
    UnsupportedFormat {
        /// The name of the format, for example `GIF`.
        format: String,
    },
    /// The size in the picture's header exceeds the limits.
    #[error(
        "the picture is {width} x {height} pixels, which exceeds limits.max_width = {}, \
         limits.max_height = {} or limits.max_pixels = {}; resize the picture or raise the limit",
        limits.max_width, limits.max_height, limits.max_pixels
    )]
    TooLarge {
        /// Declared width in pixels, before EXIF orientation.
        width: u32,
        /// Declared height in pixels, before EXIF orientation.
        height: u32,
        /// The limits in force.
        limits: Limits,
    },
}

impl PictureError {
    /// An unreadable picture; `reason` is phrased to follow a colon.
    pub(crate) fn unreadable(reason: impl Into<String>) -> Self {
        Self::Unreadable {
            reason: reason.into(),
        }
    }

    /// A file that ends before its picture is complete.
    pub(crate) fn truncated(format: &str) -> Self {
        Self::unreadable(format!("the {format} data is truncated"))
    }

    /// A picture in a format that this crate does not decode.
    pub(crate) fn unsupported(format: impl Into<String>) -> Self {
        Self::UnsupportedFormat {
            format: format.into(),
        }
    }
}
