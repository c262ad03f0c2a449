//! Decides which pictures of a set stay, which go, and what is to be generated.
//!
//! [`plan`] is pure: the same set, protection and policy always give the same plan. It rests on counts
//! made here; no sum, list or wish of a model reaches it. What a person said must not be removed
//! ([`Protection`]) is stronger than the target.
//!
//! ```
//! use balance_planner::{Action, PictureState, Policy, Protection, plan};
//! use tdbal_types::{ImageClass, ImageName, Quality};
//!
//! let set = (1..=20)
//!     .map(|number| {
//!         let class = match number {
//!             1..=16 => ImageClass::Photorealistic,
//!             17..=18 => ImageClass::BwStylized,
//!             _ => ImageClass::ColorStylized,
//!         };
//!         let quality = Quality::new(number % 10 + 1)?;
//!         let name = ImageName::new(format!("9001_{number:02}.png"))?;
//!         Ok((name, PictureState::Assessed { class, quality, pixels: 1_000_000 }))
//!     })
//!     .collect::<Result<_, Box<dyn std::error::Error>>>()?;
//! let free = plan(&set, &Protection::default(), &Policy::default());
//! assert_eq!(free.count(Action::Remove), 3);
//! assert_eq!(free.generate.to_string(), "0/2/1");
//! assert_eq!(free.after.to_string(), "13/4/3");
//!
//! let good = Protection { set_is_good: true, ..Protection::default() };
//! let plan = plan(&set, &good, &Policy::default());
//! assert_eq!(plan.count(Action::Remove), 0);
//! assert_eq!(plan.after.to_string(), "16/4/3");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tdbal_types::{ClassCounts, ImageClass, ImageName, Quality, Target, Tolerance};

/// The pictures of one actor by name, so that their order cannot matter and none is there twice.
pub type Inventory = BTreeMap<ImageName, PictureState>;

/// What is known of a picture when it is decided about. What was not assessed has no place here:
/// such a set is not planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureState {
    /// It was looked at.
    Assessed {
        /// Its class.
        class: ImageClass,
        /// How good it is.
        quality: Quality,
        /// Its width times its height, in pixels.
        pixels: u64,
    },
    /// Its bytes were fetched and do not decode.
    Unreadable,
}

/// What a person said must not be removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Pictures marked by hand (`tdbal keep`). A name that is not in the set means nothing.
    pub kept: BTreeSet<ImageName>,
    /// The actor manifest says `training_data_good: true`: nothing of this actor is removed.
    pub set_is_good: bool,
}

/// Which of the two halves of a plan are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Removals and generations.
    #[default]
    Both,
    /// Removals only.
    DeleteOnly,
    /// Generations only.
    GenerateOnly,
}

/// How to decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// What the set should be.
    pub target: Target,
    /// How near is near enough.
    pub tolerance: Tolerance,
    /// Whether a set within tolerance is still brought to the target's exact counts.
    pub exact: bool,
    /// Whether pictures that do not decode are removed.
    pub remove_unreadable: bool,
    /// Which of the two halves are wanted.
    pub scope: Scope,
}

/// What happens to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It stays.
    Keep,
    /// It goes.
    Remove,
    /// It stays, and a person should look at it.
    Review,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Review => "review",
        })
    }
}

/// Why it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Reason {
    /// The set is good enough as it is.
    SetIsBalanced,
    /// It is among the best of its class, of which so many are wanted.
    WithinTarget {
        /// How many of its class are wanted.
        wanted: usize,
    },
    /// There are more of its class than wanted, and this is one of the weakest.
    Excess {
        /// How many of its class there are.
        have: usize,
        /// How many of its class are wanted.
        wanted: usize,
    },
    /// As [`Reason::Excess`], but removals were not asked for.
    ExcessKept {
        /// How many of its class there are.
        have: usize,
        /// How many of its class are wanted.
        wanted: usize,
    },
    /// It would go, but a person marked it: it stays whatever its class, quality or readability.
    KeptByHand,
    /// It would go, but the actor manifest says that the set is good, so nothing is removed.
    SetIsGood,
    /// It does not decode.
    Unreadable,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetIsBalanced => f.write_str("the set is balanced"),
            Self::WithinTarget { wanted } => write!(f, "among the best {wanted} of its class"),
            Self::Excess { have, wanted } => {
                write!(
                    f,
                    "{have} of its class where {wanted} are wanted, and among the weakest"
                )
            }
            Self::ExcessKept { have, wanted } => write!(
                f,
                "{have} of its class where {wanted} are wanted, but this run removes nothing"
            ),
            Self::KeptByHand => f.write_str("it was marked by hand to be kept"),
            Self::SetIsGood => f.write_str(
                "the actor manifest says that the training data is good, so nothing is removed",
            ),
            Self::Unreadable => f.write_str("it cannot be read"),
        }
    }
}

/// What was decided about one picture, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The picture.
    pub name: ImageName,
    /// What happens to it.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// What is to be done with a set: one decision for every picture, and what is to be generated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whether the set was good enough before: its total is the target's, and every class is within
    /// the tolerance.
    pub is_balanced: bool,
    /// How many assessed pictures there were.
    pub before: ClassCounts,
    /// How many there should be.
    pub target: ClassCounts,
    /// How many there will be if everything wanted comes. It is not the target where only half a plan
    /// was wanted, or where protected pictures are more than the target has room for.
    pub after: ClassCounts,
    /// How many pictures to generate.
    pub generate: ClassCounts,
    /// One decision for every picture, sorted by name.
    pub decisions: Vec<Decision>,
}

impl Plan {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.generate.is_empty() && self.count(Action::Remove) == 0
    }

    /// How many pictures meet this fate.
    pub fn count(&self, action: Action) -> usize {
        self.with(action).count()
    }

    /// The decisions of one kind, by name.
    pub fn with(&self, action: Action) -> impl Iterator<Item = &Decision> {
        self.decisions
            .iter()
            .filter(move |decision| decision.action == action)
    }
}

/// Decides about a set.
///
/// A set that meets the target keeps everything (unless the policy is `exact`). In any other, of each
/// class beyond its count the weakest go: lowest quality first, then the fewest pixels, then the last
/// name bytewise; and of each class short of its count the rest is generated. So no class is both
/// removed and generated, and the set ends exactly on the target.
///
/// What is protected never goes and holds its place in the counts: where a weak picture was marked by
/// hand, the next weakest of its class goes instead of it, as long as there is one. So the set can
/// end with more than the target, and a plan carried out still leaves nothing to do.
pub fn plan(set: &Inventory, protection: &Protection, policy: &Policy) -> Plan {
    let before: ClassCounts = set
        .values()
        .filter_map(|state| match state {
            PictureState::Assessed { class, .. } => Some(*class),
            PictureState::Unreadable => None,
        })
        .collect();
    let target = policy.target.counts();
    let is_balanced = policy.target.is_met_by(&before, policy.tolerance);
    let stays_as_it_is = is_balanced && !(policy.exact && before != target);
    let weakest = if stays_as_it_is {
        BTreeSet::new()
    } else {
        weakest(set, &protection.kept, &before, &target)
    };
    let removes = policy.scope != Scope::GenerateOnly;
    let kept = |name| protection.kept.contains(name);

    let mut removed = ClassCounts::default();
    let mut decisions = Vec::with_capacity(set.len());
    for (name, state) in set {
        let (action, reason) = match *state {
            PictureState::Unreadable if policy.remove_unreadable && removes => {
                if kept(name) {
                    (Action::Keep, Reason::KeptByHand)
                } else if protection.set_is_good {
                    (Action::Review, Reason::SetIsGood)
                } else {
                    (Action::Remove, Reason::Unreadable)
                }
            }
            PictureState::Unreadable => (Action::Review, Reason::Unreadable),
            PictureState::Assessed { .. } if stays_as_it_is => {
                (Action::Keep, Reason::SetIsBalanced)
            }
            PictureState::Assessed { class, .. } => {
                let (have, wanted) = (before[class], target[class]);
                if !weakest.contains(name) {
                    (Action::Keep, Reason::WithinTarget { wanted })
                } else if kept(name) {
                    (Action::Keep, Reason::KeptByHand)
                } else if protection.set_is_good {
                    (Action::Keep, Reason::SetIsGood)
                } else if removes {
                    removed[class] += 1;
                    (Action::Remove, Reason::Excess { have, wanted })
                } else {
                    (Action::Keep, Reason::ExcessKept { have, wanted })
                }
            }
        };
        decisions.push(Decision {
            name: name.clone(),
            action,
            reason,
        });
    }

    let generate = if stays_as_it_is || policy.scope == Scope::DeleteOnly {
        ClassCounts::default()
    } else {
        ClassCounts::from_fn(|class| target[class].saturating_sub(before[class]))
    };
    let after = ClassCounts::from_fn(|class| before[class] - removed[class] + generate[class]);
    Plan {
        is_balanced,
        before,
        target,
        after,
        generate,
        decisions,
    }
}

/// The pictures of each class that would go if they were not kept: from the weakest on, as many that
/// are not kept as the class has too many, and the kept ones that are passed on the way.
fn weakest<'a>(
    set: &'a Inventory,
    kept: &BTreeSet<ImageName>,
    before: &ClassCounts,
    target: &ClassCounts,
) -> BTreeSet<&'a ImageName> {
    let mut found = BTreeSet::new();
    for of_class in ImageClass::ALL {
        let mut ranked: Vec<(Quality, u64, Reverse<&ImageName>)> = set
            .iter()
            .filter_map(|(name, state)| match *state {
                PictureState::Assessed {
                    class,
                    quality,
                    pixels,
                } if class == of_class => Some((quality, pixels, Reverse(name))),
                _ => None,
            })
            .collect();
        ranked.sort_unstable();
        let mut excess = before[of_class].saturating_sub(target[of_class]);
        for (_, _, Reverse(name)) in ranked {
            if excess == 0 {
                break;
            }
            if !kept.contains(name) {
                excess -= 1;
            }
            found.insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests;
