//! What kind of file the bytes are, by their content.

use crate::{PictureError, PictureFormat};

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
mod tests {
    use super::*;

    #[test]
    fn the_formats_read_here_are_known_by_content() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0 "), Ok(PictureFormat::Jpeg));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Ok(PictureFormat::Png));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Ok(PictureFormat::WebP));
    }

    #[test]
    fn other_pictures_are_named_and_not_called_unreadable() {
        let mut bmp = b"BM".to_vec();
        bmp.resize(14, 0);
        bmp.extend(40_u32.to_le_bytes());
        let cases: &[(&[u8], &str)] = &[
            (b"GIF89a", "GIF"),
            (b"II*\0\x08", "TIFF"),
            (b"MM\0*\0", "TIFF"),
            (b"\0\0\0\x1cftypavif\0", "AVIF"),
            (b"\0\0\0\x1cftypheic\0", "HEIC"),
            (b"\0\0\0\x1cftypmif1\0", "HEIF"),
            (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
            (b"\xff\x0a\0", "JPEG XL"),
            (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
            (b"8BPS\0\x01", "PSD"),
            (&bmp, "BMP"),
            (b"P6\n2 2\n255\n", "PNM"),
            (b"<?xml version='1.0'?><svg xmlns=''>", "SVG"),
        ];
        let mut seen = 0;
        for (bytes, expected) in cases {
            match sniff(bytes) {
                Err(PictureError::UnsupportedFormat { format }) => assert_eq!(&format, expected),
                other => panic!("{expected}: {other:?}"),
            }
            seen += 1;
        }
        assert_eq!(seen, 13);
    }

    #[test]
    fn what_is_no_picture_is_unreadable_and_said_to_be_what_it_is() {
        let cases: &[(&[u8], &str)] = &[
            (b"", "empty"),
            (b"<!DOCTYPE html><html></html>", "web page"),
            (b"\n <HTML><body>403</body>", "web page"),
            (
                b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code>",
                "XML",
            ),
            (b"{\"error\": 1}", "JSON"),
            (b"BM is how this text begins, yes", "no known kind"),
            (b"P6 is how this text begins", "no known kind"),
            (&[0; 64], "no known kind"),
            (b"RIFF\0\0\0\0WAVEfmt ", "no known kind"),
        ];
        let mut seen = 0;
        for (bytes, expected) in cases {
            match sniff(bytes) {
                Err(PictureError::Unreadable { reason }) => {
                    assert!(reason.contains(expected), "{reason:?}");
                }
                other => panic!("{expected}: {other:?}"),
            }
            seen += 1;
        }
        assert_eq!(seen, 9);
    }
}
