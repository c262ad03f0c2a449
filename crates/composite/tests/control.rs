//! Control sheets: half of the figures are monochrome, and the seed decides which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a failing step should fail the test"
)]

use std::collections::HashSet;

use composite::{Limits, RgbPicture, SheetError, SheetOptions, control_sheet, decode_rgb};

/// Whether a cell shows any strong colour, ignoring a margin of 16 pixels into which JPEG may carry
/// colour from neighbouring cells.
fn is_coloured(sheet: &RgbPicture, position: u32) -> bool {
    let (left, top) = (position % 5 * 200, position / 5 * 200);
    (top + 16..top + 184)
        .flat_map(|y| (left + 16..left + 184).map(move |x| (x, y)))
        .any(|(x, y)| {
            let start = 3 * (y * sheet.width + x) as usize;
            let samples = &sheet.pixels[start..start + 3];
            let (low, high) = (samples.iter().min(), samples.iter().max());
            high.unwrap() - low.unwrap() > 60
        })
}

#[test]
fn half_of_the_cells_are_coloured_as_reported() {
    let mut seen = 0;
    for (seed, cells) in [(1, 20), (2, 20), (3, 6), (4, 7), (5, 1), (6, 2)] {
        let (sheet, monochrome) = control_sheet(seed, cells, &SheetOptions::default()).unwrap();
        assert_eq!(monochrome.len(), cells);
        let without = monochrome.iter().filter(|cell| **cell).count();
        assert_eq!(without, cells.div_ceil(2));
        assert_eq!(sheet.width, 1000);
        assert_eq!(sheet.height, 200 * (cells as u32).div_ceil(5));
        let picture = decode_rgb(&sheet.jpeg, &Limits::default()).unwrap();
        for (position, is_monochrome) in monochrome.into_iter().enumerate() {
            let found = is_coloured(&picture, position as u32);
            assert_eq!(found, !is_monochrome, "{seed}: {position}");
            seen += 1;
        }
    }
    assert_eq!(seen, 56);
}

#[test]
fn seeds_give_reproducible_sheets_in_different_orders() {
    let options = SheetOptions::default();
    let made = |seed| control_sheet(seed, 20, &options).unwrap();
    assert_eq!(made(5), made(5));
    let sheets: HashSet<Vec<u8>> = (0..8).map(|seed| made(seed).0.jpeg).collect();
    let orders: HashSet<Vec<bool>> = (0..8).map(|seed| made(seed).1).collect();
    assert_eq!((sheets.len(), orders.len()), (8, 8));
    // Every position is monochrome in some sheets and coloured in others.
    let mut monochrome_at = [0; 20];
    for seed in 0..60 {
        let (_, order) = control_sheet(seed, 20, &SheetOptions { cell: 4, ..options }).unwrap();
        for (count, is_monochrome) in monochrome_at.iter_mut().zip(order) {
            *count += u32::from(is_monochrome);
        }
    }
    assert!(
        monochrome_at.iter().all(|count| (12..=48).contains(count)),
        "{monochrome_at:?}"
    );
}

#[test]
fn any_cell_size_is_drawn_and_impossible_sheets_are_refused() {
    let options = SheetOptions::default();
    for cell in [1, 2, 3, 17, 64, 333] {
        let small = SheetOptions { cell, ..options };
        let (sheet, _) = control_sheet(9, 7, &small).unwrap();
        assert_eq!((sheet.width, sheet.height), (5 * cell, 2 * cell));
    }
    assert!(matches!(
        control_sheet(1, 0, &options),
        Err(SheetError::NoCells)
    ));
    for (columns, cell, cells) in [(0, 200, 5), (5, 0, 5), (5, 200, 5_000), (5, u32::MAX, 5)] {
        let wrong = SheetOptions {
            columns,
            cell,
            ..options
        };
        assert!(
            matches!(
                control_sheet(1, cells, &wrong),
                Err(SheetError::Size { .. })
            ),
            "{columns} {cell} {cells}"
        );
    }
}
