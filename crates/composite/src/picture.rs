//! One picture: its header, thumbnails of it, and its pixels.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;

use crate::decode::Source;
use crate::decode::orientation::{displayed, upright};
use crate::error::PictureError;
use crate::format::PictureFormat;
use crate::limits::Limits;
use crate::reduce::{Reducer, fit};

/// What is known of a picture before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The format, detected from the content.
    pub format: PictureFormat,
    /// Width in pixels as displayed, after EXIF orientation.
    pub width: u32,
    /// Height in pixels as displayed, after EXIF orientation.
    pub height: u32,
    /// Estimated bytes of memory for making a thumbnail, not counting the file itself.
    ///
    /// Small for a PNG that is reduced row by row. One to several times the size of the whole
    /// frame for JPEG, WebP and interlaced PNG. Use it to decide how many pictures to decode at
    /// once; it is an estimate, not an upper bound.
    pub working_set: u64,
}

/// A picture scaled to fit in a square: upright, and blended with
/// [`BACKGROUND`](crate::BACKGROUND) where it is transparent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    source: Header,
}

impl Thumbnail {
    /// Wraps a drawn picture: `pixels` are 8-bit RGB of the size in `header`.
    pub(crate) const fn drawn(pixels: Vec<u8>, header: Header) -> Self {
        Self {
            width: header.width,
            height: header.height,
            pixels,
            source: header,
        }
    }

    /// Width in pixels, upright.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, upright.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// 8-bit RGB samples, row by row from the top, without padding.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The header of the original picture.
    pub const fn source(&self) -> &Header {
        &self.source
    }
}

/// A whole decoded picture: upright, and blended with [`BACKGROUND`](crate::BACKGROUND) where it is
/// transparent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RgbPicture {
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// 8-bit RGB samples, row by row from the top, without padding.
    pub pixels: Vec<u8>,
}

/// Reads a picture's header without decoding the picture.
///
/// # Errors
/// As [`thumbnail`], except that damage after the header goes unnoticed.
pub fn read_header(bytes: &[u8], limits: &Limits) -> Result<Header, PictureError> {
    // Guarded like decoding: reading headers parses untrusted bytes too.
    guarded(|| Source::open(bytes, limits).map(|source| header_of(&source)))
}

/// Makes a thumbnail of a picture, scaled by [`fit()`] into a square of `edge` pixels.
///
/// The whole picture is decoded, which detects truncated files. Each row is reduced as soon as it
/// is decoded, while it is still in the processor's cache: see [`Reducer`].
///
/// # Errors
/// - [`PictureError::Unreadable`] if the bytes are not a picture, or it is damaged or truncated.
/// - [`PictureError::UnsupportedFormat`] if the picture is in a format that is not supported.
/// - [`PictureError::TooLarge`] if the picture exceeds the limits.
pub fn thumbnail(bytes: &[u8], edge: u32, limits: &Limits) -> Result<Thumbnail, PictureError> {
    let [thumbnail] = thumbnails(bytes, [edge], limits, &mut |_| {})?;
    Ok(thumbnail)
}

/// Makes thumbnails of several sizes while decoding a picture only once. Each thumbnail equals the
/// one that [`thumbnail`] makes.
///
/// `rows` receives each row of the picture as 8-bit RGB, from the top, as stored: before EXIF
/// orientation is applied. If the picture is damaged, `rows` may receive the rows before the
/// damage.
///
/// # Errors
/// As [`thumbnail`].
pub fn thumbnails<const N: usize>(
    bytes: &[u8],
    edges: [u32; N],
    limits: &Limits,
    rows: &mut dyn FnMut(&[u8]),
) -> Result<[Thumbnail; N], PictureError> {
    guarded(|| {
        let source = Source::open(bytes, limits)?;
        let mut pending = edges.map(|edge| PendingThumbnail::new(&source, edge));
        source.decode(&mut |row| {
            for thumbnail in &mut pending {
                thumbnail.reducer.push(row);
            }
            rows(row);
        })?;
        let thumbnails: Option<Vec<Thumbnail>> =
            pending.into_iter().map(PendingThumbnail::finish).collect();
        thumbnails
            .and_then(|thumbnails| thumbnails.try_into().ok())
            .ok_or_else(|| PictureError::unreadable("its decoder returned too few rows"))
    })
}

/// A thumbnail whose picture is still being decoded.
struct PendingThumbnail {
    reducer: Reducer,
    /// Width and height of the thumbnail before EXIF orientation is applied.
    stored: (u32, u32),
    header: Header,
    orientation: Orientation,
}

impl PendingThumbnail {
    fn new(source: &Source<'_>, edge: u32) -> Self {
        let header = header_of(source);
        let size = fit(header.width, header.height, edge);
        let orientation = source.orientation();
        // `displayed` either swaps the sides or keeps them, so it is its own inverse.
        let stored = displayed(size.0, size.1, orientation);
        Self {
            reducer: Reducer::new((source.width(), source.height()), stored),
            stored,
            header,
            orientation,
        }
    }

    /// Returns the upright thumbnail, or `None` if rows are missing.
    fn finish(self) -> Option<Thumbnail> {
        let pixels = self.reducer.finish()?;
        let (width, height) = displayed(self.stored.0, self.stored.1, self.orientation);
        Some(Thumbnail {
            width,
            height,
            pixels: upright(pixels, self.stored.0, self.stored.1, self.orientation),
            source: self.header,
        })
    }
}

/// Decodes a whole picture.
///
/// The result takes three bytes for each pixel, on top of the decoder's own memory. While a picture
/// is rotated or mirrored to upright, it takes twice that.
///
/// # Errors
/// As [`thumbnail`].
pub fn decode_rgb(bytes: &[u8], limits: &Limits) -> Result<RgbPicture, PictureError> {
    guarded(|| {
        let source = Source::open(bytes, limits)?;
        let (width, height) = (source.width(), source.height());
        let size = 3 * width as usize * height as usize;
        let mut pixels = Vec::with_capacity(size);
        source.decode(&mut |row| pixels.extend_from_slice(row))?;
        // A decoder that stops early without an error would shift the rows of the result.
        if pixels.len() != size {
            return Err(PictureError::unreadable(
                "its decoder returned too few rows",
            ));
        }
        let pixels = upright(pixels, width, height, source.orientation());
        let (width, height) = displayed(width, height, source.orientation());
        Ok(RgbPicture {
            width,
            height,
            pixels,
        })
    })
}

fn header_of(source: &Source<'_>) -> Header {
    let (width, height) = displayed(source.width(), source.height(), source.orientation());
    Header {
        format: source.format(),
        width,
        height,
        working_set: source.working_set(),
    }
}

/// Runs a decoder and turns a panic into an error for this one picture.
///
/// Asserting unwind safety is sound because a panic drops everything that the closure created:
/// no half-finished value is seen afterwards.
fn guarded<T>(work: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(PictureError::unreadable(format!(
            "its decoder panicked: {message}"
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panicking_decoder_gives_an_unreadable_picture() {
        let error = guarded::<()>(|| panic!("index {} out of range", 7)).unwrap_err();
        assert!(matches!(error, PictureError::Unreadable { .. }));
        assert!(error.to_string().contains("index 7"), "{error}");
    }
}
