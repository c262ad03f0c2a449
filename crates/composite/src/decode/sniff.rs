//! What kind of file the bytes are, by their content.

use crate::error::PictureError;
use crate::format::PictureFormat;

/// The bytes by which one kind of picture that is not read here is known.
struct Signature {
    /// Where the bytes stand.
    offset: usize,
    magic: &'static [u8],
    name: &'static str,
}

/// Kinds that are pictures but not read here. The first that fits counts.
///
/// Sources: the formats' own specifications; for ISO media brands, ISO/IEC 23008-12 and the AV1
/// Image File Format.
const UNREAD: &[Signature] = &[
    signature(0, b"GIF8", "GIF"),
    signature(0, b"II*\0", "TIFF"),
    signature(0, b"MM\0*", "TIFF"),
    signature(0, b"II+\0", "BigTIFF"),
    signature(0, b"MM\0+", "BigTIFF"),
    signature(4, b"ftypavif", "AVIF"),
    signature(4, b"ftypavis", "AVIF"),
    signature(4, b"ftyphei", "HEIC"),
    signature(4, b"ftyphev", "HEIC"),
    signature(4, b"ftypmif1", "HEIF"),
    signature(4, b"ftypmsf1", "HEIF"),
    signature(0, b"\0\0\0\x0cJXL \r\n", "JPEG XL"),
    signature(0, b"\xff\x0a", "JPEG XL"),
    signature(0, b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
    signature(0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    signature(0, b"8BPS", "PSD"),
    signature(0, b"gimp xcf", "XCF"),
    signature(0, b"\0\0\x01\0", "ICO"),
    signature(0, b"qoif", "QOI"),
    signature(0, b"\x76\x2f\x31\x01", "OpenEXR"),
    signature(0, b"#?RADIANCE", "Radiance HDR"),
    signature(0, b"DDS ", "DDS"),
    signature(0, b"\x8aMNG", "MNG"),
    signature(0, b"\x8bJNG", "JNG"),
];

const fn signature(offset: usize, magic: &'static [u8], name: &'static str) -> Signature {
    Signature {
        offset,
        magic,
        name,
    }
}

/// How far into a text the tell-tale of a page or a drawing is looked for, in bytes.
const TEXT_WINDOW: usize = 1024;

/// Says which kind of picture the bytes are.
///
/// # Errors
/// Unsupported when it is a picture of another kind, unreadable when it is none.
pub(crate) fn sniff(bytes: &[u8]) -> Result<PictureFormat, PictureError> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Ok(PictureFormat::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(PictureFormat::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(PictureFormat::WebP);
    }
    if let Some(known) = UNREAD.iter().find(|known| known.fits(bytes)) {
        return Err(PictureError::unsupported(known.name));
    }
    if is_bmp(bytes) {
        return Err(PictureError::unsupported("BMP"));
    }
    if is_netpbm(bytes) {
        return Err(PictureError::unsupported("PNM"));
    }
    Err(explain(bytes))
}

impl Signature {
    fn fits(&self, bytes: &[u8]) -> bool {
        bytes
            .get(self.offset..)
            .is_some_and(|rest| rest.starts_with(self.magic))
    }
}

/// `BM` alone is too little to go by: the size of the second header must be one that exists.
fn is_bmp(bytes: &[u8]) -> bool {
    let header_size = bytes.get(14..18).and_then(|size| size.try_into().ok());
    bytes.starts_with(b"BM")
        && header_size.is_some_and(|size| {
            matches!(
                u32::from_le_bytes(size),
                12 | 16 | 40 | 52 | 56 | 64 | 108 | 124
            )
        })
}

/// `P1` to `P7`, white space, then a number or a comment (`P7` has words).
fn is_netpbm(bytes: &[u8]) -> bool {
    match bytes {
        [b'P', b'1'..=b'6', space, next, ..] => {
            space.is_ascii_whitespace() && (next.is_ascii_digit() || *next == b'#')
        }
        _ => bytes.starts_with(b"P7\nWIDTH"),
    }
}

/// What can be said of bytes that are no known picture.
fn explain(bytes: &[u8]) -> PictureError {
    if bytes.is_empty() {
        return PictureError::unreadable("the file is empty");
    }
    let text: String = bytes
        .iter()
        .take(TEXT_WINDOW)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    if text.contains("<svg") {
        return PictureError::unsupported("SVG");
    }
    if text.contains("<!doctype html") || text.contains("<html") {
        return PictureError::unreadable("the file is a web page, not a picture");
    }
    if text.trim_start().starts_with("<?xml") {
        return PictureError::unreadable(
            "the file is XML, not a picture (an error reply of a store?)",
        );
    }
    if text.trim_start().starts_with(['{', '[']) {
        return PictureError::unreadable("the file looks like JSON, not a picture");
    }
    PictureError::unreadable("its first bytes are those of no known kind of picture")
}

#[cfg(test)]
mod tests;
