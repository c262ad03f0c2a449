//! Pictures that are nearly the same, and which of them stays.

use crate::judge::Verdict;
use crate::picture::{PictureEvidence, Readable, Set};
use balance_planner::Protection;
use evidence::near_duplicates;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ImageClass, ImageName};

/// The groups of pictures of which all are nearly the same as another of the group.
pub(crate) fn groups(set: &Set, max_distance: u32) -> Vec<BTreeSet<ImageName>> {
    let hashes = set
        .iter()
        .filter_map(|(name, exhibit)| match exhibit {
            PictureEvidence::Readable(picture) => Some((name.clone(), &picture.measures.hash)),
            PictureEvidence::Unreadable => None,
        })
        .collect();
    near_duplicates(&hashes, max_distance)
}

/// The pictures of groups that were seen as more than one class.
pub(crate) fn differing<'a>(
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

/// Every picture of a group but its keeper, with the keeper.
///
/// The keeper is one that was marked by hand, never one that a person wants gone if there is another;
/// then one that a person judged; then the best, the sharpest, the largest, the first by name.
pub(crate) fn beyond_keeper(
    set: &Set,
    groups: &[BTreeSet<ImageName>],
    verdicts: &BTreeMap<ImageName, Verdict>,
    protection: &Protection,
) -> BTreeMap<ImageName, ImageName> {
    let rank = |name: &ImageName, picture: &Readable| {
        (
            protection.kept.contains(name),
            !protection.to_remove.contains(name),
            picture.label.is_some(),
            verdicts.get(name).map(|verdict| verdict.score),
            sortable(picture.measures.sharpness),
            picture.pixels(),
        )
    };
    let mut beyond = BTreeMap::new();
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
            beyond.extend(others.map(|name| (name.clone(), keeper.clone())));
        }
    }
    beyond
}

/// The bits of a sharpness, in its order: a variance, so never negative.
fn sortable(sharpness: f64) -> u64 {
    if sharpness > 0.0 {
        sharpness.to_bits()
    } else {
        0
    }
}
