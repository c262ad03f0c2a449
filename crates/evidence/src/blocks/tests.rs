use super::*;

/// Grey of a picture in which every pixel differs from the next by 1, and by `edge` more over
/// the lines of the grid.
fn stepped(width: u32, height: u32, edge: u8) -> Option<f64> {
    let mut meter = BlockMeter::new(width, height);
    for y in 0..height {
        let row: Vec<u8> = (0..width)
            .flat_map(|x| {
                let block = (x / 8 + y / 8) % 2;
                [100 + (x + y) as u8 % 2 + edge * block as u8; 3]
            })
            .collect();
        meter.push(&row);
    }
    meter.finish()
}

#[test]
fn steps_at_the_grid_are_held_against_all_steps() {
    assert!((stepped(64, 64, 0).unwrap() - 1.0).abs() < 1e-9);
    // 7 of 63 steps are over a line of the grid: there 10 up and 1 up or down, 10.5 apart on
    // the average of both directions in both halves, elsewhere 1.
    let expected = f64::midpoint(9.0, 11.0);
    let ratio = (expected + 0.01) / ((7.0 * expected + 56.0) / 63.0 + 0.01);
    let found = stepped(64, 64, 10).unwrap();
    assert!((found - ratio).abs() < 0.3, "{found} {ratio}");
}

#[test]
fn a_picture_with_the_grid_in_one_direction_is_measured_in_that() {
    assert!(stepped(64, 3, 10).unwrap() > 4.0);
    assert!(stepped(3, 64, 10).unwrap() > 4.0);
}

#[test]
fn what_is_too_small_or_cut_off_is_not_measured() {
    assert_eq!(stepped(8, 8, 10), None);
    assert!(stepped(9, 8, 10).is_some());
    let mut meter = BlockMeter::new(16, 2);
    meter.push(&[0; 48]);
    meter.push(&[0; 47]);
    assert_eq!(meter.clone().finish(), None);
    meter.push(&[0; 48]);
    meter.push(&[255; 48]);
    assert_eq!(
        meter.finish(),
        Some(1.0),
        "a row after the last is left out"
    );
    assert_eq!(BlockMeter::new(0, 0).finish(), None);
}
