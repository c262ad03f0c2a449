use super::*;

/// The blockiness of a grey picture in which neighbours differ by 1, and by `edge` more across the
/// edges of blocks.
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
fn differences_at_block_edges_are_compared_with_all() {
    assert!((stepped(64, 64, 0).unwrap() - 1.0).abs() < 1e-9);
    // 7 of 63 differences are across block edges. There the step of 10 and the step of 1 add up
    // or cancel, giving 11 or 9; elsewhere the difference is 1.
    let expected = f64::midpoint(9.0, 11.0);
    let ratio = (expected + 0.01) / ((7.0 * expected + 56.0) / 63.0 + 0.01);
    let found = stepped(64, 64, 10).unwrap();
    assert!((found - ratio).abs() < 0.3, "{found} {ratio}");
}

#[test]
fn pictures_with_edges_in_one_direction_are_measured_in_it() {
    assert!(stepped(64, 3, 10).unwrap() > 4.0);
    assert!(stepped(3, 64, 10).unwrap() > 4.0);
}

#[test]
fn small_and_incomplete_pictures_are_not_measured() {
    assert_eq!(stepped(8, 8, 10), None);
    assert!(stepped(9, 8, 10).is_some());
    let mut meter = BlockMeter::new(16, 2);
    meter.push(&[0; 48]);
    meter.push(&[0; 47]);
    assert_eq!(meter.clone().finish(), None);
    meter.push(&[0; 48]);
    meter.push(&[255; 48]);
    assert_eq!(meter.finish(), Some(1.0), "a row after the last is ignored");
    assert_eq!(BlockMeter::new(0, 0).finish(), None);
}
