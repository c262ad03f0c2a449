use super::*;
use image::{DynamicImage, RgbImage};

#[test]
fn every_orientation_agrees_with_the_image_crate() {
    let (width, height) = (3, 2);
    let pixels: Vec<u8> = (0..18).collect();
    let mut seen = 0;
    for value in 1..=8 {
        let orientation = Orientation::from_exif(value).unwrap();
        let mut expected =
            DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, pixels.clone()).unwrap());
        expected.apply_orientation(orientation);
        assert_eq!(
            displayed(width, height, orientation),
            (expected.width(), expected.height()),
            "{value}"
        );
        assert_eq!(
            upright(pixels.clone(), width, height, orientation),
            expected.into_bytes(),
            "{value}"
        );
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn both_byte_orders_are_read_and_invalid_exif_is_upright() {
    let mut little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0".to_vec();
    assert_eq!(from_exif(&little), Orientation::Rotate90);
    let prefixed = [b"Exif\0\0".as_slice(), &little].concat();
    assert_eq!(from_exif(&prefixed), Orientation::Rotate90);
    let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";
    assert_eq!(from_exif(big), Orientation::Rotate270);
    little[18] = 9;
    assert_eq!(from_exif(&little), Orientation::NoTransforms);
    for length in 0..little.len() {
        assert_eq!(
            from_exif(&little[..length]),
            Orientation::NoTransforms,
            "{length}"
        );
    }
}
