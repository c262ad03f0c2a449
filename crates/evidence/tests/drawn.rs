//! The measures applied to this workspace's own output: control sheets and catalogue prompts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use composite::{Limits, SheetOptions, control_sheet, decode_rgb};
use evidence::{PerceptualHash, Rgb, Thresholds, class_of_prompt, perceptual_hash, r99};
use replicate_gen::{Catalogue, PromptQueue};
use tdbal_types::ImageClass;

#[test]
fn control_cells_have_a_clear_tone_and_no_two_are_alike() {
    // JPEG may carry colour over from neighbouring cells, but not beyond a block of 16 pixels.
    const MARGIN: u32 = 16;
    const EDGE: u32 = 200 - 2 * MARGIN;
    let thresholds = Thresholds::default();
    let (mut monochrome, mut coloured) = (0, 0);
    for seed in 0..12 {
        let (sheet, truth) = control_sheet(seed, 20, &SheetOptions::default()).unwrap();
        let sheet = decode_rgb(&sheet.jpeg, &Limits::default()).unwrap();
        let mut others: Vec<PerceptualHash> = Vec::new();
        for (position, is_monochrome) in truth.into_iter().enumerate() {
            let position = position as u32;
            let (left, top) = (position % 5 * 200 + MARGIN, position / 5 * 200 + MARGIN);
            let pixels: Vec<u8> = (top..top + EDGE)
                .flat_map(|y| {
                    let start = 3 * (y * sheet.width + left) as usize;
                    sheet.pixels[start..start + 3 * EDGE as usize].to_vec()
                })
                .collect();
            let cell = Rgb {
                width: EDGE,
                height: EDGE,
                pixels: &pixels,
            };
            let found = r99(&cell);
            if is_monochrome {
                assert!(found <= 2.0, "sheet {seed}, cell {position}: {found}");
                monochrome += 1;
            } else {
                assert!(found >= 30.0, "sheet {seed}, cell {position}: {found}");
                coloured += 1;
            }
            let hash = perceptual_hash(&cell);
            for other in &others {
                assert!(hash.distance(other) > thresholds.near_duplicate_max);
            }
            others.push(hash);
        }
    }
    assert_eq!((monochrome, coloured), (120, 120));
}

#[test]
fn prompts_of_the_catalogue_are_classified_correctly() {
    let catalogue = Catalogue::builtin();
    let mut seen = 0;
    for class in ImageClass::ALL {
        let wanted = catalogue.combinations(class);
        assert!(wanted > 100, "{class}: {wanted}");
        for descriptor in ["man", "woman", "creature"] {
            let used = BTreeSet::new();
            for prompt in PromptQueue::new(&catalogue, class, &used, descriptor, 7).take(wanted) {
                assert_eq!(
                    class_of_prompt(&prompt.text),
                    Some(class),
                    "{}",
                    prompt.text
                );
                seen += 1;
            }
        }
    }
    let combinations: usize = ImageClass::ALL
        .map(|class| catalogue.combinations(class))
        .iter()
        .sum();
    assert_eq!(seen, 3 * combinations);
}
