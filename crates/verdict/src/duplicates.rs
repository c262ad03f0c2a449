//! Groups of near-duplicates, and the picture that each group keeps.

use crate::judge::Verdict;
use crate::picture::{PictureEvidence, Readable, Set};
use balance_planner::Protection;
use evidence::near_duplicates;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ImageClass, ImageName};

/// The groups of near-duplicates: pictures whose hashes are linked by distances of at most
/// `max_distance` bits.
pub(crate) fn groups(set: &Set, max_distance: u32) -> Vec<BTreeSet<ImageName>> {
    let hashes = set
        .iter()
        .filter_map(|(name, evidence)| match evidence {
            PictureEvidence::Readable(picture) => Some((name.clone(), &picture.measures.hash)),
            PictureEvidence::Unreadable => None,
        })
        .collect();
    near_duplicates(&hashes, max_distance)
}

/// The pictures in groups whose verdicts name more than one class.
pub(crate) fn with_differing_classes<'a>(
    groups: &'a [BTreeSet<ImageName>],
    verdicts: &BTreeMap<ImageName, Verdict>,
) -> BTreeSet<&'a ImageName> {
    groups
        .iter()
        .filter(|group| {
            let classes: BTreeSet<ImageClass> = group
                .iter()
                .filter_map(|name| verdicts.get(name))
                .map(|verdict| verdict.class)
                .collect();
            classes.len() > 1
        })
        .flatten()
        .collect()
}

/// Maps every picture that is a near-duplicate of its group's keeper to that keeper.
///
/// The keeper is a picture marked to keep; else one without a request to remove it; else one with a
/// label; else the best, the sharpest, the largest, the first by name, in this order.
pub(crate) fn keeper_by_duplicate(
    set: &Set,
    groups: &[BTreeSet<ImageName>],
    verdicts: &BTreeMap<ImageName, Verdict>,
    protection: &Protection,
) -> BTreeMap<ImageName, ImageName> {
    let rank = |name: &ImageName, picture: &Readable| {
        (
            // What a person said counts before what was measured.
            protection.kept.contains(name),
            !protection.to_remove.contains(name),
            picture.label.is_some(),
            verdicts.get(name).map(|verdict| verdict.score),
            sortable(picture.measures.sharpness),
            picture.pixels(),
        )
    };
    let mut keeper_by_duplicate = BTreeMap::new();
    for group in groups {
        let keeper = group
            .iter()
            .filter_map(|name| match set.get(name)? {
                PictureEvidence::Readable(picture) => Some((rank(name, picture), Reverse(name))),
                PictureEvidence::Unreadable => None,
            })
            .max();
        if let Some((_, Reverse(keeper))) = keeper {
            let others = group.iter().filter(|name| *name != keeper);
            keeper_by_duplicate.extend(others.map(|name| (name.clone(), keeper.clone())));
        }
    }
    keeper_by_duplicate
}

/// An integer that sorts like the sharpness, which is a variance and therefore never negative.
fn sortable(sharpness: f64) -> u64 {
    if sharpness > 0.0 {
        // The bit patterns of positive floats are in the order of their values.
        sharpness.to_bits()
    } else {
        0
    }
}
