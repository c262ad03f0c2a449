//! The measures applied to real pictures and prompts from the recorded data: labelled sheets, base
//! images and training manifests.
//!
//! The tests are skipped if the recorded data is missing; set `TDBAL_REQUIRE_RECORDED=1` to make
//! them fail instead.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking, and reports on stderr that it is skipped"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use composite::{Limits, Reducer, RgbPicture, decode_rgb, fit, thumbnails};
use evidence::{
    BlockMeter, Flag, Measures, PerceptualHash, Rgb, Thresholds, Tone, class_of_prompt,
    near_duplicates, perceptual_hash, r99, sharpness,
};
use tdbal_types::ImageClass;

const LIMITS: Limits = Limits {
    max_width: 16_384,
    max_height: 16_384,
    max_pixels: 100_000_000,
};

/// The files in a folder of the recorded data, by name, or `None` if the data is missing.
fn recorded(folder: &str) -> Option<BTreeMap<String, PathBuf>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/recorded");
    let root = std::env::var_os("TDBAL_RECORDED").map_or_else(|| beside.into(), PathBuf::from);
    let folder = root.join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let required = std::env::var_os("TDBAL_REQUIRE_RECORDED").is_some_and(|value| value == "1");
        assert!(!required, "no recorded data in {}", folder.display());
        eprintln!("SKIPPED: no recorded data in {}", folder.display());
        return None;
    };
    let files = entries.map(|entry| entry.unwrap()).map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        (name, entry.path())
    });
    Some(files.collect())
}

/// A picture at the size at which it is measured: 512 pixels on the longer side.
struct Small {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Small {
    fn of(picture: &RgbPicture) -> Self {
        let from = (picture.width, picture.height);
        let (width, height) = fit(from.0, from.1, 512);
        let mut reducer = Reducer::new(from, (width, height));
        for row in picture.pixels.chunks_exact(3 * from.0 as usize) {
            reducer.push(row);
        }
        Self {
            width,
            height,
            pixels: reducer.finish().unwrap(),
        }
    }

    fn rgb(&self) -> Rgb<'_> {
        Rgb {
            width: self.width,
            height: self.height,
            pixels: &self.pixels,
        }
    }

    fn map(&self, pixel: impl Fn([f64; 3]) -> [f64; 3]) -> Self {
        Self {
            pixels: mapped(&self.pixels, pixel),
            ..*self
        }
    }

    fn encoded_at(&self, quality: u8) -> Self {
        let jpeg = jpeg(self.width, self.height, &self.pixels, quality);
        let pixels = decode_rgb(&jpeg, &LIMITS).unwrap().pixels;
        Self { pixels, ..*self }
    }
}

fn mapped(pixels: &[u8], pixel: impl Fn([f64; 3]) -> [f64; 3]) -> Vec<u8> {
    pixels
        .as_chunks::<3>()
        .0
        .iter()
        .flat_map(|samples| pixel(samples.map(f64::from)).map(|sample| sample.round() as u8))
        .collect()
}

/// Encodes a JPEG with 4:2:0 chroma subsampling, the most common kind.
fn jpeg(width: u32, height: u32, pixels: &[u8], quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    let side = |length: u32| u16::try_from(length).unwrap();
    encoder
        .encode(
            pixels,
            side(width),
            side(height),
            jpeg_encoder::ColorType::Rgb,
        )
        .unwrap();
    out
}

/// A base image, at full size and at the size for measuring.
struct Base {
    name: String,
    full: RgbPicture,
    small: Small,
}

/// The twelve base images, all colour photographs. Empty if the recorded data is missing.
static BASES: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let files = recorded("base_images").unwrap_or_default();
    files
        .into_iter()
        .map(|(name, path)| {
            let full = decode_rgb(&std::fs::read(path).unwrap(), &LIMITS).unwrap();
            Base {
                name,
                small: Small::of(&full),
                full,
            }
        })
        .collect()
});

/// Calls `check` for each base image, and verifies that there are twelve or none.
fn for_each_base(check: impl Fn(&Base)) {
    let mut seen = 0;
    for base in BASES.iter() {
        check(base);
        seen += 1;
    }
    assert!(seen == 12 || BASES.is_empty(), "{seen} base images");
}

fn luma([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Maps a picture to shades between an ink and a paper colour.
fn printed(ink: [f64; 3], paper: [f64; 3]) -> impl Fn([f64; 3]) -> [f64; 3] {
    move |pixel| {
        let light = luma(pixel) / 255.0;
        [0, 1, 2].map(|channel| ink[channel] + (paper[channel] - ink[channel]) * light)
    }
}

/// The usual sepia filter of image editors, which clips highlights.
fn sepia([r, g, b]: [f64; 3]) -> [f64; 3] {
    [
        [0.393, 0.769, 0.189],
        [0.349, 0.686, 0.168],
        [0.272, 0.534, 0.131],
    ]
    .map(|[of_r, of_g, of_b]| (of_r * r + of_g * g + of_b * b).min(255.0))
}

#[test]
fn cells_of_the_labelled_sheets_are_coloured_as_labelled() {
    let Some(sheets) = recorded("composites") else {
        return;
    };
    let labels = sheets.values().next().unwrap().parent().unwrap();
    let labels = std::fs::read(labels.with_file_name("labels.json")).unwrap();
    let labels: serde_json::Value = serde_json::from_slice(&labels).unwrap();
    let mut seen = BTreeMap::new();
    let mut lowest = f64::MAX;
    for (name, path) in sheets {
        let sheet = decode_rgb(&std::fs::read(path).unwrap(), &LIMITS).unwrap();
        let classes = labels[name.trim_end_matches(".jpg")].as_array().unwrap();
        for (position, class) in classes.iter().enumerate() {
            let class: ImageClass = class.as_str().unwrap().parse().unwrap();
            let cell = cut(&sheet, position as u32, 0);
            let found = r99(&cell.rgb());
            assert_ne!(
                class,
                ImageClass::BwStylized,
                "this test expects coloured pictures only"
            );
            assert!(found >= 9.3, "{name} {position}: {found}");
            lowest = found.min(lowest);
            *seen.entry(class).or_insert(0) += 1;
        }
    }
    let expected = [
        (ImageClass::Photorealistic, 19),
        (ImageClass::ColorStylized, 1),
    ];
    assert_eq!(seen, BTreeMap::from(expected));
    assert!((14.0..15.5).contains(&lowest), "{lowest}");
}

/// Cuts a 200-pixel cell out of a sheet of five columns, without a margin on each side.
fn cut(sheet: &RgbPicture, position: u32, margin: u32) -> Small {
    let (left, top) = (position % 5 * 200 + margin, position / 5 * 200 + margin);
    let edge = 200 - 2 * margin;
    let pixels = (top..top + edge)
        .flat_map(|y| {
            let start = 3 * (y * sheet.width + left) as usize;
            sheet.pixels[start..start + 3 * edge as usize].to_vec()
        })
        .collect();
    Small {
        width: edge,
        height: edge,
        pixels,
    }
}

#[test]
fn base_images_are_coloured_unless_printed_in_one_ink() {
    let inks = [
        ("grey", [0.0; 3], [255.0; 3]),
        ("cream paper", [20.0; 3], [245.0, 235.0, 210.0]),
        ("yellowed paper", [40.0, 20.0, 10.0], [245.0, 222.0, 179.0]),
        ("cyanotype", [0.0, 30.0, 70.0], [240.0, 245.0, 250.0]),
        ("sepia", [50.0, 30.0, 15.0], [255.0, 240.0, 215.0]),
    ];
    for_each_base(|Base { name, small, .. }| {
        let coloured = r99(&small.rgb());
        assert!((14.0..30.0).contains(&coloured), "{name}: {coloured}");
        for (ink, dark, light) in inks {
            let shades = small.map(printed(dark, light));
            let found = r99(&shades.rgb());
            assert!(found <= 1.0, "{name} in {ink}: {found}");
            let found = r99(&shades.encoded_at(30).rgb());
            assert!(found <= 5.5, "{name} in {ink} at quality 30: {found}");
        }
        let grey = small.map(|pixel| [luma(pixel); 3]).encoded_at(30);
        assert!(r99(&grey.rgb()) <= 3.7, "{name}");
    });
}

/// A known limitation: clipped highlights make a kink that the fitted curve cannot follow.
#[test]
fn sepia_with_clipped_highlights_is_rarely_coloured() {
    let thresholds = Thresholds::default();
    let mut tones = BTreeMap::new();
    for base in BASES.iter() {
        let found = r99(&base.small.map(sepia).rgb());
        let tone = thresholds.tone(&measures(&base.small, found, 100.0));
        *tones.entry(tone).or_insert(0) += 1;
    }
    let expected = [(Tone::Monochrome, 7), (Tone::Unclear, 4), (Tone::Colour, 1)];
    assert!(
        tones == BTreeMap::from(expected) || BASES.is_empty(),
        "{tones:?}"
    );
}

fn measures(picture: &Small, r99: f64, sharpness: f64) -> Measures {
    Measures {
        r99,
        sharpness,
        blockiness: None,
        hash: perceptual_hash(&picture.rgb()),
        width: 1024,
        height: 1024,
    }
}

#[test]
fn reencoded_halved_and_brightened_copies_are_recognised() {
    for_each_base(|Base { name, full, small }| {
        let original = perceptual_hash(&small.rgb());
        let mut farthest = 0;
        let mut check = |what: &str, changed: &Small| {
            let distance = original.distance(&perceptual_hash(&changed.rgb()));
            assert!(distance <= 16, "{name} {what}: {distance}");
            farthest = distance.max(farthest);
        };
        for quality in [90, 75, 50, 30] {
            check("re-encoded", &small.encoded_at(quality));
        }
        for light in [0.8, 0.9, 1.1, 1.2] {
            let lit = small.map(|pixel| pixel.map(|sample| (sample * light).min(255.0)));
            check("with other brightness", &lit);
        }
        let half = (full.width / 2, full.height / 2);
        let mut reducer = Reducer::new((full.width, full.height), half);
        for row in full.pixels.chunks_exact(3 * full.width as usize) {
            reducer.push(row);
        }
        let half = RgbPicture {
            width: half.0,
            height: half.1,
            pixels: reducer.finish().unwrap(),
        };
        check("at half size", &Small::of(&half));
        let jpeg = jpeg(full.width, full.height, &full.pixels, 75);
        check("as JPEG", &Small::of(&decode_rgb(&jpeg, &LIMITS).unwrap()));
    });
}

#[test]
fn different_people_with_the_same_backdrop_are_far_apart() {
    let hashes: BTreeMap<&str, PerceptualHash> = BASES
        .iter()
        .map(|base| (base.name.as_str(), perceptual_hash(&base.small.rgb())))
        .collect();
    let mut distances = Vec::new();
    for (position, hash) in hashes.values().enumerate() {
        distances.extend(
            hashes
                .values()
                .take(position)
                .map(|other| hash.distance(other)),
        );
    }
    if BASES.is_empty() {
        return;
    }
    assert_eq!(distances.len(), 66);
    let nearest = distances.iter().min().copied().unwrap();
    assert!(nearest >= 52, "{nearest}");
    let by_name = hashes.iter().map(|(name, hash)| (*name, hash)).collect();
    let groups = near_duplicates(&by_name, Thresholds::default().near_duplicate_max);
    assert_eq!(groups, Vec::<BTreeSet<&str>>::new());
}

#[test]
fn blocks_show_the_more_the_lower_the_quality() {
    fn blockiness(picture: &RgbPicture) -> f64 {
        let mut blocks = BlockMeter::new(picture.width, picture.height);
        for row in picture.pixels.chunks_exact(3 * picture.width as usize) {
            blocks.push(row);
        }
        blocks.finish().unwrap()
    }
    for_each_base(|Base { name, full, .. }| {
        let clean = blockiness(full);
        assert!((0.9..=1.05).contains(&clean), "{name}: {clean}");
        let at = |quality| {
            let jpeg = jpeg(full.width, full.height, &full.pixels, quality);
            let mut blocks = BlockMeter::new(full.width, full.height);
            let taken = thumbnails(&jpeg, [64], &LIMITS, &mut |row| blocks.push(row));
            taken.unwrap();
            blocks.finish().unwrap()
        };
        let (good, poor) = (at(75), at(50));
        assert!((1.2..1.6).contains(&good), "{name} at 75: {good}");
        assert!((1.45..1.9).contains(&poor), "{name} at 50: {poor}");
        assert!(poor > good + 0.1, "{name}: {good} {poor}");
    });
}

#[test]
fn blurred_photographs_are_flagged_and_sharp_ones_are_not() {
    for_each_base(|Base { name, full, small }| {
        let sharp = sharpness(&small.rgb());
        assert!(sharp >= 61.8, "{name}: {sharp}");
        // Scaled down to a sixteenth and up again, which removes all fine detail.
        let tiny = (full.width / 16, full.height / 16);
        let mut reducer = Reducer::new((full.width, full.height), tiny);
        for row in full.pixels.chunks_exact(3 * full.width as usize) {
            reducer.push(row);
        }
        let tiny = (tiny, reducer.finish().unwrap());
        let blurred = stretched(&tiny, (small.width, small.height));
        let soft = sharpness(&blurred.rgb());
        assert!(soft < 30.0, "{name}: {soft}");
        let measured = |sharpness| measures(small, 20.0, sharpness);
        let thresholds = Thresholds::default();
        assert_eq!(thresholds.flags(&measured(sharp)), []);
        assert_eq!(thresholds.flags(&measured(soft)), [Flag::Blurred]);
        assert_eq!(thresholds.tone(&measured(soft)), Tone::Colour);
    });
}

/// Scales a picture up with linear interpolation.
fn stretched(((width, height), pixels): &((u32, u32), Vec<u8>), (wide, high): (u32, u32)) -> Small {
    let mut out = Vec::new();
    for y in 0..high {
        for x in 0..wide {
            let place = |at: u32, from: u32, to: u32| {
                f64::from(at) * f64::from(from - 1) / f64::from(to.max(2) - 1)
            };
            let (across, down) = (place(x, *width, wide), place(y, *height, high));
            for channel in 0..3 {
                let sample = |x: f64, y: f64| {
                    let (x, y) = (x as u32, y as u32);
                    f64::from(pixels[(3 * (y * width + x) + channel) as usize])
                };
                let between = |y: f64| {
                    let (left, right) = (sample(across.floor(), y), sample(across.ceil(), y));
                    left + (right - left) * across.fract()
                };
                let (upper, lower) = (between(down.floor()), between(down.ceil()));
                out.push((upper + (lower - upper) * down.fract()).round() as u8);
            }
        }
    }
    Small {
        width: wide,
        height: high,
        pixels: out,
    }
}

/// The beginnings of the recorded prompts, with the class that a person assigned to each.
const BY_HAND: &[(&str, Option<ImageClass>)] = &[
    ("Candid ", Some(ImageClass::Photorealistic)),
    (
        "Wide cinematic candid shot",
        Some(ImageClass::Photorealistic),
    ),
    ("A black-and-white ", Some(ImageClass::BwStylized)),
    ("A charcoal drawing", Some(ImageClass::BwStylized)),
    ("A graphite pencil sketch", Some(ImageClass::BwStylized)),
    ("A monochrome flat vector", Some(ImageClass::BwStylized)),
    ("A dynamic comic book", Some(ImageClass::ColorStylized)),
    ("A flat vector", Some(ImageClass::ColorStylized)),
    ("A gouache painting", Some(ImageClass::ColorStylized)),
    ("A watercolor ", Some(ImageClass::ColorStylized)),
    // Scenes without a word about the kind of picture.
    ("The man crouches", None),
    ("The woman climbs", None),
];

#[test]
fn recorded_prompts_are_classified_as_by_a_person() {
    let Some(files) = recorded("training_manifests") else {
        return;
    };
    assert_eq!(files.len(), 44);
    let (mut without, mut different) = (0, BTreeSet::new());
    let mut counts: BTreeMap<Option<ImageClass>, usize> = BTreeMap::new();
    for path in files.values() {
        let manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for image in manifest["images"].as_object().unwrap().values() {
            let prompt = image["prompt"].as_str().unwrap();
            let class = class_of_prompt(prompt);
            if prompt.is_empty() {
                assert_eq!(class, None);
                without += 1;
                continue;
            }
            let beginning = BY_HAND.iter().find(|(words, _)| prompt.starts_with(words));
            let (_, expected) = beginning.expect("no person has classified this prompt yet");
            assert_eq!(class, *expected, "{prompt}");
            *counts.entry(class).or_default() += 1;
            different.insert(prompt.to_owned());
        }
    }
    assert_eq!((without, different.len()), (365, 45));
    let expected = [
        (None, 2),
        (Some(ImageClass::Photorealistic), 30),
        (Some(ImageClass::BwStylized), 26),
        (Some(ImageClass::ColorStylized), 17),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}
