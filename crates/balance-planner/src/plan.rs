//! The planning algorithm.

use crate::decision::{Plan, Reason};
use crate::decisions::{BelowFloor, Decisions};
use crate::groups::{Group, groups};
use crate::policy::{Policy, Scope};
use crate::set::{Inventory, Protection};
use tdbal_types::ClassCounts;

/// Plans which pictures of a set to keep, remove and generate.
///
/// # What counts
///
/// Each group of near-duplicates counts once, as its keeper: the picture that `duplicate_of` names,
/// or one that a person asked to keep, and never one that a person wants removed unless the group
/// has no other. Pictures that a person wants removed are included in [`Plan::before`] and
/// otherwise treated as gone. Files that do not decode are not counted.
///
/// # Balanced sets
///
/// A set is balanced if its distinct pictures meet the target, or if those that are not below a
/// quality floor do. A balanced set loses only what does not belong there at all: unwanted pictures
/// and near-duplicates. A picture below its floor is replaced by one of the same class, or just
/// removed if the rest meet the target. With [`Policy::exact`] a balanced set is treated like any
/// other unless its counts equal the target's.
///
/// # All other sets
///
/// Any other set ends exactly on the target. Pictures are removed in this order:
///
/// 1. Pictures that a person wants removed, whatever their class.
/// 2. Near-duplicates other than the keeper, also from balanced sets.
/// 3. Pictures *surely* below the floor of their class, worst first. Those that are excess anyway
///    are not replaced. Besides these, at most [`Policy::max_replace`] pictures of all classes
///    together are removed, and a new one is generated for each.
/// 4. The weakest pictures of each class that still has too many: lowest quality first, then fewest
///    pixels, then the last name in byte order.
///
/// Each class that is short of its target is filled up by generating. A class has both removals and
/// generations only where something is replaced: at most [`Plan::replace`] pictures of each class.
///
/// # What keeps a picture
///
/// From the strongest to the weakest:
///
/// - A person asked to keep it. It keeps its place in the counts, and the next weakest of its class
///   is removed instead, as long as there is one. A near-duplicate stays and counts as nothing.
/// - The set is good ([`Protection::set_is_good`]): nothing is removed, not even what a person
///   wants removed. Missing pictures are still generated.
/// - The scope excludes removals: the decision names the reason, and the picture still counts.
/// - Its class is unsure ([`Confidence::Unsure`](tdbal_types::Confidence::Unsure)). It counts as
///   its most likely class and keeps its rank. If it is among the weakest of too many, it stays,
///   **no other picture is removed in its place**, and it becomes one of [`Plan::questions`]. A
///   near-duplicate of unsure class stays too, counts as nothing and is a question; its keeper
///   cannot be removed either, because the near-duplicate would take its place. Pictures that a
///   person wants removed are removed however unsure they are.
///
/// # Half a plan
///
/// [`Scope::DeleteOnly`] and [`Scope::GenerateOnly`] do their half of the full plan. Only pictures
/// below a floor differ, because replacing takes both halves: with removals only they are removed
/// as far as they are excess, with generations only no replacement is generated. Replacements for
/// near-duplicates and for pictures that a person wants removed are generated, because those count
/// as nothing. Without removals there are no questions.
///
/// # Repeating a plan
///
/// Planning again after a plan was carried out gives an empty plan, unless there are questions or
/// [`Policy::max_replace`] or the scope held something back. Repeating ends in that case
/// too.
pub fn plan(set: &Inventory, protection: &Protection, policy: &Policy) -> Plan {
    let groups = groups(set, protection);
    let mut decisions = Decisions::new(protection, policy.scope);
    // The first rule to decide about a picture gives the reason, so the strongest rules come first.
    decisions.unreadable(set, policy);
    decisions.by_hand(set);
    decisions.duplicates(&groups);

    let before: ClassCounts = groups.iter().map(|group| group.keeper.class).collect();
    let target = policy.target.counts();
    // An unwanted picture is the keeper only if its whole group is unwanted.
    let remaining: Vec<&Group<'_>> = groups
        .iter()
        .filter(|group| !protection.wants_removed(group.keeper.name))
        .collect();
    let below_floor = decisions.find_below_floor(&remaining, policy);
    let goal = Goal::new(&remaining, &below_floor, policy);
    let mut surplus = goal.surplus();
    let replaced = decisions.remove_below_floor(&below_floor, policy, &mut surplus);
    // Pictures below a floor have their decision, and `surplus` no longer includes them.
    let others = remaining.into_iter().filter(|group| {
        below_floor
            .iter()
            .all(|poor| poor.keeper.name != group.keeper.name)
    });
    decisions.excess(others, &before, &target, surplus);

    let generate = if policy.scope == Scope::DeleteOnly {
        ClassCounts::default()
    } else {
        let missing = goal.missing();
        ClassCounts::from_fn(|class| missing[class] + replaced[class])
    };
    // Removing a keeper lowers the count of its class; removing another member of a group does not.
    let mut keepers_removed = ClassCounts::default();
    let mut removed = ClassCounts::default();
    for group in &groups {
        keepers_removed[group.keeper.class] += usize::from(decisions.is_removed(group.keeper.name));
        for member in std::iter::once(&group.keeper).chain(&group.others) {
            removed[member.class] += usize::from(decisions.is_removed(member.name));
        }
    }
    let questions = decisions.questions();
    let decisions = decisions.finish(set, |class| {
        if goal.is_current {
            Reason::SetIsBalanced
        } else {
            let wanted = target[class];
            Reason::WithinTarget { wanted }
        }
    });
    Plan {
        is_balanced: goal.is_balanced,
        before,
        target,
        after: ClassCounts::from_fn(|class| {
            before[class] - keepers_removed[class] + generate[class]
        }),
        generate,
        replace: ClassCounts::from_fn(|class| removed[class].min(generate[class])),
        questions,
        decisions,
    }
}

/// The counts that the set should reach.
struct Goal {
    /// Number of pictures of each class, including those below a floor.
    have: ClassCounts,
    /// Number of pictures of each class to reach: those of the set, or of its pictures that are not
    /// below a floor, if they meet the target; else the target's.
    counts: ClassCounts,
    /// Whether `counts` are the set's own and not the target's.
    is_current: bool,
    /// Whether the set's own counts meet the target, even if the policy is `exact`.
    is_balanced: bool,
}

impl Goal {
    fn new(remaining: &[&Group<'_>], below_floor: &[BelowFloor<'_>], policy: &Policy) -> Self {
        let have: ClassCounts = remaining.iter().map(|group| group.keeper.class).collect();
        let poor: ClassCounts = below_floor.iter().map(|poor| poor.keeper.class).collect();
        let sound = ClassCounts::from_fn(|class| have[class] - poor[class]);
        let target = policy.target.counts();
        // All pictures first: if they meet the target, those below a floor have to be replaced.
        let met = [have, sound]
            .into_iter()
            .find(|counts| policy.target.is_met_by(counts, policy.tolerance));
        let own = met.filter(|counts| !policy.exact || *counts == target);
        Self {
            have,
            counts: own.unwrap_or(target),
            is_current: own.is_some(),
            is_balanced: met.is_some(),
        }
    }

    fn surplus(&self) -> ClassCounts {
        ClassCounts::from_fn(|class| self.have[class].saturating_sub(self.counts[class]))
    }

    fn missing(&self) -> ClassCounts {
        ClassCounts::from_fn(|class| self.counts[class].saturating_sub(self.have[class]))
    }
}
