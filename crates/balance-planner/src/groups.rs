//! Near-duplicates: each group of them counts as one picture, and one of its members stands for it.

use crate::set::{Inventory, PictureState, Protection};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{Confidence, ImageClass, ImageName, Quality};

/// How a picture compares with others of its class, the weakest first: lower quality, fewer pixels,
/// the last name bytewise.
pub(crate) type Rank<'a> = (Quality, u64, Reverse<&'a ImageName>);

/// One assessed picture.
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

/// A picture that counts, and the near-duplicates that count as nothing beside it.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// The member that stands for all.
    pub(crate) keeper: Member<'a>,
    /// The other members, by name.
    pub(crate) others: Vec<Member<'a>>,
}

/// Puts every assessed picture into its group, sorted by the names of the keepers.
///
/// Members name the keeper that evidence chose. A person's word is stronger: what is wanted removed
/// stands for nothing as long as there is another, and what is marked to be kept stands before the
/// rest. Where the keeper that is named is not there any more, the best of the others takes its place:
/// so that they still count once, and never all of them leave.
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

/// The keeper at the end of the chain that begins at a picture; it need not be in the set. In a chain
/// that bites its tail, which only a wrong caller makes, its members are not grouped together, so
/// that none of them leaves for the others' sake.
fn root<'a>(set: &'a Inventory, from: &'a ImageName) -> &'a ImageName {
    let mut passed = BTreeSet::from([from]);
    let mut at = from;
    while let Some(PictureState::Assessed {
        duplicate_of: Some(next),
        ..
    }) = set.get(at)
    {
        if !passed.insert(next) {
            return from;
        }
        at = next;
    }
    at
}
