//! File formats of pictures.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder};

/// File format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG with a quality from 1 to 100.
    Jpeg(u8),
    /// PNG with the best compression.
    Png,
    /// WebP with lossless compression.
    WebP,
}

impl Format {
    /// Returns the format for the extension of a file name. JPEG gets quality 70.
    ///
    /// # Panics
    /// Panics if the name does not end in `.jpg`, `.png` or `.webp`.
    pub fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            // Low enough to keep the fixtures small: they are embedded in the binary.
            Some("jpg") => Self::Jpeg(70),
            Some("png") => Self::Png,
            Some("webp") => Self::WebP,
            _ => panic!("{name:?} does not end in .jpg, .png or .webp"),
        }
    }

    /// Encodes a picture in this format.
    pub fn encode(self, picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = (picture.width(), picture.height());
        let colour = picture.color().into();
        let pixels = picture.as_bytes();
        match self {
            Self::Jpeg(quality) => JpegEncoder::new_with_quality(&mut bytes, quality)
                .write_image(pixels, width, height, colour),
            Self::Png => PngEncoder::new_with_quality(
                &mut bytes,
                CompressionType::Best,
                FilterType::Adaptive,
            )
            .write_image(pixels, width, height, colour),
            Self::WebP => {
                WebPEncoder::new_lossless(&mut bytes).write_image(pixels, width, height, colour)
            }
        }
        .expect("encoding a picture into memory succeeds");
        bytes
    }
}
