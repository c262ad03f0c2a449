//! The segments of a JPEG file, from its start to its end.

use crate::error::PictureError;

/// The markers that are told apart (ITU T.81, table B.1).
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

    /// Whether a marker begins a frame header.
    pub(crate) const fn is_frame(marker: u8) -> bool {
        matches!(marker, SOF0..=SOF15) && !matches!(marker, DHT | JPG | DAC)
    }
}

/// One segment.
pub(crate) struct Segment<'a> {
    pub(crate) marker: u8,
    /// What stands between the length and the next segment; empty for `EOI`.
    pub(crate) body: &'a [u8],
    /// The coded data after the header of a scan; empty for every other segment.
    pub(crate) scan: &'a [u8],
}

/// Goes through the segments; ends after `EOI`, or with an error where the file ends before it.
///
/// Stray bytes between segments are passed over, as by other decoders.
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
                0 | marker::TEM | marker::SOI | marker::RST0..=marker::RST7 => {}
                marker::EOI => {
                    return Some(Segment {
                        marker,
                        body: &[],
                        scan: &[],
                    });
                }
                _ => {
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
        Some(segment.ok_or_else(|| PictureError::cut_off("JPEG")))
    }
}

/// The length of the coded data that `rest` begins with; nothing if no marker ends it.
fn scan_length(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += rest.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match rest.get(at + 1)? {
            0 | marker::RST0..=marker::RST7 => at += 2,
            // Fill bytes: the marker proper begins with the last of them.
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
