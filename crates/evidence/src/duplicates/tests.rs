use super::*;
use proptest::prelude::*;

/// A hash with its first `bits` bits set. The distance of two is the difference of their numbers.
fn at(bits: usize) -> PerceptualHash {
    let mut bytes = [0; 32];
    for bit in 0..bits {
        bytes[bit / 8] |= 1 << (bit % 8);
    }
    PerceptualHash::from_bytes(bytes)
}

fn groups_of(hashes: &[PerceptualHash], keys: &[usize], max: u32) -> Vec<BTreeSet<usize>> {
    let map = keys.iter().copied().zip(hashes).collect();
    near_duplicates(&map, max)
}

#[test]
fn chains_form_groups_and_the_bound_is_inclusive() {
    let hashes: Vec<PerceptualHash> = [200, 0, 100, 30, 131, 60, 200].map(at).into();
    let keys: Vec<usize> = (0..7).collect();
    let groups = groups_of(&hashes, &keys, 30);
    let expected: [&[usize]; 2] = [&[0, 6], &[1, 3, 5]];
    assert_eq!(
        groups,
        expected.map(|group| group.iter().copied().collect())
    );
    assert_eq!(groups_of(&hashes, &keys, 0).len(), 1);
    assert_eq!(groups_of(&hashes, &keys, 256).len(), 1);
    assert!(groups_of(&[], &[], 30).is_empty());
}

proptest! {
    /// Two pictures are in the same group exactly if a chain of similar pictures connects them,
    /// whatever the pictures are called.
    #[test]
    fn groups_are_the_connected_pictures_under_any_names(
        places in prop::collection::vec(0_usize..256, 0..14),
        max in 0_u32..60,
        order in Just((0..14_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let hashes: Vec<PerceptualHash> = places.iter().map(|&place| at(place)).collect();
        let count = hashes.len();
        let mut joined = vec![vec![false; count]; count];
        for (one, row) in joined.iter_mut().enumerate() {
            for (other, cell) in row.iter_mut().enumerate() {
                *cell = hashes[one].distance(&hashes[other]) <= max;
            }
        }
        for via in 0..count {
            for one in 0..count {
                for other in 0..count {
                    joined[one][other] |= joined[one][via] && joined[via][other];
                }
            }
        }
        let named: Vec<usize> = order[..count].to_vec();
        let plain: Vec<usize> = (0..count).collect();
        for keys in [&plain, &named] {
            let groups = groups_of(&hashes, keys, max);
            let firsts: Vec<_> = groups.iter().map(|group| group.first().copied()).collect();
            prop_assert!(firsts.is_sorted());
            for group in &groups {
                prop_assert!(group.len() > 1);
            }
            let together = |one: usize, other: usize| {
                groups.iter().any(|group| group.contains(&one) && group.contains(&other))
            };
            for one in 0..count {
                for other in (0..count).filter(|&other| other != one) {
                    prop_assert_eq!(together(keys[one], keys[other]), joined[one][other]);
                }
            }
        }
    }
}
