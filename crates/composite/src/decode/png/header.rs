//! The header of a PNG: size, colour type and orientation.

use image::metadata::Orientation;

use super::chunks::Chunks;
use crate::decode::declared_size::check_size;
use crate::decode::orientation;
use crate::error::PictureError;
use crate::limits::Limits;

/// What the chunks of a PNG declare about its pixels.
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    pub(super) interlaced: bool,
    /// Colour type and bits per sample, as stored in the `IHDR` chunk.
    #[cfg(feature = "fast")]
    pub(super) kind: (u8, u8),
    /// Bits per pixel as stored.
    pub(super) bits: u64,
}

impl Header {
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, PictureError> {
        let mut chunks = Chunks::new(bytes);
        let first = chunks
            .next()
            .ok_or_else(|| PictureError::truncated("PNG"))?;
        let header: &[u8; 13] = match first.kind {
            b"IHDR" => first.data.try_into().ok(),
            _ => None,
        }
        .ok_or_else(|| {
            PictureError::unreadable("the PNG data does not start with a header (IHDR)")
        })?;
        let &[
            w0,
            w1,
            w2,
            w3,
            h0,
            h1,
            h2,
            h3,
            depth,
            colour,
            _,
            _,
            interlace,
        ] = header;
        let (width, height) = (
            u32::from_be_bytes([w0, w1, w2, w3]),
            u32::from_be_bytes([h0, h1, h2, h3]),
        );
        check_size(width, height, limits)?;
        // `eXIf` may come after the pixels, so search the whole file.
        let orientation = chunks
            .find(|chunk| chunk.kind == b"eXIf")
            .map_or(Orientation::NoTransforms, |chunk| {
                orientation::from_exif(chunk.data)
            });
        // Samples per pixel by colour type (PNG specification, section 11.2.1).
        let samples = match colour {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        Ok(Self {
            width,
            height,
            orientation,
            interlaced: interlace == 1,
            #[cfg(feature = "fast")]
            kind: (colour, depth),
            bits: samples * u64::from(depth),
        })
    }
}
