//! Which pictures are nearly the same.

use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::PerceptualHash;

/// Groups the pictures that are nearly the same: two whose hashes differ in at most `max` bits are
/// in one group, and so is whatever is that near to either. Groups have two members and more, no
/// member in common, and come in the order of their first members.
///
/// That nearness is carried on, so that two members may be farther apart than `max`, does no harm
/// while `max` is well below the least distance of different pictures (52).
pub fn near_duplicates<K: Ord + Clone>(
    hashes: &BTreeMap<K, &PerceptualHash>,
    max: u32,
) -> Vec<BTreeSet<K>> {
    let mut left: Vec<(&K, &PerceptualHash)> =
        hashes.iter().map(|(key, hash)| (key, *hash)).collect();
    // Taken from the end, so that the first key begins the first group.
    left.reverse();
    let mut groups = Vec::new();
    while let Some(first) = left.pop() {
        let mut group = BTreeSet::new();
        let mut reached = vec![first];
        while let Some((key, hash)) = reached.pop() {
            group.insert(key.clone());
            left.retain(|&(other_key, other)| {
                let is_near = hash.distance(other) <= max;
                if is_near {
                    reached.push((other_key, other));
                }
                !is_near
            });
        }
        if group.len() > 1 {
            groups.push(group);
        }
    }
    groups
}

#[cfg(test)]
mod tests;
