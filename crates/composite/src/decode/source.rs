//! A picture of any kind that is read, opened: header known, pixels still coded.

use image::metadata::Orientation;

use super::jpeg::Jpeg;
use super::png::Png;
use super::sniff;
use super::webp::WebP;
use crate::error::PictureError;
use crate::format::PictureFormat;
use crate::limits::Limits;
use crate::rows::Rows;

/// A picture whose header was read and is within the limits.
pub(crate) enum Source<'a> {
    Jpeg(Jpeg<'a>),
    Png(Png<'a>),
    WebP(WebP<'a>),
}

impl<'a> Source<'a> {
    /// Reads the header and holds the declared size against the limits.
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        match sniff::sniff(bytes)? {
            PictureFormat::Jpeg => Jpeg::open(bytes, limits).map(Self::Jpeg),
            PictureFormat::Png => Png::open(bytes, limits).map(Self::Png),
            PictureFormat::WebP => WebP::open(bytes, limits).map(Self::WebP),
        }
    }

    pub(crate) const fn format(&self) -> PictureFormat {
        match self {
            Self::Jpeg(_) => PictureFormat::Jpeg,
            Self::Png(_) => PictureFormat::Png,
            Self::WebP(_) => PictureFormat::WebP,
        }
    }

    /// Width as stored, in pixels.
    pub(crate) const fn width(&self) -> u32 {
        match self {
            Self::Jpeg(jpeg) => jpeg.width,
            Self::Png(png) => png.header.width,
            Self::WebP(webp) => webp.width,
        }
    }

    /// Height as stored, in pixels.
    pub(crate) const fn height(&self) -> u32 {
        match self {
            Self::Jpeg(jpeg) => jpeg.height,
            Self::Png(png) => png.header.height,
            Self::WebP(webp) => webp.height,
        }
    }

    pub(crate) const fn orientation(&self) -> Orientation {
        match self {
            Self::Jpeg(jpeg) => jpeg.orientation,
            Self::Png(png) => png.header.orientation,
            Self::WebP(webp) => webp.orientation,
        }
    }

    /// Bytes that decoding and reducing is expected to take.
    pub(crate) fn working_set(&self) -> u64 {
        // The reducer's rows and the decoders' tables.
        const FLOOR: u64 = 1024 * 1024;
        let decoder = match self {
            Self::Jpeg(jpeg) => jpeg.working_set(),
            Self::Png(png) => png.working_set(),
            Self::WebP(webp) => webp.working_set(),
        };
        FLOOR + decoder + u64::from(self.width()) * 64
    }

    /// Decodes the whole picture and hands over every row.
    pub(crate) fn decode(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        match self {
            Self::Jpeg(jpeg) => jpeg.decode(rows),
            Self::Png(png) => png.decode(rows),
            Self::WebP(webp) => webp.decode(rows),
        }
    }
}
