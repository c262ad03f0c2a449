//! JPEG decoding: headers, completeness check, pixels.
//!
//! zune-jpeg does the decoding. This module works around three of its behaviours: it accepts
//! truncated files, it rejects files because of metadata that does not affect the pixels, and it
//! treats three components with Adobe's "no transform" as CMYK.

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

/// Maximum scans of a progressive JPEG. Encoders usually write about ten. Decoding time grows with
/// their number, so a small file must not be able to ask for thousands.
const MAX_SCANS: usize = 100;

/// A JPEG whose headers have been read.
pub(crate) struct Jpeg<'a> {
    bytes: &'a [u8],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    components: u8,
    /// The colour transform of the Adobe segment, if there is one.
    adobe: Option<u8>,
    /// Whether the decoder holds all coefficients in memory before it outputs pixels.
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
                // A later valid segment overrides an earlier one; an invalid one changes nothing.
                marker::APP14 => adobe = adobe_transform(body).or(adobe),
                marker::SOS => {
                    let frame = frame.ok_or_else(|| {
                        PictureError::unreadable("the JPEG data has a scan before its frame header")
                    })?;
                    check_size(frame.width, frame.height, limits)?;
                    let scan_components = body.first().copied().unwrap_or_default();
                    return Ok(Self {
                        bytes,
                        width: frame.width,
                        height: frame.height,
                        orientation,
                        components: frame.components,
                        adobe,
                        buffered: frame.progressive || scan_components != frame.components,
                    });
                }
                marker::EOI => {
                    return Err(PictureError::unreadable(
                        "the JPEG data contains no picture",
                    ));
                }
                _ => {}
            }
        }
        Err(PictureError::truncated("JPEG"))
    }

    /// Estimated bytes of memory: the decoded frame, and for a JPEG of several scans its
    /// coefficients of 16 bits each, assuming the worst case of no chroma subsampling.
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
        self.check_complete()?;
        let (pixels, layout) = if self.is_adobe_rgb() {
            self.decode_pixels(&self.without_metadata()?)?
        } else {
            match self.decode_pixels(self.bytes) {
                Ok(decoded) => decoded,
                Err(error) => {
                    // Broken metadata makes the decoder reject good pixels, so try without it. If
                    // that fails too, the pixels are at fault and the first error describes how.
                    let stripped = self.without_metadata()?;
                    self.decode_pixels(&stripped).map_err(|_| error)?
                }
            }
        };
        let mut flatten = Flatten::new(layout);
        for row in pixels.chunks_exact(self.width as usize * layout.samples()) {
            flatten.row(row, rows);
        }
        Ok(())
    }

    /// Whether the three components are stored as RGB rather than YCbCr, by the Adobe segment.
    fn is_adobe_rgb(&self) -> bool {
        self.components == 3 && self.adobe == Some(0)
    }

    /// Checks that the file has an end marker.
    ///
    /// Without this check a truncated file would pass: the decoder fills the missing part with
    /// grey and reports no error.
    fn check_complete(&self) -> Result<(), PictureError> {
        for segment in Segments::new(self.bytes) {
            if segment?.marker == marker::EOI {
                return Ok(());
            }
        }
        Err(PictureError::truncated("JPEG"))
    }

    fn decode_pixels(&self, bytes: &[u8]) -> Result<(Vec<u8>, Layout), PictureError> {
        let (colour, layout) = match (self.components, self.adobe) {
            (1, _) => (ColorSpace::Luma, Layout::Grey),
            // zune-jpeg treats all CMYK as inverted, which is true only of files with Adobe's
            // segment. For the others, take the ink amounts and convert them here.
            (4, None) => (ColorSpace::CMYK, Layout::Cmyk),
            _ => (ColorSpace::RGB, Layout::Rgb),
        };
        // Strict: otherwise damaged parts are filled with grey and no error is reported. The size
        // has been checked against the limits, which may exceed the decoder's own default.
        let options = DecoderOptions::default()
            .set_strict_mode(true)
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX))
            .jpeg_set_max_scans(MAX_SCANS)
            .jpeg_set_out_colorspace(colour);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(damaged)?;
        // A file with two frame headers could otherwise decode to a size that was never checked.
        if decoder.dimensions() != Some((self.width as usize, self.height as usize))
            || decoder.output_colorspace() != Some(colour)
        {
            return Err(PictureError::unreadable(
                "the JPEG data declares conflicting sizes or colour spaces",
            ));
        }
        let pixels = decoder.decode().map_err(damaged)?;
        Ok((pixels, layout))
    }

    /// Copies the file with only the segments that its pixels depend on.
    fn without_metadata(&self) -> Result<Vec<u8>, PictureError> {
        let mut out = Vec::with_capacity(self.bytes.len());
        out.extend_from_slice(&[0xff, marker::SOI]);
        for segment in Segments::new(self.bytes) {
            let segment = segment?;
            let mut body = segment.body.to_vec();
            match segment.marker {
                marker::EOI => break,
                marker::DHT | marker::DQT | marker::DRI => {}
                // Component names `R`, `G`, `B` tell the decoder not to convert from YCbCr. (The
                // names start at byte 6 of a frame header: ITU T.81, B.2.2.)
                found if marker::is_frame(found) && self.is_adobe_rgb() => {
                    rename_components(body.get_mut(6..), 3);
                }
                marker::SOS if self.is_adobe_rgb() => self.rename_scan_components(&mut body),
                found if marker::is_frame(found) => {}
                marker::SOS => {}
                marker::APP14 if !self.is_adobe_rgb() && adobe_transform(&body).is_some() => {}
                _ => continue,
            }
            out.extend_from_slice(&[0xff, segment.marker]);
            // Always fits: the bodies come from segments whose length had 16 bits.
            let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&body);
            out.extend_from_slice(segment.scan);
        }
        out.extend_from_slice(&[0xff, marker::EOI]);
        Ok(out)
    }

    /// Renames the components in a scan header to match the renamed frame header.
    fn rename_scan_components(&self, body: &mut [u8]) {
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
        let components = body.get_mut(1..).unwrap_or_default();
        for component in components.chunks_exact_mut(2).take(count) {
            if let Some(name) = component.first_mut() {
                let position = names.iter().position(|known| known == name);
                if let Some(new) = position.and_then(|position| RGB_NAMES.get(position)) {
                    *name = *new;
                }
            }
        }
    }
}

/// Component names that decoders recognise as RGB instead of YCbCr.
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

/// The fields of a frame header.
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
            return Err(PictureError::truncated("JPEG"));
        };
        // Kinds of coding by marker: ITU T.81, table B.1.
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

/// The colour transform in an Adobe APP14 segment: 0 for none, 1 for YCbCr, 2 for YCCK.
///
/// Layout: `Adobe`, two bytes of version, two of flags, two more, then the transform. Unknown
/// values count as an absent segment.
fn adobe_transform(body: &[u8]) -> Option<u8> {
    let transform = body.strip_prefix(b"Adobe").and_then(|rest| rest.get(6))?;
    (*transform <= 2).then_some(*transform)
}
