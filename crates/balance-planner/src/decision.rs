//! What is decided, about each picture and about the set.

use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{ClassCounts, ImageClass, ImageName, Quality};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Nearly the same picture is there already.
    Duplicate {
        /// The one that stands for them all.
        of: ImageName,
    },
    /// As [`Reason::Duplicate`], but removals were not asked for.
    DuplicateKept {
        /// The one that stands for them all.
        of: ImageName,
    },
    /// Its quality is below what its class should have at least.
    BelowFloor {
        /// How good it is.
        quality: Quality,
        /// What its class should have at least.
        floor: Quality,
    },
    /// As [`Reason::BelowFloor`], but only one half of a plan was asked for, and replacing takes both.
    BelowFloorKept {
        /// How good it is.
        quality: Quality,
        /// What its class should have at least.
        floor: Quality,
    },
    /// As [`Reason::BelowFloor`], but as many as may be replaced at once are replaced already.
    ReplaceLimit {
        /// How good it is.
        quality: Quality,
        /// What its class should have at least.
        floor: Quality,
        /// How many may be replaced at once.
        limit: usize,
    },
    /// A person wants it removed.
    RemovedByHand,
    /// As [`Reason::RemovedByHand`], but removals were not asked for.
    RemovalPostponed,
    /// It would go, but it is not certain enough what it is: nothing goes in its stead until a person
    /// said so.
    Unsure {
        /// The likeliest class, as which it is counted.
        class: ImageClass,
    },
    /// It would go, but a near-duplicate of it that must stay, because it is not certain what that is,
    /// would take its place.
    TwinUnsure {
        /// The near-duplicate.
        twin: ImageName,
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
            Self::Excess { have, wanted } => write!(
                f,
                "{have} of its class where {wanted} are wanted, and among the weakest"
            ),
            Self::ExcessKept { have, wanted } => write!(
                f,
                "{have} of its class where {wanted} are wanted, but this run removes nothing"
            ),
            Self::Duplicate { of } => write!(f, "nearly the same as {of}"),
            Self::DuplicateKept { of } => {
                write!(f, "nearly the same as {of}, but this run removes nothing")
            }
            Self::BelowFloor { quality, floor } => {
                write!(f, "quality {quality} where at least {floor} is wanted")
            }
            Self::BelowFloorKept { quality, floor } => write!(
                f,
                "quality {quality} where at least {floor} is wanted, but this run replaces nothing"
            ),
            Self::ReplaceLimit {
                quality,
                floor,
                limit,
            } => write!(
                f,
                "quality {quality} where at least {floor} is wanted, but no more than {limit} are \
                 replaced at once"
            ),
            Self::RemovedByHand => f.write_str("a person wants it removed"),
            Self::RemovalPostponed => {
                f.write_str("a person wants it removed, but this run removes nothing")
            }
            Self::Unsure { class } => write!(
                f,
                "it would go, but is not certain to be {}: a person should say what it is",
                class.title()
            ),
            Self::TwinUnsure { twin } => write!(
                f,
                "it would go, but {twin} is nearly the same and must stay until a person said what \
                 it is"
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
    /// Whether the set was good enough before: the total of its different pictures, or of the sound
    /// ones among them, is the target's, and every class is within the tolerance. What a person
    /// wants removed is left out of that.
    pub is_balanced: bool,
    /// How many different pictures were assessed: near-duplicates count once.
    pub before: ClassCounts,
    /// How many there should be.
    pub target: ClassCounts,
    /// How many different ones there will be if everything wanted comes. It is not the target where
    /// only half a plan was wanted, where there are questions, or where protected pictures are more
    /// than the target has room for.
    pub after: ClassCounts,
    /// How many pictures to generate.
    pub generate: ClassCounts,
    /// How many of them stand in for pictures of their class that leave: duplicates, poor ones, and
    /// what a person wants removed.
    #[serde(default)]
    pub replace: ClassCounts,
    /// Pictures that would leave if it were certain what they are, the most useful to know first: a
    /// person should say what they are. Where there are any, the set needs review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<ImageName>,
    /// One decision for every picture, sorted by name.
    pub decisions: Vec<Decision>,
}

impl Plan {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.generate.is_empty() && self.count(Action::Remove) == 0
    }

    /// Whether a person has to say what pictures are before the set can be brought to its target.
    pub const fn needs_review(&self) -> bool {
        !self.questions.is_empty()
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
