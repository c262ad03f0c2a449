//! In which order pictures stand on a sheet.

use tdbal_types::{Digest, ImageName};

/// The order of the pictures on the sheet of a vote: as given for the first one, else shuffled.
///
/// The shuffle depends on the vote and on which pictures there are, not on the order in which they are
/// given or on what they are called, except that exact doubles stand in the order of their names. It
/// is made here, and not by a library that may change its mind, since answers are found again by their
/// order.
pub fn sheet_order(pictures: Vec<(ImageName, Digest)>, vote: u32) -> Vec<ImageName> {
    if vote <= 1 {
        return pictures.into_iter().map(|(name, _)| name).collect();
    }
    let mut digests: Vec<Digest> = pictures.iter().map(|(_, digest)| *digest).collect();
    digests.sort_unstable();
    let seed = digests.iter().fold(u64::from(vote), mix_digest);
    let mut keyed: Vec<(u64, Digest, ImageName)> = pictures
        .into_iter()
        .map(|(name, digest)| (mix_digest(seed, &digest), digest, name))
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, name)| name).collect()
}

/// A value that depends on every bit of both.
fn mix_digest(seed: u64, digest: &Digest) -> u64 {
    let (words, _) = digest.as_bytes().as_chunks::<8>();
    words
        .iter()
        .fold(seed, |state, word| mix(state ^ u64::from_le_bytes(*word)))
}

/// One step of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
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
    fn the_first_sheet_is_as_given() {
        let names: Vec<_> = pictures(9).into_iter().rev().collect();
        let order = sheet_order(names.clone(), 1);
        assert!(order.iter().eq(names.iter().map(|(name, _)| name)));
    }

    #[test]
    fn later_sheets_differ_from_each_other_and_hold_the_same() {
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
    fn how_they_were_given_does_not_matter() {
        let reversed: Vec<_> = pictures(20).into_iter().rev().collect();
        assert_eq!(sheet_order(pictures(20), 2), sheet_order(reversed, 2));
    }

    /// Recorded answers are found by their order, so that it must never change.
    #[test]
    fn the_order_is_the_same_for_ever() {
        let order: Vec<String> = sheet_order(pictures(6), 2)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(order.join(" "), "03.png 04.png 02.png 00.png 01.png 05.png");
    }

    #[test]
    fn every_picture_comes_to_every_place() {
        // Sets that differ in one picture: where its first one stands.
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
        // 200 times in five places: 40 each, give or take four standard deviations.
        assert!(
            places.iter().all(|count| (17..=63).contains(count)),
            "{places:?}"
        );
    }
}
