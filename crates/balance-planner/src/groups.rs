//! Groups of near-duplicates. Each group counts as one picture, represented by its keeper.

use crate::set::{Inventory, PictureState, Protection};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{Confidence, ImageClass, ImageName, Quality};

/// The sort key of a picture within its class, weakest first: lower quality, then fewer pixels,
/// then the later name in byte order.
pub(crate) type Rank<'a> = (Quality, u64, Reverse<&'a ImageName>);

/// One assessed picture of a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a ImageName,
    pub(crate) class: ImageClass,
    pub(crate) quality: Quality,
    pub(crate) pixels: u64,
    pub(crate) confidence: Confidence,
}

impl<'a> Member<'a> {
    pub(crate) const fn rank(&self) -> Rank<'a> {
        (self.quality, self.pixels, Reverse(self.name))
    }

    pub(crate) fn is_unsure(&self) -> bool {
        self.confidence == Confidence::Unsure
    }
}

/// A picture and its near-duplicates. A picture without any is a group of one.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// The member that represents the group in the counts.
    pub(crate) keeper: Member<'a>,
    /// The other members, which count as nothing, sorted by name.
    pub(crate) others: Vec<Member<'a>>,
}

/// Puts every assessed picture into its group. The groups are sorted by the names of their keepers.
///
/// The keeper is the one that the members name in [`PictureState::Assessed::duplicate_of`], with
/// two exceptions. A picture marked to keep goes first, and one that a person wants removed goes
/// last. If the named keeper is not in the set any more, the best of the others takes its place, so
/// the group still counts once and never loses all of its members.
pub(crate) fn groups<'a>(set: &'a Inventory, protection: &Protection) -> Vec<Group<'a>> {
    let mut members: BTreeMap<&ImageName, Vec<Member<'a>>> = BTreeMap::new();
    for (name, state) in set {
        if let PictureState::Assessed {
            class,
            quality,
            pixels,
            confidence,
            ..
        } = *state
        {
            members.entry(root(set, name)).or_default().push(Member {
                name,
                class,
                quality,
                pixels,
                confidence,
            });
        }
    }
    let precedence = |root: &ImageName, member: &Member<'a>| {
        (
            // An unwanted picture must not represent a group that has another member.
            !protection.wants_removed(member.name),
            protection.kept.contains(member.name),
            member.name == root,
            member.rank(),
        )
    };
    let mut groups: Vec<Group<'a>> = members
        .into_iter()
        .filter_map(|(root, members)| {
            let keeper = *members
                .iter()
                .max_by(|a, b| precedence(root, a).cmp(&precedence(root, b)))?;
            let others = members
                .into_iter()
                .filter(|member| member.name != keeper.name)
                .collect();
            Some(Group { keeper, others })
        })
        .collect();
    groups.sort_unstable_by_key(|group| group.keeper.name);
    groups
}

/// The end of the chain of `duplicate_of` names that starts at `from`. It may be missing
/// from the set.
fn root<'a>(set: &'a Inventory, from: &'a ImageName) -> &'a ImageName {
    let mut passed = BTreeSet::from([from]);
    let mut at = from;
    while let Some(PictureState::Assessed {
        duplicate_of: Some(next),
        ..
    }) = set.get(at)
    {
        // Only a faulty caller passes a cycle. Its members are then not grouped, so none is removed
        // for the sake of another.
        if !passed.insert(next) {
            return from;
        }
        at = next;
    }
    at
}
