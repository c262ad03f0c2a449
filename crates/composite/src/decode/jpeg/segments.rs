//! The segments of a JPEG file (ITU T.81, annex B).

use crate::error::PictureError;

/// The second byte of the markers that matter here (ITU T.81, table B.1).
pub(crate) mod marker {
    pub(crate) const SOF0: u8 = 0xc0;
    pub(crate) const SOF2: u8 = 0xc2;
    pub(crate) const SOF15: u8 = 0xcf;
    pub(crate) const DHT: u8 = 0xc4;
    pub(crate) const JPG: u8 = 0xc8;
    pub(crate) const DAC: u8 = 0xcc;
    pub(crate) const RST0: u8 = 0xd0;
    pub(crate) const RST7: u8 = 0xd7;
    pub(crate) const SOI: u8 = 0xd8;
    pub(crate) const EOI: u8 = 0xd9;
    pub(crate) const SOS: u8 = 0xda;
    pub(crate) const DQT: u8 = 0xdb;
    pub(crate) const DRI: u8 = 0xdd;
    pub(crate) const APP1: u8 = 0xe1;
    pub(crate) const APP14: u8 = 0xee;
    pub(crate) const TEM: u8 = 0x01;

    /// Whether a marker starts a frame header. `DHT`, `JPG` and `DAC` lie in the same range.
    pub(crate) const fn is_frame(marker: u8) -> bool {
        matches!(marker, SOF0..=SOF15) && !matches!(marker, DHT | JPG | DAC)
    }
}

/// One segment of a JPEG file.
pub(crate) struct Segment<'a> {
    pub(crate) marker: u8,
    /// The bytes after the length field; empty for `EOI`, which has none.
    pub(crate) body: &'a [u8],
    /// The entropy-coded data after a scan header (`SOS`); empty for other segments.
    pub(crate) scan: &'a [u8],
}

/// Iterates over the segments of a file, up to and including `EOI`.
///
/// A file that ends before `EOI` yields an error as the last item. Stray bytes between segments
/// are skipped, as in other decoders.
pub(crate) struct Segments<'a> {
    rest: &'a [u8],
    ended: bool,
}

impl<'a> Segments<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            ended: false,
        }
    }

    fn read(&mut self) -> Option<Segment<'a>> {
        loop {
            let start = self.rest.iter().position(|&byte| byte == 0xff)?;
            let after = self.rest.get(start..)?;
            let fill = after.iter().position(|&byte| byte != 0xff)?;
            let marker = *after.get(fill)?;
            self.rest = after.get(fill + 1..)?;
            match marker {
                // Markers without a body, and strays: not segments.
                0 | marker::TEM | marker::SOI | marker::RST0..=marker::RST7 => {}
                marker::EOI => {
                    return Some(Segment {
                        marker,
                        body: &[],
                        scan: &[],
                    });
                }
                _ => {
                    // The length counts its own two bytes; a smaller value is invalid.
                    let length = self.rest.first_chunk().copied().map(u16::from_be_bytes)?;
                    let body = self.rest.get(2..usize::from(length.max(2)))?;
                    self.rest = self.rest.get(usize::from(length.max(2))..)?;
                    let mut scan: &[u8] = &[];
                    if marker == marker::SOS {
                        let end = scan_length(self.rest)?;
                        (scan, self.rest) = self.rest.split_at_checked(end)?;
                    }
                    return Some(Segment { marker, body, scan });
                }
            }
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Segment<'a>, PictureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let segment = self.read();
        self.ended = segment
            .as_ref()
            .is_none_or(|segment| segment.marker == marker::EOI);
        Some(segment.ok_or_else(|| PictureError::truncated("JPEG")))
    }
}

/// The length of the entropy-coded data at the start of `rest`, or `None` if no marker ends it.
fn scan_length(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += rest.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match rest.get(at + 1)? {
            // Still coded data: a stuffed zero after a byte 0xff, or a restart marker.
            0 | marker::RST0..=marker::RST7 => at += 2,
            // A fill byte: only the last 0xff in a row starts the marker.
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
