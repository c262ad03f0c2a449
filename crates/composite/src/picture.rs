//! One picture: its header, its thumbnail, its pixels.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;

use crate::decode::Source;
use crate::decode::orientation::{displayed, upright};
use crate::error::PictureError;
use crate::format::PictureFormat;
use crate::limits::Limits;
use crate::reduce::{Reducer, fit};

/// What a picture says of itself before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The kind of picture, by content.
    pub format: PictureFormat,
    /// Width in pixels as displayed, after EXIF orientation.
    pub width: u32,
    /// Height in pixels as displayed, after EXIF orientation.
    pub height: u32,
    /// Bytes of memory, beside the file itself, that making a thumbnail of it is expected to
    /// take at most.
    ///
    /// Small for a PNG that can be reduced row by row; of the order of the whole frame, or
    /// several times that, for JPEG, WebP and interlaced PNG. An estimate to share memory out
    /// by, not a bound.
    pub working_set: u64,
}

/// A picture fitted in a square, upright, on [`BACKGROUND`](crate::BACKGROUND).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    source: Header,
}

impl Thumbnail {
    /// A picture that was drawn here: 8-bit RGB of its header's size.
    pub(crate) const fn drawn(pixels: Vec<u8>, header: Header) -> Self {
        Self {
            width: header.width,
            height: header.height,
            pixels,
            source: header,
        }
    }

    /// Width in pixels.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The pixels: 8-bit RGB, row by row from the top, without padding.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The header of the picture that this was made from.
    pub const fn source(&self) -> &Header {
        &self.source
    }
}

/// A whole picture, upright, on [`BACKGROUND`](crate::BACKGROUND).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RgbPicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The pixels: 8-bit RGB, row by row from the top, without padding.
    pub pixels: Vec<u8>,
}

/// Reads a picture's header, without decoding it.
///
/// # Errors
/// As [`thumbnail`]; but a picture that is damaged behind its header is not found out.
pub fn read_header(bytes: &[u8], limits: &Limits) -> Result<Header, PictureError> {
    guarded(|| Source::open(bytes, limits).map(|source| header_of(&source)))
}

/// Makes the thumbnail of a picture: fitted by [`fit`] in a square of `edge` pixels.
///
/// The whole picture is decoded, so that one that was cut off is found out. The rows are reduced
/// by whole-number boxes to at least twice the thumbnail's size while they are hot, then by a
/// Lanczos filter of three lobes to the very size, as Pillow does it.
///
/// # Errors
/// [`PictureError::Unreadable`] when the bytes are no whole picture,
/// [`PictureError::UnsupportedFormat`] when they are one of a kind not read here, and
/// [`PictureError::TooLarge`] when it is beyond the limits.
pub fn thumbnail(bytes: &[u8], edge: u32, limits: &Limits) -> Result<Thumbnail, PictureError> {
    let [thumbnail] = thumbnails(bytes, [edge], limits, &mut |_| {})?;
    Ok(thumbnail)
}

/// Makes thumbnails of several sizes of a picture that is decoded once, and shows every row of it:
/// each thumbnail is the one that [`thumbnail`] makes.
///
/// `rows` is given each row of 8-bit RGB as it is stored, from the top, before the picture is
/// turned upright; when the picture turns out to be damaged, those before the damage.
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
        let mut reductions = edges.map(|edge| Reduction::begin(&source, edge));
        source.decode(&mut |row| {
            for reduction in &mut reductions {
                reduction.reducer.push(row);
            }
            rows(row);
        })?;
        let thumbnails: Option<Vec<Thumbnail>> =
            reductions.into_iter().map(Reduction::finish).collect();
        thumbnails
            .and_then(|thumbnails| thumbnails.try_into().ok())
            .ok_or_else(|| PictureError::unreadable("its decoder gave fewer rows than declared"))
    })
}

/// A thumbnail in the making.
struct Reduction {
    reducer: Reducer,
    /// Its size before it is turned upright.
    stored: (u32, u32),
    header: Header,
    orientation: Orientation,
}

impl Reduction {
    fn begin(source: &Source<'_>, edge: u32) -> Self {
        let header = header_of(source);
        let size = fit(header.width, header.height, edge);
        let orientation = source.orientation();
        // Turning changes the sides' places or leaves them, so it leads back as well.
        let stored = displayed(size.0, size.1, orientation);
        Self {
            reducer: Reducer::new((source.width(), source.height()), stored),
            stored,
            header,
            orientation,
        }
    }

    /// The thumbnail; nothing if rows are missing.
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
/// Takes three bytes for each pixel beside the decoder's own memory; twice that where the
/// picture has to be turned upright.
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
        if pixels.len() != size {
            return Err(PictureError::unreadable(
                "its decoder gave fewer rows than declared",
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

/// Runs a decoder so that its panic costs this picture only.
///
/// Everything that the closure has made is dropped with the panic, so nothing half-made is seen
/// afterwards: that is why it may be called unwind safe.
fn guarded<T>(work: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(PictureError::unreadable(format!(
            "its decoder failed on it ({message})"
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_unreadable_picture() {
        let error = guarded::<()>(|| panic!("index {} out of range", 7)).unwrap_err();
        assert!(matches!(error, PictureError::Unreadable { .. }));
        assert!(error.to_string().contains("index 7"), "{error}");
    }
}
