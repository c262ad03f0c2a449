//! PNG: header, orientation, pixels.

use std::io::Cursor;

use image::metadata::Orientation;
use png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};

use crate::decode::{Flatten, Layout, Rows};
use crate::{Limits, PictureError, orientation};

mod chunks;
#[cfg(feature = "fast")]
mod whole;

use chunks::Chunks;

/// A PNG whose header was read.
pub(crate) struct Png<'a> {
    bytes: &'a [u8],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    interlaced: bool,
    /// Kind of colour and bits of a sample, as the header has them.
    #[cfg(feature = "fast")]
    kind: (u8, u8),
    /// Bits of a pixel as stored.
    bits: u64,
}

impl<'a> Png<'a> {
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        let mut chunks = Chunks::new(bytes);
        let first = chunks.next().ok_or_else(|| PictureError::cut_off("PNG"))?;
        let header: &[u8; 13] = match first.kind {
            b"IHDR" => first.data.try_into().ok(),
            _ => None,
        }
        .ok_or_else(|| PictureError::unreadable("the PNG data does not begin with a header"))?;
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
        limits.check(width, height)?;
        let orientation = chunks
            .find(|chunk| chunk.kind == b"eXIf")
            .map_or(Orientation::NoTransforms, |chunk| {
                orientation::from_exif(chunk.data)
            });
        let samples = match colour {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        Ok(Self {
            bytes,
            width,
            height,
            orientation,
            interlaced: interlace == 1,
            #[cfg(feature = "fast")]
            kind: (colour, depth),
            bits: samples * u64::from(depth),
        })
    }

    /// A few rows; of an interlaced picture the whole frame, in the samples that it comes out in.
    pub(crate) fn working_set(&self) -> u64 {
        let width = u64::from(self.width);
        let rows = 8 * width * self.bits.div_ceil(8).max(4);
        if self.interlaced {
            rows + width
                * u64::from(self.height)
                * self.bits.div_ceil(8).clamp(1, 4).max(
                    // Palette and transparent colours come out as RGBA.
                    if self.bits <= 8 { 4 } else { 1 },
                )
        } else {
            rows + self.inflated_whole()
        }
    }

    /// Bytes that the feature `fast` takes for this picture.
    #[cfg(feature = "fast")]
    fn inflated_whole(&self) -> u64 {
        whole::layout(self).map_or(0, |_| whole::size(self) + self.bytes.len() as u64)
    }

    #[cfg(not(feature = "fast"))]
    #[expect(clippy::unused_self, reason = "as it is with the feature `fast`")]
    const fn inflated_whole(&self) -> u64 {
        0
    }

    pub(crate) fn decode(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        #[cfg(feature = "fast")]
        if let Some(whole) = whole::Whole::inflate(self) {
            whole.rows(rows);
            return Ok(());
        }
        self.decode_by_rows(rows)
    }

    fn decode_by_rows(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        let mut decoder = Decoder::new_with_limits(
            Cursor::new(self.bytes),
            png::Limits {
                bytes: METADATA_LIMIT.max(self.width as usize * 64),
            },
        );
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let mut reader = decoder.read_info().map_err(damaged)?;
        if reader.info().size() != (self.width, self.height) {
            return Err(PictureError::unreadable(
                "the PNG data declares more than one size",
            ));
        }
        let mut flatten = Flatten::new(layout(reader.output_color_type())?);
        if self.interlaced {
            let size = reader
                .output_buffer_size()
                .ok_or_else(|| PictureError::unreadable("the PNG's frame is beyond memory"))?;
            let mut frame = vec![0; size];
            let info = reader.next_frame(&mut frame).map_err(damaged)?;
            if (info.width, info.height) != (self.width, self.height) {
                return Err(not_the_still_picture());
            }
            for row in frame.chunks_exact(info.line_size) {
                flatten.row(row, rows);
            }
        } else {
            let line = self.width as usize * flatten.samples();
            while let Some(row) = reader.next_row().map_err(damaged)? {
                if row.data().len() != line {
                    return Err(not_the_still_picture());
                }
                flatten.row(row.data(), rows);
            }
        }
        Ok(())
    }
}

/// Memory that the decoder may take for rows and for what stands beside the pixels, in bytes.
const METADATA_LIMIT: usize = 64 * 1024 * 1024;

/// The layout of rows in which palettes, transparent colours and depths were expanded.
fn layout((colour, depth): (ColorType, BitDepth)) -> Result<Layout, PictureError> {
    match (colour, depth) {
        (ColorType::Grayscale, BitDepth::Eight) => Ok(Layout::Grey),
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Ok(Layout::GreyAlpha),
        (ColorType::Rgb, BitDepth::Eight) => Ok(Layout::Rgb),
        (ColorType::Rgba, BitDepth::Eight) => Ok(Layout::Rgba),
        _ => Err(PictureError::unreadable(
            "the PNG data has samples of no known kind",
        )),
    }
}

fn not_the_still_picture() -> PictureError {
    PictureError::unreadable("the first frame of the PNG does not fill it")
}

fn damaged(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(_) => PictureError::cut_off("PNG"),
        other => PictureError::unreadable(format!("the PNG data is damaged ({other})")),
    }
}
