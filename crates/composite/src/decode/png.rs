//! PNG decoding with the `png` crate, row by row where possible.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};

use crate::error::PictureError;
use crate::limits::Limits;
use crate::rows::{Flatten, Layout, Rows};

mod chunks;
mod header;
#[cfg(feature = "fast")]
mod inflated;
#[cfg(test)]
#[cfg(feature = "fast")]
mod tests;

use header::Header;
#[cfg(feature = "fast")]
use inflated::Inflated;

/// A PNG whose header has been read.
pub(crate) struct Png<'a> {
    bytes: &'a [u8],
    pub(crate) header: Header,
}

impl<'a> Png<'a> {
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        let header = Header::read(bytes, limits)?;
        Ok(Self { bytes, header })
    }

    /// Estimated bytes of memory: a few rows, or the whole decoded frame if the PNG is interlaced.
    pub(crate) fn working_set(&self) -> u64 {
        let width = u64::from(self.header.width);
        let rows = 8 * width * self.header.bits.div_ceil(8).max(4);
        if self.header.interlaced {
            rows + width
                * u64::from(self.header.height)
                * self.header.bits.div_ceil(8).clamp(1, 4).max(
                    // Palettes and transparent colours are expanded to RGBA.
                    if self.header.bits <= 8 { 4 } else { 1 },
                )
        } else {
            rows + self.inflated_size()
        }
    }

    /// Extra bytes of memory that the feature `fast` needs for this picture.
    #[cfg(feature = "fast")]
    fn inflated_size(&self) -> u64 {
        inflated::layout(&self.header).map_or(0, |_| {
            inflated::size(&self.header) + self.bytes.len() as u64
        })
    }

    #[cfg(not(feature = "fast"))]
    #[expect(
        clippy::unused_self,
        reason = "same signature as with the feature `fast`"
    )]
    const fn inflated_size(&self) -> u64 {
        0
    }

    pub(crate) fn decode(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        #[cfg(feature = "fast")]
        if let Some(inflated) = Inflated::new(self.bytes, &self.header) {
            inflated.rows(rows);
            return Ok(());
        }
        self.decode_by_rows(rows)
    }

    fn decode_by_rows(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        let mut decoder = Decoder::new_with_limits(
            Cursor::new(self.bytes),
            png::Limits {
                // Several rows of the widest pixels, 8 bytes each.
                bytes: METADATA_LIMIT.max(self.header.width as usize * 64),
            },
        );
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        // Neither affects the pixels here, and both can expand to many times their stored size.
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let mut reader = decoder.read_info().map_err(damaged)?;
        // A file with two headers could otherwise decode to a size that was never checked.
        if reader.info().size() != (self.header.width, self.header.height) {
            return Err(PictureError::unreadable(
                "the PNG data declares conflicting sizes",
            ));
        }
        let mut flatten = Flatten::new(layout(reader.output_color_type())?);
        if self.header.interlaced {
            let size = reader.output_buffer_size().ok_or_else(|| {
                PictureError::unreadable("the PNG's frame does not fit in memory")
            })?;
            let mut frame = vec![0; size];
            let info = reader.next_frame(&mut frame).map_err(damaged)?;
            if (info.width, info.height) != (self.header.width, self.header.height) {
                return Err(partial_frame());
            }
            for row in frame.chunks_exact(info.line_size) {
                flatten.row(row, rows);
            }
        } else {
            let line = self.header.width as usize * flatten.samples();
            while let Some(row) = reader.next_row().map_err(damaged)? {
                if row.data().len() != line {
                    return Err(partial_frame());
                }
                flatten.row(row.data(), rows);
            }
        }
        Ok(())
    }
}

/// Maximum bytes that the decoder may allocate for rows and metadata, unless rows need more.
const METADATA_LIMIT: usize = 64 * 1024 * 1024;

/// The layout of decoded rows, after palettes, transparent colours and bit depths were expanded to
/// 8 bits per sample.
fn layout((colour, depth): (ColorType, BitDepth)) -> Result<Layout, PictureError> {
    match (colour, depth) {
        (ColorType::Grayscale, BitDepth::Eight) => Ok(Layout::Grey),
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Ok(Layout::GreyAlpha),
        (ColorType::Rgb, BitDepth::Eight) => Ok(Layout::Rgb),
        (ColorType::Rgba, BitDepth::Eight) => Ok(Layout::Rgba),
        _ => Err(PictureError::unreadable(
            "the PNG data has an unknown colour type or bit depth",
        )),
    }
}

fn partial_frame() -> PictureError {
    PictureError::unreadable("the first frame of the animated PNG does not cover the whole picture")
}

fn damaged(error: DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(_) => PictureError::truncated("PNG"),
        other => PictureError::unreadable(format!("the PNG data is damaged ({other})")),
    }
}
