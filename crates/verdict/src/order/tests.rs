use super::*;

fn pictures(count: u8) -> Vec<(ImageName, Digest)> {
    (0..count)
        .map(|number| {
            let name = ImageName::new(format!("{number:02}.png")).unwrap();
            (name, Digest::from_bytes([number; 32]))
        })
        .collect()
}

#[test]
fn first_sheet_keeps_the_given_order() {
    let names: Vec<_> = pictures(9).into_iter().rev().collect();
    let order = sheet_order(names.clone(), 1);
    assert!(order.iter().eq(names.iter().map(|(name, _)| name)));
}

#[test]
fn later_sheets_are_different_orders_of_the_same_pictures() {
    let orders: Vec<Vec<ImageName>> = (1..=4)
        .map(|vote| sheet_order(pictures(20), vote))
        .collect();
    for (at, order) in orders.iter().enumerate() {
        assert!(orders[..at].iter().all(|earlier| earlier != order));
        let mut sorted = order.clone();
        sorted.sort();
        assert_eq!(sorted, orders[0]);
    }
}

#[test]
fn shuffled_order_does_not_depend_on_the_given_order() {
    let reversed: Vec<_> = pictures(20).into_iter().rev().collect();
    assert_eq!(sheet_order(pictures(20), 2), sheet_order(reversed, 2));
}

/// Cached answers are found by the order of their sheet, so it must never change.
#[test]
fn shuffled_order_stays_the_same_between_versions() {
    let order: Vec<String> = sheet_order(pictures(6), 2)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(order.join(" "), "03.png 04.png 02.png 00.png 01.png 05.png");
}

#[test]
fn shuffling_puts_a_picture_in_every_position_equally() {
    // Counts the positions of one picture over 200 sets that differ in one other picture.
    let mut places = [0; 5];
    for other in 10..=209 {
        let mut set = pictures(4);
        set.push((
            ImageName::new("other.png").unwrap(),
            Digest::from_bytes([other; 32]),
        ));
        let order = sheet_order(set, 2);
        places[order
            .iter()
            .position(|name| name.as_str() == "00.png")
            .unwrap()] += 1;
    }
    // 200 sets and 5 positions: 40 each, give or take four standard deviations.
    assert!(
        places.iter().all(|count| (17..=63).contains(count)),
        "{places:?}"
    );
}
