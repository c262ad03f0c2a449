//! Encoding pictures as JPEG.

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, EncodingError, SamplingFactor};

use crate::error::PictureError;
use crate::limits::Limits;
use crate::picture::{Thumbnail, decode_rgb};

/// The longest side of a JPEG in pixels: the format stores sizes in 16 bits (ITU T.81, B.2.2).
pub(crate) const MAX_SIDE: u32 = 65_535;

/// Re-encodes a whole picture as JPEG: upright, blended with [`BACKGROUND`](crate::BACKGROUND),
/// without metadata.
///
/// `quality` ranges from 1 to 100; values outside are clamped.
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
/// `quality` ranges from 1 to 100; values outside are clamped.
///
/// # Errors
/// [`PictureError::Unreadable`] if a side is longer than a JPEG can store, 65,535 pixels.
pub fn encode_thumbnail(thumbnail: &Thumbnail, quality: u8) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (thumbnail.width(), thumbnail.height());
    encode_rgb(thumbnail.pixels(), width, height, quality).map_err(|error| {
        PictureError::unreadable(format!("it cannot be encoded as JPEG ({error})"))
    })
}

/// Encodes RGB pixels with 4:2:0 chroma subsampling, Pillow's default.
pub(crate) fn encode_rgb(
    pixels: &[u8],
    width: u32,
    height: u32,
    quality: u8,
) -> Result<Vec<u8>, EncodingError> {
    // A side that is too long becomes 0, which the encoder refuses as an invalid size.
    let side = |length: u32| u16::try_from(length).unwrap_or(0);
    // At quality 90 a photograph takes about an eighth of the size of its pixels.
    let mut out = Vec::with_capacity(pixels.len() / 8);
    let mut encoder = Encoder::new(&mut out, quality.clamp(1, 100));
    // Average the colour of each 2 x 2 block, as libjpeg does for Pillow. The encoder's default
    // keeps one pixel of four, which distorts thin coloured lines.
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.encode(pixels, side(width), side(height), ColorType::Rgb)?;
    Ok(out)
}
