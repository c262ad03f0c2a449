//! Encoding as JPEG.

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, EncodingError, SamplingFactor};

use crate::error::PictureError;
use crate::limits::Limits;
use crate::picture::{Thumbnail, decode_rgb};

/// Longest side that JPEG can have, in pixels.
pub(crate) const MAX_SIDE: u32 = 65_535;

/// Encodes a whole picture anew as JPEG: upright, flattened on
/// [`BACKGROUND`](crate::BACKGROUND), without metadata.
///
/// `quality` is from 1 to 100; values outside are brought to the nearer end.
///
/// # Errors
/// As [`thumbnail`](crate::thumbnail).
pub fn encode_jpeg(bytes: &[u8], quality: u8, limits: &Limits) -> Result<Vec<u8>, PictureError> {
    let picture = decode_rgb(bytes, limits)?;
    encode_rgb(&picture.pixels, picture.width, picture.height, quality).map_err(|error| {
        PictureError::unreadable(format!("it cannot be encoded as JPEG ({error})"))
    })
}

/// Encodes a thumbnail as JPEG.
///
/// `quality` is from 1 to 100; values outside are brought to the nearer end.
///
/// # Errors
/// [`PictureError::Unreadable`] when a side is longer than JPEG can hold, 65,535 pixels.
pub fn encode_thumbnail(thumbnail: &Thumbnail, quality: u8) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (thumbnail.width(), thumbnail.height());
    encode_rgb(thumbnail.pixels(), width, height, quality).map_err(|error| {
        PictureError::unreadable(format!("it cannot be encoded as JPEG ({error})"))
    })
}

/// Encodes RGB pixels, with the colour at half resolution as Pillow does.
pub(crate) fn encode_rgb(
    pixels: &[u8],
    width: u32,
    height: u32,
    quality: u8,
) -> Result<Vec<u8>, EncodingError> {
    let side = |length: u32| u16::try_from(length).unwrap_or(0);
    // A photograph at quality 90 takes about an eighth of its pixels' bytes.
    let mut out = Vec::with_capacity(pixels.len() / 8);
    let mut encoder = Encoder::new(&mut out, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.encode(pixels, side(width), side(height), ColorType::Rgb)?;
    Ok(out)
}
