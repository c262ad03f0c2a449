use super::*;

#[test]
fn supported_formats_are_detected_by_content() {
    assert_eq!(sniff(b"\xff\xd8\xff\xe0 "), Ok(PictureFormat::Jpeg));
    assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Ok(PictureFormat::Png));
    assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Ok(PictureFormat::WebP));
}

#[test]
fn other_picture_formats_are_unsupported_and_named() {
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
fn files_that_are_not_pictures_are_unreadable_and_described() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\n <HTML><body>403</body>", "web page"),
        (
            b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code>",
            "XML",
        ),
        (b"{\"error\": 1}", "JSON"),
        (b"BM is how this text starts, yes", "not in a known"),
        (b"P6 is how this text starts", "not in a known"),
        (&[0; 64], "not in a known"),
        (b"RIFF\0\0\0\0WAVEfmt ", "not in a known"),
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
