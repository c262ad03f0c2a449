//! An opened picture of any supported format: header read, pixels not decoded yet.

use image::metadata::Orientation;

use super::jpeg::Jpeg;
use super::png::Png;
use super::sniff;
use super::webp::WebP;
use crate::error::PictureError;
use crate::format::PictureFormat;
use crate::limits::Limits;
use crate::rows::Rows;

/// A picture whose header has been read and whose size is within the limits.
pub(crate) enum Source<'a> {
    Jpeg(Jpeg<'a>),
    Png(Png<'a>),
    WebP(WebP<'a>),
}

impl<'a> Source<'a> {
    /// Reads the header and checks the declared size against the limits.
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

    /// Width in pixels as stored, before EXIF orientation.
    pub(crate) const fn width(&self) -> u32 {
        match self {
            Self::Jpeg(jpeg) => jpeg.width,
            Self::Png(png) => png.header.width,
            Self::WebP(webp) => webp.width,
        }
    }

    /// Height in pixels as stored, before EXIF orientation.
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

    /// Estimated bytes of memory for decoding and reducing the picture.
    pub(crate) fn working_set(&self) -> u64 {
        // The decoder's tables and buffers, whatever the picture's size.
        const BASE: u64 = 1024 * 1024;
        let decoder = match self {
            Self::Jpeg(jpeg) => jpeg.working_set(),
            Self::Png(png) => png.working_set(),
            Self::WebP(webp) => webp.working_set(),
        };
        // 64 bytes for each column: the sums and the rows that the reducer keeps.
        BASE + decoder + u64::from(self.width()) * 64
    }

    /// Decodes the whole picture and passes each row to `rows`.
    pub(crate) fn decode(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        match self {
            Self::Jpeg(jpeg) => jpeg.decode(rows),
            Self::Png(png) => png.decode(rows),
            Self::WebP(webp) => webp.decode(rows),
        }
    }
}
