use super::*;
use crate::sample::{digest, name};

/// Pictures with these numbers as names and digests; odd numbers from 101 on do not decode.
fn set(names: &[ImageName]) -> Vec<SheetCandidate<'_>> {
    names
        .iter()
        .map(|name| {
            let number: u8 = name.as_str().trim_end_matches(".png").parse().unwrap();
            SheetCandidate {
                name,
                sha256: digest(number),
                is_readable: number <= 100,
            }
        })
        .collect()
}

fn names(numbers: &[u8]) -> Vec<ImageName> {
    numbers.iter().map(|number| name(*number)).collect()
}

fn placed(set_of: &[u8], vote: u32, wanted: &[u8]) -> Vec<(u32, u8)> {
    let names = names(set_of);
    let wanted = wanted.iter().map(|number| name(*number)).collect();
    sheet_placement(&set(&names), vote, &wanted)
        .into_iter()
        .map(|(number, position)| (number.get(), set_of[position]))
        .collect()
}

#[test]
fn first_whole_sheet_keeps_the_numbers_of_the_set() {
    let set = [4, 101, 2, 9];
    assert_eq!(placed(&set, 1, &[2, 4, 9]), [(1, 4), (3, 2), (4, 9)]);
    // An unreadable picture is never shown, even if it is asked for.
    assert_eq!(placed(&set, 1, &[2, 4, 9, 101]), [(1, 4), (3, 2), (4, 9)]);
}

#[test]
fn partial_first_sheet_is_numbered_without_gaps() {
    let set = [4, 101, 2, 9];
    assert_eq!(placed(&set, 1, &[9, 2]), [(1, 2), (2, 9)]);
    assert_eq!(placed(&set, 1, &[]), []);
}

#[test]
fn later_sheets_show_each_wanted_picture_once_in_their_own_order() {
    let set: Vec<u8> = (0..20).collect();
    let mut orders = BTreeSet::new();
    for vote in 2..=4 {
        let placed = placed(&set, vote, &set);
        let (numbers, mut pictures): (Vec<u32>, Vec<u8>) = placed.into_iter().unzip();
        assert!(numbers.into_iter().eq(1..=20));
        assert!(
            orders.insert(pictures.clone()),
            "sheet {vote} repeats an order"
        );
        pictures.sort_unstable();
        assert_eq!(pictures, set);
    }
}

#[test]
fn later_sheets_do_not_depend_on_the_order_of_the_set() {
    let (set, reversed) = ([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]);
    for vote in 2..=4 {
        assert_eq!(placed(&set, vote, &set), placed(&reversed, vote, &set));
    }
}
