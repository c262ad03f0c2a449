use super::*;

const GROUND: Rgb<u8> = Rgb([9, 90, 200]);
const CELL: Square = Square {
    left: 200,
    top: 200,
    edge: 200,
};

/// Bounds of all pixels that a drawing changed: left, top, right, bottom.
fn changed(canvas: &RgbImage) -> (u32, u32, u32, u32) {
    canvas
        .enumerate_pixels()
        .filter(|(_, _, pixel)| **pixel != GROUND)
        .fold((u32::MAX, u32::MAX, 0, 0), |(l, t, r, b), (x, y, _)| {
            (l.min(x), t.min(y), r.max(x), b.max(y))
        })
}

fn drawn(size: (u32, u32), number: u32) -> (u32, u32, u32, u32) {
    let mut canvas = RgbImage::from_pixel(600, 600, GROUND);
    Numberer::new()
        .unwrap()
        .draw(&mut canvas, CELL, size, number);
    changed(&canvas)
}

#[test]
fn numbers_stay_beside_the_picture_if_there_is_room() {
    let mut seen = 0;
    for number in [1, 7, 10, 20, 88, 99] {
        let (left, top, right, bottom) = drawn((147, 200), number);
        assert!(left >= 200 && right < 226, "{number}: {left}..{right}");
        assert!(
            top >= 200 && bottom - top >= 19,
            "{number}: {top}..{bottom}"
        );
        let (left, top, right, bottom) = drawn((200, 113), number);
        assert!(left >= 200 && right < 400, "{number}: {left}..{right}");
        assert!(top >= 200 && bottom < 243, "{number}: {top}..{bottom}");
        assert!(bottom - top >= 24, "{number}: {top}..{bottom}");
        seen += 1;
    }
    assert_eq!(seen, 6);
}

#[test]
fn numbers_go_on_a_plate_if_there_is_no_room() {
    for (size, number) in [((200, 200), 3), ((195, 200), 20), ((180, 200), 100)] {
        let (left, top, right, bottom) = drawn(size, number);
        assert_eq!((left, top), (200, 200), "{number}");
        assert!(right < 290 && bottom < 240, "{number}: {right} {bottom}");
    }
}

#[test]
fn cells_of_any_size_are_drawn_without_a_panic() {
    let numberer = Numberer::new().unwrap();
    for edge in [1, 2, 3, 7, 40, 333] {
        let cell = Square {
            left: 5,
            top: 5,
            edge,
        };
        for number in [1, 42, 1234, u32::MAX] {
            let mut canvas = RgbImage::from_pixel(400, 400, GROUND);
            numberer.draw(&mut canvas, cell, (1, 1), number);
            numberer.draw(&mut canvas, cell, (edge, edge), number);
            draw_unreadable(&mut canvas, cell);
        }
    }
}

#[test]
fn every_number_looks_different() {
    let numberer = Numberer::new().unwrap();
    let mut pictures = std::collections::HashSet::new();
    for number in 1..=120 {
        let mut canvas = RgbImage::from_pixel(200, 200, GROUND);
        let cell = Square {
            left: 0,
            top: 0,
            edge: 200,
        };
        numberer.draw(&mut canvas, cell, (147, 200), number);
        pictures.insert(canvas.into_raw());
    }
    assert_eq!(pictures.len(), 120);
}
