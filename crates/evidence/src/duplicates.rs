//! Grouping near-duplicates by their perceptual hashes.

use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::PerceptualHash;

/// Groups near-duplicates: pictures whose hashes differ in at most `max` bits, directly or through
/// a chain of such pictures.
///
/// Every group has at least two members, and no picture is in two groups. Groups are ordered by
/// their first members.
///
/// Because of the chains, two members of a group may differ in more than `max` bits. That does no
/// harm while `max` is well below the smallest distance between different pictures, 52.
pub fn near_duplicates<K: Ord + Clone>(
    hashes: &BTreeMap<K, &PerceptualHash>,
    max: u32,
) -> Vec<BTreeSet<K>> {
    let mut remaining: Vec<(&K, &PerceptualHash)> =
        hashes.iter().map(|(key, hash)| (key, *hash)).collect();
    // `pop` takes from the end; reversed, the first key starts the first group.
    remaining.reverse();
    let mut groups = Vec::new();
    while let Some(first) = remaining.pop() {
        let mut group = BTreeSet::new();
        let mut to_visit = vec![first];
        while let Some((key, hash)) = to_visit.pop() {
            group.insert(key.clone());
            // Each picture leaves `remaining` once, so it is in one group and the loop ends.
            remaining.retain(|&(other_key, other)| {
                let is_near = hash.distance(other) <= max;
                if is_near {
                    to_visit.push((other_key, other));
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
