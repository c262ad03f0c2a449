//! Every supported variant of every format, in files with known colours from other encoders.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a failing step should fail the test"
)]

use std::path::{Path, PathBuf};

use composite::{
    Limits, PictureFormat, decode_rgb, encode_jpeg, read_header, thumbnail, thumbnails,
};

/// One line of `data/index.txt`, with the file that it names.
struct Case {
    name: String,
    bytes: Vec<u8>,
    width: u32,
    height: u32,
    /// The colours at the centres of the four quarters, row by row.
    quarters: Vec<[u8; 3]>,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let index = std::fs::read_to_string(folder.join("index.txt")).unwrap();
    let cases: Vec<Case> = index
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let quarters = words[3..]
                .iter()
                .map(|colour| {
                    let samples: Vec<u8> = colour.split(',').map(|s| s.parse().unwrap()).collect();
                    samples.try_into().unwrap()
                })
                .collect();
            Case {
                name: words[0].to_owned(),
                bytes: std::fs::read(folder.join(words[0])).unwrap(),
                width: words[1].parse().unwrap(),
                height: words[2].parse().unwrap(),
                quarters,
            }
        })
        .collect();
    assert_eq!(cases.len(), CASES, "the index has changed");
    cases
}

const CASES: usize = 59;

/// Maximum difference of a sample, caused by lossy compression and by the conversion from CMYK.
const TOLERANCE: u8 = 6;

fn check_quarters(case: &Case, width: u32, height: u32, pixels: &[u8]) {
    for (at, expected) in case.quarters.iter().enumerate() {
        let (column, row) = (at as u32 % 2, at as u32 / 2);
        let (x, y) = (width * (1 + 2 * column) / 4, height * (1 + 2 * row) / 4);
        let start = 3 * (y * width + x) as usize;
        let pixel = &pixels[start..start + 3];
        for (sample, expected) in pixel.iter().zip(expected) {
            assert!(
                sample.abs_diff(*expected) <= TOLERANCE,
                "{}: quarter {at} is {pixel:?}, not {:?}",
                case.name,
                case.quarters[at]
            );
        }
    }
}

#[test]
fn headers_have_the_format_and_the_displayed_size() {
    for case in cases() {
        let header = read_header(&case.bytes, &Limits::default()).unwrap();
        assert_eq!(
            (header.width, header.height),
            (case.width, case.height),
            "{}",
            case.name
        );
        let expected = match Path::new(&case.name).extension().unwrap().to_str().unwrap() {
            "jpg" => PictureFormat::Jpeg,
            "png" => PictureFormat::Png,
            _ => PictureFormat::WebP,
        };
        assert_eq!(header.format, expected, "{}", case.name);
    }
}

#[test]
fn thumbnails_have_the_right_size_and_colours() {
    for case in cases() {
        let made = thumbnail(&case.bytes, 48, &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let expected = if case.width > case.height {
            (48, 32)
        } else {
            (32, 48)
        };
        assert_eq!((made.width(), made.height()), expected, "{}", case.name);
        check_quarters(&case, made.width(), made.height(), made.pixels());
        assert_eq!(
            *made.source(),
            read_header(&case.bytes, &Limits::default()).unwrap()
        );
    }
}

#[test]
fn decoded_pictures_have_the_right_size_and_colours() {
    for case in cases() {
        let picture = decode_rgb(&case.bytes, &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(
            (picture.width, picture.height),
            (case.width, case.height),
            "{}",
            case.name
        );
        check_quarters(&case, picture.width, picture.height, &picture.pixels);
    }
}

#[test]
fn every_variant_is_reencoded_as_an_upright_jpeg() {
    for case in cases() {
        let jpeg = encode_jpeg(&case.bytes, 92, &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let header = read_header(&jpeg, &Limits::default()).unwrap();
        assert_eq!(header.format, PictureFormat::Jpeg);
        assert_eq!(
            (header.width, header.height),
            (case.width, case.height),
            "{}",
            case.name
        );
        let picture = decode_rgb(&jpeg, &Limits::default()).unwrap();
        let loose = Case {
            quarters: case.quarters.clone(),
            bytes: Vec::new(),
            ..case
        };
        check_quarters(&loose, picture.width, picture.height, &picture.pixels);
    }
}

#[test]
fn thumbnails_made_together_equal_those_made_alone() {
    let limits = Limits::default();
    let mut turned = 0;
    for case in cases() {
        let edges = [64, 7, 512, 1];
        let mut stored = Vec::new();
        let mut widths = std::collections::BTreeSet::new();
        let made = thumbnails(&case.bytes, edges, &limits, &mut |row| {
            widths.insert(row.len() / 3);
            stored.extend_from_slice(row);
        })
        .unwrap();
        for (edge, made) in edges.into_iter().zip(made) {
            assert_eq!(
                made,
                thumbnail(&case.bytes, edge, &limits).unwrap(),
                "{}",
                case.name
            );
        }
        assert_eq!(widths.len(), 1, "{}", case.name);
        let upright = decode_rgb(&case.bytes, &limits).unwrap();
        assert_eq!(stored.len(), upright.pixels.len(), "{}", case.name);
        if stored == upright.pixels {
            assert!(widths.contains(&(case.width as usize)), "{}", case.name);
        } else {
            turned += 1;
        }
    }
    // The pictures with an EXIF orientation other than upright.
    assert!(turned >= 7, "{turned}");
    let [] = thumbnails(&cases()[0].bytes, [], &limits, &mut |_| {}).unwrap();
}
