use super::*;

#[test]
fn code_survives_every_format() {
    let mut seen = 0;
    for class in ImageClass::ALL {
        for value in 1..=10 {
            let quality = Quality::new(value).unwrap();
            for name in ["a.png", "a.jpg", "a.webp"] {
                let file = coded_file(name, class, quality, 7, (90, 140));
                assert_eq!(decode(&file), Some((class, quality)), "{name}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 90);
}

#[test]
fn different_seeds_give_different_files() {
    let file = |seed| {
        coded_file(
            "a.png",
            ImageClass::BwStylized,
            Quality::MAX,
            seed,
            (60, 90),
        )
    };
    assert_ne!(file(1), file(2));
    assert_eq!(decode(&file(1)), decode(&file(2)));
}

fn every_code() -> impl Iterator<Item = (ImageClass, Quality)> {
    ImageClass::ALL
        .into_iter()
        .flat_map(|class| (1..=10).map(move |value| (class, Quality::new(value).unwrap())))
}

fn with_pixels<T>(file: &[u8], measure: impl Fn(&evidence::Rgb<'_>) -> T) -> T {
    let picture = image::load_from_memory(file).unwrap().to_rgb8();
    measure(&evidence::Rgb {
        width: picture.width(),
        height: picture.height(),
        pixels: picture.as_raw(),
    })
}

#[test]
fn coded_pictures_have_the_tone_of_their_class() {
    let limits = evidence::Thresholds::default();
    let mut seen = 0;
    for (class, quality) in every_code() {
        for (seed, size) in [
            (1, (120, 160)),
            (2, (96, 96)),
            (3, (60, 90)),
            (4, (300, 200)),
        ] {
            let picture = coded(class, quality, seed, size);
            for format in [
                Format::Png,
                Format::Jpeg(92),
                Format::Jpeg(70),
                Format::WebP,
            ] {
                let r99 = with_pixels(&format.encode(&picture), evidence::r99);
                let fits = match class {
                    ImageClass::BwStylized => r99 <= limits.monochrome_max,
                    _ => r99 >= limits.colour_min,
                };
                assert!(fits, "{class} {quality} {size:?} {format:?}: r99 is {r99}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 30 * 4 * 4);
}

#[test]
fn coded_pictures_are_sharp_and_not_blocky() {
    let limits = evidence::Thresholds::default();
    let mut seen = 0;
    for (class, quality) in every_code() {
        for seed in 0..5 {
            let file = coded_file("a.png", class, quality, seed, (120, 160));
            let sharpness = with_pixels(&file, evidence::sharpness);
            let picture = image::load_from_memory(&file).unwrap().to_rgb8();
            let mut meter = evidence::BlockMeter::new(120, 160);
            for row in picture.as_raw().chunks(3 * 120) {
                meter.push(row);
            }
            let blockiness = meter.finish().unwrap();
            let what = format!("{class} {quality} {seed}: {sharpness}, {blockiness}");
            assert!(sharpness >= limits.blur_below, "{what}");
            assert!(blockiness <= limits.blocky_above, "{what}");
            seen += 1;
        }
    }
    assert_eq!(seen, 150);
}

#[test]
fn different_seeds_give_distant_perceptual_hashes() {
    let hashes: Vec<evidence::PerceptualHash> = (0..400)
        .map(|number| {
            // The ranges of seeds that this test, data sets and the fake generator use.
            let seed = [number, 9_001_000 + number, 1_000_000 + number][number as usize % 3];
            let class = ImageClass::ALL[number as usize % 3];
            let quality = Quality::new(number as i64 % 10 + 1).unwrap();
            with_pixels(
                &coded_file("a.png", class, quality, seed, (120, 160)),
                evidence::perceptual_hash,
            )
        })
        .collect();
    let mut seen = 0;
    for (at, one) in hashes.iter().enumerate() {
        for other in &hashes[..at] {
            assert!(one.distance(other) > 52, "{}", one.distance(other));
            seen += 1;
        }
    }
    assert_eq!(seen, 400 * 399 / 2);
}

#[test]
fn same_seed_gives_near_duplicates_in_any_format() {
    let limits = evidence::Thresholds::default();
    let hash = |name, quality, size| {
        let quality = Quality::new(quality).unwrap();
        let file = coded_file(name, ImageClass::Photorealistic, quality, 11, size);
        with_pixels(&file, evidence::perceptual_hash)
    };
    let one = hash("a.png", 9, (240, 320));
    let others = [
        hash("a.jpg", 9, (240, 320)),
        hash("a.webp", 9, (120, 160)),
        hash("a.png", 3, (240, 320)),
    ];
    for other in others {
        let distance = one.distance(&other);
        assert!(distance <= limits.near_duplicate_max, "{distance}");
    }
}

#[test]
fn code_is_readable_on_a_sheet_and_in_a_close_look() {
    let mut seen = 0;
    for (class, quality) in every_code() {
        for size in [
            (120, 160),
            (160, 120),
            (96, 96),
            (300, 100),
            (80, 240),
            (900, 600),
        ] {
            let file = coded_file("a.jpg", class, quality, seen, size);
            let limits = composite::Limits::default();
            let [cell, close] =
                composite::thumbnails(&file, [200, 512], &limits, &mut |_| {}).unwrap();
            let number = tdbal_types::SheetNumber::from_position(0);
            let cell = [(number, composite::Cell::Picture(cell))];
            let sheet = composite::sheet(&cell, &composite::SheetOptions::default()).unwrap();
            let close = composite::encode_thumbnail(&close, 90).unwrap();
            for (jpeg, is_sheet) in [(sheet.jpeg, true), (close, false)] {
                let shown = image::load_from_memory(&jpeg).unwrap().to_rgb8();
                let area = if is_sheet {
                    (200, 200)
                } else {
                    shown.dimensions()
                };
                let colour = median(&shown, (0, 0), area).unwrap();
                assert_eq!(
                    judge_colour(colour),
                    Some((class, quality)),
                    "{size:?}, {is_sheet}"
                );
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 180);
}

#[test]
fn grey_white_and_black_encode_nothing() {
    for grey in [0, 30, 75, 128, 240, 255] {
        assert_eq!(judge_colour([grey; 3]), None);
    }
}

#[test]
fn broken_files_cannot_be_decoded() {
    let png = bw(3, 64, 64);
    assert!(image::load_from_memory(&png).is_ok());
    for bad in [corrupt(), truncated(&png), not_a_picture()] {
        assert!(image::load_from_memory(&bad).is_err());
    }
    let huge = png_that_claims(60_000, 50_000);
    let reader = image::ImageReader::new(std::io::Cursor::new(&huge)).with_guessed_format();
    assert_eq!(reader.unwrap().into_dimensions().unwrap(), (60_000, 50_000));
}

#[test]
fn drawn_pictures_have_the_requested_size() {
    for file in [photo(1, 40, 60), bw(2, 40, 60), color(3, 40, 60)] {
        let picture = image::load_from_memory(&file).unwrap();
        assert_eq!((picture.width(), picture.height()), (40, 60));
    }
}
