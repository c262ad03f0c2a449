//! Format detection by content.

use crate::error::PictureError;
use crate::format::PictureFormat;

/// The magic bytes of a picture format that is recognised but not supported.
struct Signature {
    /// Position of the magic bytes in the file.
    offset: usize,
    magic: &'static [u8],
    name: &'static str,
}

/// Picture formats that are recognised but not supported. The first match wins.
///
/// Naming them matters: a GIF is not a broken picture and must not be treated as one.
///
/// Sources: the specification of each format; for ISO media brands, ISO/IEC 23008-12 and the AV1
/// Image File Format.
const UNSUPPORTED: &[Signature] = &[
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

/// How many bytes at the start of a text file are searched for signs of SVG, HTML, XML or JSON.
const TEXT_WINDOW: usize = 1024;

/// Detects the format of a picture from its first bytes.
///
/// # Errors
/// [`PictureError::UnsupportedFormat`] for a picture in another format, and
/// [`PictureError::Unreadable`] for bytes that are not a picture.
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
    if let Some(known) = UNSUPPORTED.iter().find(|known| known.matches(bytes)) {
        return Err(PictureError::unsupported(known.name));
    }
    if is_bmp(bytes) {
        return Err(PictureError::unsupported("BMP"));
    }
    if is_netpbm(bytes) {
        return Err(PictureError::unsupported("PNM"));
    }
    Err(describe_unknown(bytes))
}

impl Signature {
    fn matches(&self, bytes: &[u8]) -> bool {
        bytes
            .get(self.offset..)
            .is_some_and(|rest| rest.starts_with(self.magic))
    }
}

/// Whether the file is a BMP.
///
/// Ordinary text can start with `BM`, so the size of the second header must be a known one too.
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

/// Whether the file is a Netpbm picture: `P1` to `P6` followed by white space and a number or
/// comment, or `P7` followed by its first keyword.
fn is_netpbm(bytes: &[u8]) -> bool {
    match bytes {
        [b'P', b'1'..=b'6', space, next, ..] => {
            space.is_ascii_whitespace() && (next.is_ascii_digit() || *next == b'#')
        }
        _ => bytes.starts_with(b"P7\nWIDTH"),
    }
}

/// The most helpful error for bytes in no known picture format.
///
/// A failed download often leaves an error page or a JSON reply under a picture's name.
fn describe_unknown(bytes: &[u8]) -> PictureError {
    if bytes.is_empty() {
        return PictureError::unreadable("the file is empty");
    }
    // Byte by byte, because the encoding is unknown; the searched words are ASCII.
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
            "the file is XML, not a picture (perhaps an error reply of an object store)",
        );
    }
    if text.trim_start().starts_with(['{', '[']) {
        return PictureError::unreadable("the file looks like JSON, not a picture");
    }
    PictureError::unreadable("the file is not in a known picture format")
}

#[cfg(test)]
mod tests;
