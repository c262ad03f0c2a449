//! What becomes of each picture, gathered rule by rule.

use crate::decision::{Action, Decision, Reason};
use crate::groups::{Group, Member, Rank};
use crate::policy::{Policy, Scope};
use crate::set::{Inventory, PictureState, Protection};
use std::collections::BTreeMap;
use tdbal_types::{ClassCounts, Confidence, ImageClass, ImageName, Quality};

/// A group whose keeper is surely below the floor of its class, and may leave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Poor<'a> {
    pub(crate) keeper: Member<'a>,
    floor: Quality,
}

/// The fates of those pictures of which more is to be said than that they stay.
pub(crate) struct Fates<'a> {
    protection: &'a Protection,
    scope: Scope,
    by_name: BTreeMap<&'a ImageName, (Action, Reason)>,
    /// Pictures whose class would settle how many of it there are.
    excess_questions: Vec<Rank<'a>>,
    /// Near-duplicates that would leave if it were certain what they are.
    duplicate_questions: Vec<Rank<'a>>,
}

impl<'a> Fates<'a> {
    pub(crate) const fn new(protection: &'a Protection, scope: Scope) -> Self {
        Self {
            protection,
            scope,
            by_name: BTreeMap::new(),
            excess_questions: Vec::new(),
            duplicate_questions: Vec::new(),
        }
    }

    fn removes(&self) -> bool {
        self.scope != Scope::GenerateOnly
    }

    fn is_kept(&self, name: &ImageName) -> bool {
        self.protection.kept.contains(name)
    }

    /// Lets a picture go for a reason, unless something stronger holds it. `postponed` is the reason
    /// where removals were not asked for, `doubt` why it must stay until a person was asked. The
    /// rule that speaks first is the one that is told.
    fn dismiss(
        &mut self,
        name: &'a ImageName,
        reason: Reason,
        postponed: Reason,
        doubt: Option<Reason>,
    ) {
        let fate = if self.is_kept(name) {
            (Action::Keep, Reason::KeptByHand)
        } else if self.protection.set_is_good {
            (Action::Keep, Reason::SetIsGood)
        } else if !self.removes() {
            (Action::Keep, postponed)
        } else if let Some(doubt) = doubt {
            (Action::Review, doubt)
        } else {
            (Action::Remove, reason)
        };
        self.by_name.entry(name).or_insert(fate);
    }

    /// What does not decode stays, and a person should look at it, unless its removal was asked for.
    pub(crate) fn unreadable(&mut self, set: &'a Inventory, policy: &Policy) {
        for (name, state) in set {
            if *state != PictureState::Unreadable {
                continue;
            }
            let by_hand = self.protection.to_remove.contains(name);
            let fate = if !self.removes() || !(policy.remove_unreadable || by_hand) {
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
            self.by_name.insert(name, fate);
        }
    }

    /// What a person wants removed goes, whatever it is.
    pub(crate) fn by_hand(&mut self, set: &'a Inventory) {
        let protection = self.protection;
        for name in &protection.to_remove {
            if let Some((name, _)) = set.get_key_value(name) {
                self.dismiss(name, Reason::RemovedByHand, Reason::RemovalPostponed, None);
            }
        }
    }

    /// Of each group only the keeper stays.
    pub(crate) fn duplicates(&mut self, groups: &[Group<'a>]) {
        for group in groups {
            let of = group.keeper.name;
            for other in &group.others {
                let doubt = other
                    .is_unsure()
                    .then_some(Reason::Unsure { class: other.class });
                self.dismiss(
                    other.name,
                    Reason::Duplicate { of: of.clone() },
                    Reason::DuplicateKept { of: of.clone() },
                    doubt,
                );
                if self.is_asked_about(other.name) {
                    self.duplicate_questions.push(other.rank());
                }
            }
        }
    }

    /// The groups that are surely below the floor of their class and may leave, the worst first. Of
    /// one that may not, it is said here why.
    pub(crate) fn poor(&mut self, standing: &[&Group<'a>], policy: &Policy) -> Vec<Poor<'a>> {
        let mut poor = Vec::new();
        for group in standing {
            let keeper = group.keeper;
            let Some(floor) = policy.floors[keeper.class] else {
                continue;
            };
            if keeper.confidence != Confidence::Sure || keeper.quality >= floor {
                continue;
            }
            let twin = self.unsure_twin(group);
            let is_held = self.is_kept(keeper.name) || self.protection.set_is_good;
            if is_held || twin.is_some() {
                let (reason, postponed) = below_floor(keeper.quality, floor);
                self.dismiss(keeper.name, reason, postponed, twin);
            } else {
                poor.push(Poor { keeper, floor });
            }
        }
        poor.sort_unstable_by_key(|poor| poor.keeper.rank());
        poor
    }

    /// Lets the poor go: first those that are too many of their class anyway, which makes the surplus
    /// smaller, and besides them as many as may be replaced. Gives how many of each class are to be
    /// replaced.
    pub(crate) fn below_floor(
        &mut self,
        poor: &[Poor<'a>],
        policy: &Policy,
        surplus: &mut ClassCounts,
    ) -> ClassCounts {
        let limit = policy.max_replace;
        let mut replaced = ClassCounts::default();
        for Poor { keeper, floor } in poor {
            let (reason, postponed) = below_floor(keeper.quality, *floor);
            if surplus[keeper.class] > 0 {
                surplus[keeper.class] -= 1;
                self.dismiss(keeper.name, reason, postponed, None);
            } else if self.scope != Scope::Both {
                self.by_name.insert(keeper.name, (Action::Keep, postponed));
            } else if replaced.total() < limit {
                replaced[keeper.class] += 1;
                self.dismiss(keeper.name, reason, postponed, None);
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

    /// Of each class the weakest are chosen, as many as are too many. What is marked to be kept is
    /// passed over; in the stead of what is unsure nothing goes.
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
            self.dismiss(
                keeper.name,
                Reason::Excess { have, wanted },
                Reason::ExcessKept { have, wanted },
                doubt,
            );
            if self.is_asked_about(keeper.name) {
                self.excess_questions.push(keeper.rank());
            }
        }
    }

    /// Why a group cannot lose its keeper: another member would stay, and count in its stead.
    fn unsure_twin(&self, group: &Group<'a>) -> Option<Reason> {
        let twin = group
            .others
            .iter()
            .find(|other| matches!(self.by_name.get(other.name), Some((Action::Review, _))))?;
        Some(Reason::TwinUnsure {
            twin: twin.name.clone(),
        })
    }

    fn is_asked_about(&self, name: &ImageName) -> bool {
        matches!(
            self.by_name.get(name),
            Some((Action::Review, Reason::Unsure { .. }))
        )
    }

    pub(crate) fn leaves(&self, name: &ImageName) -> bool {
        matches!(self.by_name.get(name), Some((Action::Remove, _)))
    }

    /// What a person should say, best first: what decides about the counts before what only leaves a
    /// copy behind, and of each the weakest first.
    pub(crate) fn questions(&mut self) -> Vec<ImageName> {
        self.excess_questions.sort_unstable();
        self.duplicate_questions.sort_unstable();
        self.excess_questions
            .iter()
            .chain(&self.duplicate_questions)
            .map(|(_, _, name)| name.0.clone())
            .collect()
    }

    /// One decision for every picture. What nothing was said of stays, for the reason that its class
    /// gives.
    pub(crate) fn decisions(
        mut self,
        set: &'a Inventory,
        stays: impl Fn(ImageClass) -> Reason,
    ) -> Vec<Decision> {
        set.iter()
            .map(|(name, state)| {
                let (action, reason) = self.by_name.remove(name).unwrap_or_else(|| match *state {
                    PictureState::Assessed { class, .. } => (Action::Keep, stays(class)),
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

const fn below_floor(quality: Quality, floor: Quality) -> (Reason, Reason) {
    (
        Reason::BelowFloor { quality, floor },
        Reason::BelowFloorKept { quality, floor },
    )
}
