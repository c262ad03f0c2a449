//! Sheets: their size, the position of pictures and numbers, and impossible sheets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a failing step should fail the test"
)]

use composite::{
    BACKGROUND, Cell, Limits, RgbPicture, Sheet, SheetError, SheetOptions, Thumbnail, decode_rgb,
    read_header, sheet, thumbnail,
};
use tdbal_types::SheetNumber;

const COLOUR: [u8; 3] = [30, 120, 200];

/// The thumbnail of a picture of the given size and of one colour.
fn plain(width: u16, height: u16) -> Thumbnail {
    let pixels = COLOUR.repeat(usize::from(width) * usize::from(height));
    let mut jpeg = Vec::new();
    jpeg_encoder::Encoder::new(&mut jpeg, 95)
        .encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    thumbnail(&jpeg, 200, &Limits::default()).unwrap()
}

fn numbered(cells: Vec<Cell>) -> Vec<(SheetNumber, Cell)> {
    cells
        .into_iter()
        .enumerate()
        .map(|(position, cell)| (SheetNumber::from_position(position), cell))
        .collect()
}

fn made(cells: Vec<Cell>) -> (Sheet, RgbPicture) {
    let sheet = sheet(&numbered(cells), &SheetOptions::default()).unwrap();
    let picture = decode_rgb(&sheet.jpeg, &Limits::default()).unwrap();
    assert_eq!((picture.width, picture.height), (sheet.width, sheet.height));
    (sheet, picture)
}

fn pixel(picture: &RgbPicture, x: u32, y: u32) -> [u8; 3] {
    let at = 3 * (y * picture.width + x) as usize;
    picture.pixels[at..at + 3].try_into().unwrap()
}

fn is_near(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(a, b)| a.abs_diff(b) < 12)
}

#[test]
fn a_sheet_of_any_number_of_pictures_is_five_cells_wide() {
    let mut seen = 0;
    for (count, height) in [
        (1, 200),
        (4, 200),
        (5, 200),
        (6, 400),
        (20, 800),
        (21, 1000),
    ] {
        let cells = (0..count).map(|_| Cell::Picture(plain(20, 30))).collect();
        let (sheet, _) = made(cells);
        assert_eq!((sheet.width, sheet.height), (1000, height), "{count}");
        let header = read_header(&sheet.jpeg, &Limits::default()).unwrap();
        assert_eq!((header.width, header.height), (1000, height), "{count}");
        seen += 1;
    }
    assert_eq!(seen, 6);
}

#[test]
fn pictures_are_centred_in_their_cells_on_light_grey() {
    let (_, picture) = made(vec![
        Cell::Picture(plain(300, 600)),
        Cell::Picture(plain(600, 300)),
        Cell::Picture(plain(60, 60)),
    ]);
    // Portrait: 100 pixels wide, from 50 to 150. Landscape: 100 high. Small: not enlarged.
    for (x, y, inside) in [
        (100, 5, true),
        (100, 195, true),
        (55, 100, true),
        (145, 100, true),
        (44, 100, false),
        (156, 100, false),
        (205, 100, true),
        (395, 100, true),
        (300, 55, true),
        (300, 145, true),
        (300, 44, false),
        (300, 156, false),
        (475, 100, true),
        (525, 100, true),
        (464, 100, false),
        (536, 100, false),
        (500, 64, false),
        (900, 100, false),
    ] {
        let expected = if inside { COLOUR } else { BACKGROUND };
        let found = pixel(&picture, x, y);
        assert!(is_near(found, expected), "{x},{y}: {found:?}");
    }
}

#[test]
fn an_unreadable_picture_keeps_its_cell_and_number() {
    let (_, without) = made(vec![Cell::Picture(plain(300, 600)); 3]);
    let (_, with) = made(vec![
        Cell::Picture(plain(300, 600)),
        Cell::Unreadable,
        Cell::Picture(plain(300, 600)),
    ]);
    for (x, y) in [(100, 100), (500, 100)] {
        assert!(
            is_near(pixel(&with, x, y), pixel(&without, x, y)),
            "{x},{y}"
        );
    }
    // The lines of the cross meet at the centre, and the number is in the corner.
    assert!(pixel(&with, 300, 100).iter().all(|&sample| sample < 180));
    let dark = (200..260)
        .flat_map(|x| (0..40).map(move |y| (x, y)))
        .filter(|&(x, y)| pixel(&with, x, y).iter().all(|&sample| sample < 60))
        .count();
    assert!(dark > 100, "{dark} dark pixels for the number 2");
}

#[test]
fn the_given_number_is_drawn_not_the_position() {
    let cell = || Cell::Picture(plain(300, 600));
    let number = |number| SheetNumber::new(number).unwrap();
    let options = SheetOptions::default();
    let first = sheet(&[(number(1), cell())], &options).unwrap();
    let seventh = sheet(&[(number(7), cell())], &options).unwrap();
    assert_ne!(first.jpeg, seventh.jpeg);
    assert_eq!(
        first.jpeg,
        sheet(&[(number(1), cell())], &options).unwrap().jpeg
    );
}

#[test]
fn impossible_sheets_give_a_specific_error() {
    let options = SheetOptions::default();
    assert!(matches!(sheet(&[], &options), Err(SheetError::NoCells)));
    let one = SheetNumber::from_position(0);
    let twice = [(one, Cell::Unreadable), (one, Cell::Unreadable)];
    assert!(matches!(
        sheet(&twice, &options),
        Err(SheetError::RepeatedNumber { .. })
    ));
    let large = [(one, Cell::Picture(plain(300, 600)))];
    let narrow = SheetOptions {
        cell: 150,
        ..options
    };
    assert!(matches!(
        sheet(&large, &narrow),
        Err(SheetError::ThumbnailTooLarge { height: 200, .. })
    ));
    for (columns, cell) in [(0, 200), (5, 0), (5, 20_000), (u32::MAX, 200)] {
        let options = SheetOptions {
            columns,
            cell,
            ..options
        };
        let unreadable = [(one, Cell::Unreadable)];
        assert!(
            matches!(sheet(&unreadable, &options), Err(SheetError::Size { .. })),
            "{columns} {cell}"
        );
    }
}
