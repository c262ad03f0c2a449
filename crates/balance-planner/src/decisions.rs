//! Collects the decisions about the pictures of a set, rule by rule.

use crate::decision::{Action, Decision, Reason};
use crate::groups::{Group, Member, Rank};
use crate::policy::{Policy, Scope};
use crate::set::{Inventory, PictureState, Protection};
use std::collections::BTreeMap;
use tdbal_types::{ClassCounts, Confidence, ImageClass, ImageName, Quality};

/// A group whose keeper is surely below the quality floor of its class and may be removed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BelowFloor<'a> {
    pub(crate) keeper: Member<'a>,
    floor: Quality,
}

/// The decisions so far. Pictures without an entry stay, for the reason that their class gives.
///
/// The first rule that decides about a picture gives its reason, so the order of the calls matters.
pub(crate) struct Decisions<'a> {
    protection: &'a Protection,
    scope: Scope,
    by_name: BTreeMap<&'a ImageName, (Action, Reason)>,
    /// Excess pictures of unsure class.
    excess_questions: Vec<Rank<'a>>,
    /// Near-duplicates of unsure class.
    duplicate_questions: Vec<Rank<'a>>,
}

impl<'a> Decisions<'a> {
    pub(crate) const fn new(protection: &'a Protection, scope: Scope) -> Self {
        Self {
            protection,
            scope,
            by_name: BTreeMap::new(),
            excess_questions: Vec::new(),
            duplicate_questions: Vec::new(),
        }
    }

    fn allows_removals(&self) -> bool {
        self.scope != Scope::GenerateOnly
    }

    fn is_kept(&self, name: &ImageName) -> bool {
        self.protection.kept.contains(name)
    }

    /// Removes a picture for `reason`, unless a protection, the scope or a doubt keeps it.
    /// `postponed` is the reason if the scope excludes removals; `doubt`, if a person has to be
    /// asked first.
    fn remove(
        &mut self,
        name: &'a ImageName,
        reason: Reason,
        postponed: Reason,
        doubt: Option<Reason>,
    ) {
        // Strongest first. The order is part of the documented behaviour of `plan`.
        let decision = if self.is_kept(name) {
            (Action::Keep, Reason::KeptByHand)
        } else if self.protection.set_is_good {
            (Action::Keep, Reason::SetIsGood)
        } else if !self.allows_removals() {
            (Action::Keep, postponed)
        } else if let Some(doubt) = doubt {
            (Action::Review, doubt)
        } else {
            (Action::Remove, reason)
        };
        // An earlier rule has already given its reason.
        self.by_name.entry(name).or_insert(decision);
    }

    /// Sends files that do not decode to review, unless their removal was asked for.
    pub(crate) fn unreadable(&mut self, set: &'a Inventory, policy: &Policy) {
        for (name, state) in set {
            if *state != PictureState::Unreadable {
                continue;
            }
            let by_hand = self.protection.to_remove.contains(name);
            let decision = if !self.allows_removals() || !(policy.remove_unreadable || by_hand) {
                (Action::Review, Reason::Unreadable)
            } else if self.is_kept(name) {
                (Action::Keep, Reason::KeptByHand)
            } else if self.protection.set_is_good {
                (Action::Review, Reason::SetIsGood)
            } else if by_hand {
                (Action::Remove, Reason::RemovedByHand)
            } else {
                (Action::Remove, Reason::Unreadable)
            };
            self.by_name.insert(name, decision);
        }
    }

    /// Removes the pictures that a person wants removed, whatever their class.
    pub(crate) fn by_hand(&mut self, set: &'a Inventory) {
        let protection = self.protection;
        for name in &protection.to_remove {
            if let Some((name, _)) = set.get_key_value(name) {
                // No doubt: removing a picture on request needs no certainty about its class.
                self.remove(name, Reason::RemovedByHand, Reason::RemovalPostponed, None);
            }
        }
    }

    /// Removes every member of each group except the keeper.
    pub(crate) fn duplicates(&mut self, groups: &[Group<'a>]) {
        for group in groups {
            let of = group.keeper.name;
            for other in &group.others {
                let doubt = other
                    .is_unsure()
                    .then_some(Reason::Unsure { class: other.class });
                self.remove(
                    other.name,
                    Reason::Duplicate { of: of.clone() },
                    Reason::DuplicateKept { of: of.clone() },
                    doubt,
                );
                if self.is_question(other.name) {
                    self.duplicate_questions.push(other.rank());
                }
            }
        }
    }

    /// The groups whose keepers are surely below the quality floor of their class and may be
    /// removed, worst first. Keepers that may not be removed get their decision here.
    pub(crate) fn find_below_floor(
        &mut self,
        remaining: &[&Group<'a>],
        policy: &Policy,
    ) -> Vec<BelowFloor<'a>> {
        let mut below_floor = Vec::new();
        for group in remaining {
            let keeper = group.keeper;
            let Some(floor) = policy.floors[keeper.class] else {
                continue;
            };
            // The floor depends on the class, so only a sure class can be below it.
            if keeper.confidence != Confidence::Sure || keeper.quality >= floor {
                continue;
            }
            // Decided here, so protected pictures do not use up the limit on replacements.
            let twin = self.unsure_twin(group);
            let is_protected = self.is_kept(keeper.name) || self.protection.set_is_good;
            if is_protected || twin.is_some() {
                let (reason, postponed) = floor_reasons(keeper.quality, floor);
                self.remove(keeper.name, reason, postponed, twin);
            } else {
                below_floor.push(BelowFloor { keeper, floor });
            }
        }
        below_floor.sort_unstable_by_key(|group| group.keeper.rank());
        below_floor
    }

    /// Removes the keepers below their floor. Those that are excess anyway reduce `surplus`; of the
    /// rest at most [`Policy::max_replace`] are removed. Returns how many of each class to replace.
    pub(crate) fn remove_below_floor(
        &mut self,
        below_floor: &[BelowFloor<'a>],
        policy: &Policy,
        surplus: &mut ClassCounts,
    ) -> ClassCounts {
        let limit = policy.max_replace;
        let mut replaced = ClassCounts::default();
        for BelowFloor { keeper, floor } in below_floor {
            let (reason, postponed) = floor_reasons(keeper.quality, *floor);
            if surplus[keeper.class] > 0 {
                surplus[keeper.class] -= 1;
                self.remove(keeper.name, reason, postponed, None);
            } else if self.scope != Scope::Both {
                // A replacement is a removal and a generation; half of it would change the counts.
                self.by_name.insert(keeper.name, (Action::Keep, postponed));
            } else if replaced.total() < limit {
                replaced[keeper.class] += 1;
                self.remove(keeper.name, reason, postponed, None);
            } else {
                let reason = Reason::ReplaceLimit {
                    quality: keeper.quality,
                    floor: *floor,
                    limit,
                };
                self.by_name.insert(keeper.name, (Action::Keep, reason));
            }
        }
        replaced
    }

    /// Removes the weakest pictures of each class, as many as `surplus` says. A kept picture is
    /// skipped and the next weakest is removed instead; an unsure one uses up a removal and stays.
    pub(crate) fn excess<'g>(
        &mut self,
        groups: impl Iterator<Item = &'g Group<'a>>,
        before: &ClassCounts,
        target: &ClassCounts,
        mut surplus: ClassCounts,
    ) where
        'a: 'g,
    {
        let mut ranked: Vec<&Group<'a>> = groups.collect();
        ranked.sort_unstable_by_key(|group| group.keeper.rank());
        for group in ranked {
            let keeper = group.keeper;
            if surplus[keeper.class] == 0 {
                continue;
            }
            // A kept picture does not use up a removal, so the next weakest is removed instead.
            if !self.is_kept(keeper.name) {
                surplus[keeper.class] -= 1;
            }
            let doubt = if keeper.is_unsure() {
                Some(Reason::Unsure {
                    class: keeper.class,
                })
            } else {
                self.unsure_twin(group)
            };
            let (have, wanted) = (before[keeper.class], target[keeper.class]);
            self.remove(
                keeper.name,
                Reason::Excess { have, wanted },
                Reason::ExcessKept { have, wanted },
                doubt,
            );
            if self.is_question(keeper.name) {
                self.excess_questions.push(keeper.rank());
            }
        }
    }

    /// The reason to keep a keeper if another member is under review and would take its place.
    fn unsure_twin(&self, group: &Group<'a>) -> Option<Reason> {
        let twin = group
            .others
            .iter()
            .find(|other| matches!(self.by_name.get(other.name), Some((Action::Review, _))))?;
        Some(Reason::TwinUnsure {
            twin: twin.name.clone(),
        })
    }

    fn is_question(&self, name: &ImageName) -> bool {
        matches!(
            self.by_name.get(name),
            Some((Action::Review, Reason::Unsure { .. }))
        )
    }

    pub(crate) fn is_removed(&self, name: &ImageName) -> bool {
        matches!(self.by_name.get(name), Some((Action::Remove, _)))
    }

    /// The pictures whose class a person should confirm: first those that decide the counts, then
    /// near-duplicates, each from the weakest up.
    pub(crate) fn questions(&mut self) -> Vec<ImageName> {
        // One answer about an excess picture can change what is removed and generated; one about a
        // near-duplicate only removes that picture.
        self.excess_questions.sort_unstable();
        self.duplicate_questions.sort_unstable();
        self.excess_questions
            .iter()
            .chain(&self.duplicate_questions)
            .map(|(_, _, name)| name.0.clone())
            .collect()
    }

    /// One decision for each picture of the set. Pictures without an entry stay, for the reason
    /// that `reason_to_stay` gives for their class.
    pub(crate) fn finish(
        mut self,
        set: &'a Inventory,
        reason_to_stay: impl Fn(ImageClass) -> Reason,
    ) -> Vec<Decision> {
        set.iter()
            .map(|(name, state)| {
                let (action, reason) = self.by_name.remove(name).unwrap_or_else(|| match *state {
                    PictureState::Assessed { class, .. } => (Action::Keep, reason_to_stay(class)),
                    PictureState::Unreadable => (Action::Review, Reason::Unreadable),
                });
                Decision {
                    name: name.clone(),
                    action,
                    reason,
                }
            })
            .collect()
    }
}

/// The reason to remove a picture below its floor, and the reason if that is postponed.
const fn floor_reasons(quality: Quality, floor: Quality) -> (Reason, Reason) {
    (
        Reason::BelowFloor { quality, floor },
        Reason::BelowFloorKept { quality, floor },
    )
}
