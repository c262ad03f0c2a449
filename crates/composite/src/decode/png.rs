//! PNG: header, orientation, pixels.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};

use crate::error::PictureError;
use crate::limits::Limits;
use crate::rows::{Flatten, Layout, Rows};

mod chunks;
mod header;
#[cfg(all(test, feature = "fast"))]
mod tests;
#[cfg(feature = "fast")]
mod whole;

use header::Header;

/// A PNG whose header was read.
pub(crate) struct Png<'a> {
    bytes: &'a [u8],
    pub(crate) header: Header,
}

impl<'a> Png<'a> {
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        let header = Header::read(bytes, limits)?;
        Ok(Self { bytes, header })
    }

    /// A few rows; of an interlaced picture the whole frame, in the samples that it comes out in.
    pub(crate) fn working_set(&self) -> u64 {
        let width = u64::from(self.header.width);
        let rows = 8 * width * self.header.bits.div_ceil(8).max(4);
        if self.header.interlaced {
            rows + width
                * u64::from(self.header.height)
                * self.header.bits.div_ceil(8).clamp(1, 4).max(
                    // Palette and transparent colours come out as RGBA.
                    if self.header.bits <= 8 { 4 } else { 1 },
                )
        } else {
            rows + self.inflated_whole()
        }
    }

    /// Bytes that the feature `fast` takes for this picture.
    #[cfg(feature = "fast")]
    fn inflated_whole(&self) -> u64 {
        whole::layout(&self.header)
            .map_or(0, |_| whole::size(&self.header) + self.bytes.len() as u64)
    }

    #[cfg(not(feature = "fast"))]
    #[expect(clippy::unused_self, reason = "as it is with the feature `fast`")]
    const fn inflated_whole(&self) -> u64 {
        0
    }

    pub(crate) fn decode(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        #[cfg(feature = "fast")]
        if let Some(whole) = whole::Whole::inflate(self.bytes, &self.header) {
            whole.rows(rows);
            return Ok(());
        }
        self.decode_by_rows(rows)
    }

    fn decode_by_rows(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        let mut decoder = Decoder::new_with_limits(
            Cursor::new(self.bytes),
            png::Limits {
                bytes: METADATA_LIMIT.max(self.header.width as usize * 64),
            },
        );
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let mut reader = decoder.read_info().map_err(damaged)?;
        if reader.info().size() != (self.header.width, self.header.height) {
            return Err(PictureError::unreadable(
                "the PNG data declares more than one size",
            ));
        }
        let mut flatten = Flatten::new(layout(reader.output_color_type())?);
        if self.header.interlaced {
            let size = reader
                .output_buffer_size()
                .ok_or_else(|| PictureError::unreadable("the PNG's frame is beyond memory"))?;
            let mut frame = vec![0; size];
            let info = reader.next_frame(&mut frame).map_err(damaged)?;
            if (info.width, info.height) != (self.header.width, self.header.height) {
                return Err(not_the_still_picture());
            }
            for row in frame.chunks_exact(info.line_size) {
                flatten.row(row, rows);
            }
        } else {
            let line = self.header.width as usize * flatten.samples();
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
