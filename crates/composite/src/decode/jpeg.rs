//! JPEG: headers, wholeness, pixels.
//!
//! zune-jpeg decodes. What it does not do is done here: it takes a file that ends too early for
//! a whole one, refuses files over metadata that has no bearing on the pixels, and takes three
//! components under Adobe's "no transform" for CMYK.

use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::decode::declared_size::check_size;
use crate::decode::orientation;
use crate::error::PictureError;
use crate::limits::Limits;
use crate::rows::{Flatten, Layout, Rows};

mod segments;

use segments::{Segment, Segments, marker};

/// Most scans of a progressive picture; the usual ten, and room for the fanciest scripts.
const MAX_SCANS: usize = 100;

/// A JPEG whose header was read.
pub(crate) struct Jpeg<'a> {
    bytes: &'a [u8],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    components: u8,
    /// The transform of Adobe's segment, where there is one.
    adobe: Option<u8>,
    /// Whether all coefficients are held before the first pixel comes out.
    buffered: bool,
}

impl<'a> Jpeg<'a> {
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        let mut frame = None;
        let mut orientation = Orientation::NoTransforms;
        let mut adobe = None;
        for segment in Segments::new(bytes) {
            let Segment { marker, body, .. } = segment?;
            match marker {
                marker::SOF0..=marker::SOF15 if marker::is_frame(marker) => {
                    frame = Some(Frame::read(marker, body)?);
                }
                marker::APP1 if body.starts_with(b"Exif\0\0") => {
                    orientation = orientation::from_exif(body);
                }
                marker::APP14 => adobe = adobe_transform(body).or(adobe),
                marker::SOS => {
                    let frame = frame.ok_or_else(|| {
                        PictureError::unreadable("the JPEG data has pixels before a size")
                    })?;
                    check_size(frame.width, frame.height, limits)?;
                    let scanned = body.first().copied().unwrap_or_default();
                    return Ok(Self {
                        bytes,
                        width: frame.width,
                        height: frame.height,
                        orientation,
                        components: frame.components,
                        adobe,
                        buffered: frame.progressive || scanned != frame.components,
                    });
                }
                marker::EOI => {
                    return Err(PictureError::unreadable("the JPEG data holds no picture"));
                }
                _ => {}
            }
        }
        Err(PictureError::cut_off("JPEG"))
    }

    /// The decoded frame, and the coefficients of a picture that comes in several scans: 16 bits
    /// each, with nothing saved by subsampling in the worst case.
    pub(crate) fn working_set(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let out = if self.components == 1 {
            1
        } else {
            u64::from(self.components.max(3))
        };
        let coefficients = if self.buffered {
            2 * u64::from(self.components)
        } else {
            0
        };
        pixels * (out + coefficients) + u64::from(self.width) * 256
    }

    pub(crate) fn decode(&self, rows: &mut Rows<'_>) -> Result<(), PictureError> {
        self.check_whole()?;
        let (pixels, layout) = if self.is_adobe_rgb() {
            self.decode_pixels(&self.rewritten()?)?
        } else {
            match self.decode_pixels(self.bytes) {
                Ok(decoded) => decoded,
                Err(error) => {
                    // Once more without what has no bearing on the pixels; if that changes
                    // nothing, the first complaint is the true one.
                    let rewritten = self.rewritten()?;
                    self.decode_pixels(&rewritten).map_err(|_| error)?
                }
            }
        };
        let mut flatten = Flatten::new(layout);
        for row in pixels.chunks_exact(self.width as usize * layout.samples()) {
            flatten.row(row, rows);
        }
        Ok(())
    }

    /// Whether the three components are red, green and blue as they are.
    fn is_adobe_rgb(&self) -> bool {
        self.components == 3 && self.adobe == Some(0)
    }

    /// Walks to the end of the picture. A JPEG that has none was cut off: its decoder would fill
    /// up with grey and say nothing.
    fn check_whole(&self) -> Result<(), PictureError> {
        for segment in Segments::new(self.bytes) {
            if segment?.marker == marker::EOI {
                return Ok(());
            }
        }
        Err(PictureError::cut_off("JPEG"))
    }

    fn decode_pixels(&self, bytes: &[u8]) -> Result<(Vec<u8>, Layout), PictureError> {
        let (colour, layout) = match (self.components, self.adobe) {
            (1, _) => (ColorSpace::Luma, Layout::Grey),
            // Adobe stores CMYK inverted, and zune-jpeg takes all CMYK to be so.
            (4, None) => (ColorSpace::CMYK, Layout::Cmyk),
            _ => (ColorSpace::RGB, Layout::Rgb),
        };
        let options = DecoderOptions::default()
            .set_strict_mode(true)
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX))
            .jpeg_set_max_scans(MAX_SCANS)
            .jpeg_set_out_colorspace(colour);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(damaged)?;
        if decoder.dimensions() != Some((self.width as usize, self.height as usize))
            || decoder.output_colorspace() != Some(colour)
        {
            return Err(PictureError::unreadable(
                "the JPEG data declares more than one size or kind of colour",
            ));
        }
        let pixels = decoder.decode().map_err(damaged)?;
        Ok((pixels, layout))
    }

    /// The same picture with nothing but what its pixels need.
    fn rewritten(&self) -> Result<Vec<u8>, PictureError> {
        let mut out = Vec::with_capacity(self.bytes.len());
        out.extend_from_slice(&[0xff, marker::SOI]);
        for segment in Segments::new(self.bytes) {
            let segment = segment?;
            let mut body = segment.body.to_vec();
            match segment.marker {
                marker::EOI => break,
                marker::DHT | marker::DQT | marker::DRI => {}
                // `R`, `G`, `B` for names is how the decoder is told that they are just that.
                found if marker::is_frame(found) && self.is_adobe_rgb() => {
                    rename_components(body.get_mut(6..), 3);
                }
                marker::SOS if self.is_adobe_rgb() => self.rename_scanned(&mut body),
                found if marker::is_frame(found) => {}
                marker::SOS => {}
                marker::APP14 if !self.is_adobe_rgb() && adobe_transform(&body).is_some() => {}
                _ => continue,
            }
            out.extend_from_slice(&[0xff, segment.marker]);
            let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&body);
            out.extend_from_slice(segment.scan);
        }
        out.extend_from_slice(&[0xff, marker::EOI]);
        Ok(out)
    }

    /// Gives the components that a scan names the names that the frame got.
    fn rename_scanned(&self, body: &mut [u8]) {
        let names: Vec<u8> = Segments::new(self.bytes)
            .flatten()
            .find(|segment| marker::is_frame(segment.marker))
            .map(|segment| {
                let components = segment.body.get(6..).unwrap_or_default();
                components
                    .chunks_exact(3)
                    .filter_map(|c| c.first().copied())
                    .collect()
            })
            .unwrap_or_default();
        let count = body.first().copied().map_or(0, usize::from);
        let scanned = body.get_mut(1..).unwrap_or_default();
        for component in scanned.chunks_exact_mut(2).take(count) {
            if let Some(name) = component.first_mut() {
                let position = names.iter().position(|known| known == name);
                if let Some(new) = position.and_then(|position| RGB_NAMES.get(position)) {
                    *name = *new;
                }
            }
        }
    }
}

/// The names by which a decoder knows components that are no YCbCr.
const RGB_NAMES: [u8; 3] = *b"RGB";

fn rename_components(components: Option<&mut [u8]>, stride: usize) {
    let components = components.unwrap_or_default().chunks_exact_mut(stride);
    for (component, name) in components.zip(RGB_NAMES) {
        if let Some(first) = component.first_mut() {
            *first = name;
        }
    }
}

fn damaged(error: zune_jpeg::errors::DecodeErrors) -> PictureError {
    PictureError::unreadable(format!("the JPEG data is damaged ({error:?})"))
}

/// What a frame header says.
struct Frame {
    width: u32,
    height: u32,
    components: u8,
    progressive: bool,
}

impl Frame {
    /// Reads a frame header (ITU T.81, B.2.2).
    fn read(kind: u8, body: &[u8]) -> Result<Self, PictureError> {
        let &[precision, high, low, wide, narrow, components, ..] = body else {
            return Err(PictureError::cut_off("JPEG"));
        };
        match kind {
            marker::SOF0..=marker::SOF2 => {}
            0xc3 | 0xc7 | 0xcb | 0xcf => return Err(PictureError::unsupported("lossless JPEG")),
            0xc5 | 0xc6 | 0xcd | 0xce => {
                return Err(PictureError::unsupported("hierarchical JPEG"));
            }
            _ => return Err(PictureError::unsupported("JPEG with arithmetic coding")),
        }
        if precision != 8 {
            return Err(PictureError::unsupported(format!(
                "JPEG with {precision} bits per sample"
            )));
        }
        if !matches!(components, 1 | 3 | 4) {
            return Err(PictureError::unsupported(format!(
                "JPEG with {components} components"
            )));
        }
        Ok(Self {
            width: u32::from(u16::from_be_bytes([wide, narrow])),
            height: u32::from(u16::from_be_bytes([high, low])),
            components,
            progressive: kind == marker::SOF2,
        })
    }
}

/// The colour transform that Adobe's segment names: 0 none, 1 YCbCr, 2 YCCK.
fn adobe_transform(body: &[u8]) -> Option<u8> {
    let transform = body.strip_prefix(b"Adobe").and_then(|rest| rest.get(6))?;
    (*transform <= 2).then_some(*transform)
}
