//! Formats that pictures are stored in.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder};

/// How a picture is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG of a quality from 1 to 100.
    Jpeg(u8),
    /// PNG.
    Png,
    /// Lossless WebP.
    WebP,
}

impl Format {
    /// The format that a file's name promises.
    ///
    /// # Panics
    /// When the name ends in none of `.jpg`, `.png` and `.webp`.
    pub fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("jpg") => Self::Jpeg(70),
            Some("png") => Self::Png,
            Some("webp") => Self::WebP,
            _ => panic!("{name:?} is no picture of the fixtures"),
        }
    }

    /// A picture's bytes in this format.
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
        .expect("a picture in memory is encoded into memory");
        bytes
    }
}
