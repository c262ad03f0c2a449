//! The decision itself.

use crate::decision::{Plan, Reason};
use crate::decisions::{Fates, Poor};
use crate::groups::{Group, groups};
use crate::policy::{Policy, Scope};
use crate::set::{Inventory, Protection};
use tdbal_types::ClassCounts;

/// Decides about a set.
///
/// **What counts.** Each group of near-duplicates counts once, as the one that stands for it: the
/// keeper that evidence named, or one that a person marked to be kept, and never one that a person
/// wants removed while there is another. What a person wants removed is counted in
/// [`Plan::before`] and otherwise treated as gone. What does not decode counts as nothing.
///
/// **A set that meets the target keeps everything** (unless the policy is `exact`) but what should not
/// be there at all. It is enough that the different pictures meet it, or those that are left of them
/// without the poor. A poor picture of such a set is replaced by one of its own class, where the set
/// would not meet the target without it; nothing else of it is touched.
///
/// **Any other set ends exactly on the target.** This leaves, in this order:
/// 1. what a person wants removed, whatever its class;
/// 2. near-duplicates beyond the one that stands for them, also from a set that meets the target;
/// 3. what is *surely* below the floor of its class, the worst first. As far as there is too much of
///    its class it leaves for nothing; besides, at most [`Policy::max_replace`] of all classes
///    together leave, and each is generated anew;
/// 4. of each class of which there still is too much the weakest: lowest quality first, then the
///    fewest pixels, then the last name bytewise.
///
/// Of each class short of its count the rest is generated. So a class is removed and generated only
/// as far as something is replaced: of each class no more than [`Plan::replace`] are both.
///
/// **What holds a picture**, the strongest first:
/// - A person's mark to keep it. It holds its place in the counts, and the next weakest of its class
///   goes instead of it, as long as there is one; as a near-duplicate it stays and counts as nothing.
/// - A set that is good: nothing leaves, not even what a person wants removed. What is missing is
///   generated.
/// - A scope without removals: what would go is named with that reason and counts as it would.
/// - Doubt ([`Confidence::Unsure`](tdbal_types::Confidence::Unsure)): such a picture holds its place
///   in the counts as its likeliest class, and its place in the ranking: where it is among the
///   weakest that are too many, it stays, **nothing leaves in its stead**, and it becomes one of
///   [`Plan::questions`]. A near-duplicate in doubt stays as well, counts as nothing and is a
///   question; as long as it stays its keeper cannot leave either, since it would take its place. A
///   person's wish to remove it needs no certainty.
///
/// **Half a plan.** With [`Scope::DeleteOnly`] and [`Scope::GenerateOnly`] what is asked for is done as
/// in the whole plan, but for the poor: to replace takes both halves. With removals only they leave as
/// far as there is too much of their class; with generations only nothing is made in their stead. In
/// the stead of near-duplicates and of what a person wants removed it is, since they count as
/// nothing. Without removals there are no questions.
///
/// **Afterwards there is nothing left to do.** A set for which a plan was carried out has an empty plan,
/// as long as nobody has to be asked and nothing poor was held back by [`Policy::max_replace`] or the
/// scope; where something was, repeating it comes to an end.
pub fn plan(set: &Inventory, protection: &Protection, policy: &Policy) -> Plan {
    let groups = groups(set, protection);
    let mut fates = Fates::new(protection, policy.scope);
    fates.unreadable(set, policy);
    fates.by_hand(set);
    fates.duplicates(&groups);

    let before: ClassCounts = groups.iter().map(|group| group.keeper.class).collect();
    let target = policy.target.counts();
    // Where the keeper is wanted removed, so are all of its group: it is as good as gone.
    let standing: Vec<&Group<'_>> = groups
        .iter()
        .filter(|group| !protection.wants_removed(group.keeper.name))
        .collect();
    let poor = fates.poor(&standing, policy);
    let goal = Goal::of(&standing, &poor, policy);
    let mut surplus = goal.surplus();
    let replaced = fates.below_floor(&poor, policy, &mut surplus);
    let others = standing.into_iter().filter(|group| {
        poor.iter()
            .all(|poor| poor.keeper.name != group.keeper.name)
    });
    fates.excess(others, &before, &target, surplus);

    let generate = if policy.scope == Scope::DeleteOnly {
        ClassCounts::default()
    } else {
        let missing = goal.missing();
        ClassCounts::from_fn(|class| missing[class] + replaced[class])
    };
    let mut left = ClassCounts::default();
    let mut removed = ClassCounts::default();
    for group in &groups {
        left[group.keeper.class] += usize::from(fates.leaves(group.keeper.name));
        for member in std::iter::once(&group.keeper).chain(&group.others) {
            removed[member.class] += usize::from(fates.leaves(member.name));
        }
    }
    let questions = fates.questions();
    let decisions = fates.decisions(set, |class| {
        if goal.is_kept_as_it_is {
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
        after: ClassCounts::from_fn(|class| before[class] - left[class] + generate[class]),
        generate,
        replace: ClassCounts::from_fn(|class| removed[class].min(generate[class])),
        questions,
        decisions,
    }
}

/// What the set is to become.
struct Goal {
    /// What stands, the poor included.
    have: ClassCounts,
    /// How many of each class there should be of it: its own counts, or those of what is sound, where
    /// they are good enough, and else the target's.
    counts: ClassCounts,
    /// Whether they are its own or those of what is sound.
    is_kept_as_it_is: bool,
    /// Whether they could be, if the policy were not `exact`.
    is_balanced: bool,
}

impl Goal {
    fn of(standing: &[&Group<'_>], poor: &[Poor<'_>], policy: &Policy) -> Self {
        let have: ClassCounts = standing.iter().map(|group| group.keeper.class).collect();
        let of_poor: ClassCounts = poor.iter().map(|poor| poor.keeper.class).collect();
        let sound = ClassCounts::from_fn(|class| have[class] - of_poor[class]);
        let target = policy.target.counts();
        let met = [have, sound]
            .into_iter()
            .find(|counts| policy.target.is_met_by(counts, policy.tolerance));
        let own = met.filter(|counts| !policy.exact || *counts == target);
        Self {
            have,
            counts: own.unwrap_or(target),
            is_kept_as_it_is: own.is_some(),
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
