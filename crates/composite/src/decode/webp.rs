//! WebP decoding: header, completeness check, pixels.

use std::io::Cursor;

use image::metadata::Orientation;
use image_webp::{DecodingError, WebPDecoder};

use crate::decode::declared_size::check_size;
use crate::decode::orientation;
use crate::error::PictureError;
use crate::limits::Limits;
use crate::rows::{Flatten, Layout, Rows};

/// A WebP whose headers have been read.
pub(crate) struct WebP<'a> {
    bytes: &'a [u8],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    lossless: bool,
    animated: bool,
}

/// What the RIFF chunks of a file declare.
#[derive(Default)]
struct Contents {
    /// Size in the extended header, if there is one.
    canvas: Option<(u32, u32)>,
    /// Width and height of the first frame's bit stream, and whether it is lossless.
    frame: Option<(u32, u32, bool)>,
    animated: bool,
    exif: Option<Orientation>,
}

impl<'a> WebP<'a> {
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        let declared = bytes
            .get(4..8)
            .and_then(|size| size.try_into().ok())
            .map_or(0, u32::from_le_bytes);
        let end = u64::from(declared) + 8;
        // One missing byte is accepted: some writers omit the padding of the last chunk.
        if end > bytes.len() as u64 + 1 {
            return Err(PictureError::truncated("WebP"));
        }
        let mut contents = Contents::default();
        contents.read(bytes.get(12..).unwrap_or_default());
        let frame = contents
            .frame
            .ok_or_else(|| PictureError::unreadable("the WebP data contains no picture"))?;
        let (width, height) = contents.canvas.unwrap_or((frame.0, frame.1));
        check_size(width, height, limits)?;
        // The decoder allocates for the size in the bit stream, which may differ from the canvas.
        check_size(frame.0, frame.1, limits)?;
        if frame.0 > width || frame.1 > height {
            return Err(PictureError::unreadable(
                "the WebP's frame is larger than its canvas",
            ));
        }
        Ok(Self {
            bytes,
            width,
            height,
            orientation: contents.exif.unwrap_or(Orientation::NoTransforms),
            lossless: frame.2,
            animated: contents.animated,
        })
    }

    /// Estimated bytes of memory: the decoded frame at four bytes a pixel, the decoder's own
    /// buffers (five bytes a pixel for lossless, three for lossy), and two more copies if it is
    /// animated.
    pub(crate) fn working_set(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let stream = if self.lossless { 5 } else { 3 };
        let canvas = if self.animated { 8 } else { 0 };
        pixels * (4 + stream + canvas)
    }

    pub(crate) fn decode(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        let mut decoder = WebPDecoder::new(Cursor::new(self.bytes)).map_err(damaged)?;
        // The decoder parses the file again and might find another size than the one checked here.
        if decoder.dimensions() != (self.width, self.height) {
            return Err(PictureError::unreadable(
                "the WebP data declares conflicting sizes",
            ));
        }
        let layout = if decoder.has_alpha() {
            Layout::Rgba
        } else {
            Layout::Rgb
        };
        let size = decoder
            .output_buffer_size()
            .ok_or_else(|| PictureError::unreadable("the WebP's frame does not fit in memory"))?;
        let mut frame = vec![0; size];
        decoder.read_image(&mut frame).map_err(damaged)?;
        let mut flatten = Flatten::new(layout);
        for row in frame.chunks_exact(self.width as usize * layout.samples()) {
            flatten.row(row, rows);
        }
        Ok(())
    }
}

impl Contents {
    /// Reads the chunks of a file, descending into its first animation frame.
    fn read(&mut self, mut rest: &[u8]) {
        while let Some((kind, data, after)) = chunk(rest) {
            match kind {
                b"VP8X" => self.canvas = canvas(data),
                b"ANMF" if self.frame.is_none() => {
                    self.animated = true;
                    self.read(data.get(FRAME_HEADER..).unwrap_or_default());
                }
                b"VP8 " if self.frame.is_none() => self.frame = lossy_size(data),
                b"VP8L" if self.frame.is_none() => self.frame = lossless_size(data),
                b"EXIF" => self.exif = Some(orientation::from_exif(data)),
                _ => {}
            }
            rest = after;
        }
    }
}

/// Bytes of an `ANMF` chunk before its own chunks.
const FRAME_HEADER: usize = 16;

/// Splits off the first chunk: its name, its data, and the bytes after it.
///
/// Chunks of odd length are padded with one byte, which may be missing at the end of the file.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (kind, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (data, rest) = rest.split_at_checked(length)?;
    Some((kind, data, rest.get(length % 2..).unwrap_or_default()))
}

/// The canvas size in an extended header: width - 1 and height - 1, 24 bits each.
fn canvas(data: &[u8]) -> Option<(u32, u32)> {
    let &[w0, w1, w2, h0, h1, h2] = data.get(4..10)?.first_chunk()?;
    Some((
        u32::from_le_bytes([w0, w1, w2, 0]) + 1,
        u32::from_le_bytes([h0, h1, h2, 0]) + 1,
    ))
}

/// The size in a VP8 key frame: width and height, 14 bits each (RFC 6386, section 9.1).
fn lossy_size(data: &[u8]) -> Option<(u32, u32, bool)> {
    let &[w0, w1, h0, h1] = data.get(6..10)?.first_chunk()?;
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    Some((side(w0, w1), side(h0, h1), false))
}

/// The size in a VP8L stream: width - 1 and height - 1, 14 bits each, after the signature byte
/// (RFC 9649, section 3.4).
fn lossless_size(data: &[u8]) -> Option<(u32, u32, bool)> {
    let bits = u32::from_le_bytes(*data.get(1..5)?.first_chunk()?);
    Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1, true))
}

fn damaged(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(_) => PictureError::truncated("WebP"),
        DecodingError::UnsupportedFeature(feature) => {
            PictureError::unsupported(format!("WebP with {feature}"))
        }
        other => PictureError::unreadable(format!("the WebP data is damaged ({other})")),
    }
}
