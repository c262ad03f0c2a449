//! The result of planning: one decision for each picture, and what to generate.

use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{ClassCounts, ImageClass, ImageName, Quality};

/// What happens to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The picture stays.
    Keep,
    /// The picture is removed.
    Remove,
    /// The picture stays, and a person should look at it.
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

/// Why an action was chosen for a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Reason {
    /// The set meets its target, so nothing needs to change.
    SetIsBalanced,
    /// The picture is among the best of its class, as many as the target has places.
    WithinTarget {
        /// Number of pictures of this class in the target.
        wanted: usize,
    },
    /// The class has more pictures than the target, and this is one of the weakest.
    Excess {
        /// Number of pictures of this class in the set.
        have: usize,
        /// Number of pictures of this class in the target.
        wanted: usize,
    },
    /// Like [`Reason::Excess`], but the scope excludes removals.
    ExcessKept {
        /// Number of pictures of this class in the set.
        have: usize,
        /// Number of pictures of this class in the target.
        wanted: usize,
    },
    /// The picture is a near-duplicate of another one that represents both.
    Duplicate {
        /// The picture that represents the group of near-duplicates.
        of: ImageName,
    },
    /// Like [`Reason::Duplicate`], but the scope excludes removals.
    DuplicateKept {
        /// The picture that represents the group of near-duplicates.
        of: ImageName,
    },
    /// The quality is below the minimum for the class.
    BelowFloor {
        /// The quality of the picture.
        quality: Quality,
        /// The minimum quality for its class.
        floor: Quality,
    },
    /// Like [`Reason::BelowFloor`], but the scope excludes either removals or generations, and a
    /// replacement needs both.
    BelowFloorKept {
        /// The quality of the picture.
        quality: Quality,
        /// The minimum quality for its class.
        floor: Quality,
    },
    /// Like [`Reason::BelowFloor`], but the plan already replaces as many pictures as
    /// [`Policy::max_replace`](crate::Policy::max_replace) allows.
    ReplaceLimit {
        /// The quality of the picture.
        quality: Quality,
        /// The minimum quality for its class.
        floor: Quality,
        /// Maximum number of pictures that one plan replaces for their quality.
        limit: usize,
    },
    /// A person asked to remove the picture.
    RemovedByHand,
    /// Like [`Reason::RemovedByHand`], but the scope excludes removals.
    RemovalPostponed,
    /// The picture would be removed, but its class is unsure. No other picture is removed in its
    /// place until a person has confirmed the class.
    Unsure {
        /// The most likely class, which the picture is counted as.
        class: ImageClass,
    },
    /// The picture would be removed, but a near-duplicate of unsure class has to stay and would
    /// take its place.
    TwinUnsure {
        /// The near-duplicate of unsure class.
        twin: ImageName,
    },
    /// The picture would be removed, but a person asked to keep it.
    KeptByHand,
    /// The picture would be removed, but the actor manifest marks the training data as good, so
    /// nothing is removed.
    SetIsGood,
    /// The file does not decode.
    Unreadable,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetIsBalanced => f.write_str("the set is balanced"),
            Self::WithinTarget { wanted: 1 } => f.write_str("the best of its class"),
            Self::WithinTarget { wanted } => write!(f, "among the best {wanted} of its class"),
            Self::Excess { have, wanted } => {
                write_class_counts(f, *have, *wanted)?;
                f.write_str(", and this is one of the weakest")
            }
            Self::ExcessKept { have, wanted } => {
                write_class_counts(f, *have, *wanted)?;
                f.write_str(", but this run removes nothing")
            }
            Self::Duplicate { of } => write!(f, "near-duplicate of {of}"),
            Self::DuplicateKept { of } => {
                write!(f, "near-duplicate of {of}, but this run removes nothing")
            }
            Self::BelowFloor { quality, floor } => {
                write!(f, "quality {quality} is below the minimum of {floor}")
            }
            Self::BelowFloorKept { quality, floor } => write!(
                f,
                "quality {quality} is below the minimum of {floor}, but this run replaces nothing"
            ),
            Self::ReplaceLimit {
                quality,
                floor,
                limit,
            } => write!(
                f,
                "quality {quality} is below the minimum of {floor}, but the replacement limit \
                 ({limit}) is reached"
            ),
            Self::RemovedByHand => f.write_str("removed at a person's request"),
            Self::RemovalPostponed => {
                f.write_str("a person asked to remove it, but this run removes nothing")
            }
            Self::Unsure { class } => write!(
                f,
                "would be removed, but it is not certain to be {}: a person needs to confirm its \
                 class",
                class.title()
            ),
            Self::TwinUnsure { twin } => write!(
                f,
                "would be removed, but a person needs to confirm the class of its near-duplicate \
                 {twin} first"
            ),
            Self::KeptByHand => f.write_str("kept at a person's request"),
            Self::SetIsGood => f.write_str(
                "the actor manifest marks the training data as good, so nothing is removed",
            ),
            Self::Unreadable => f.write_str("the picture cannot be decoded"),
        }
    }
}

fn write_class_counts(f: &mut fmt::Formatter<'_>, have: usize, wanted: usize) -> fmt::Result {
    let pictures = if have == 1 { "picture" } else { "pictures" };
    write!(f, "{have} {pictures} of its class, target {wanted}")
}

/// The decision about one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The name of the picture.
    pub name: ImageName,
    /// What happens to the picture.
    pub action: Action,
    /// Why this action was chosen.
    pub reason: Reason,
}

/// The plan for a set: one decision for each picture, and what to generate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whether the set met its target before: the distinct pictures, or those of them that are not
    /// below a quality floor, have the target's total, with every class within the tolerance.
    /// Pictures that a person wants removed are left out.
    pub is_balanced: bool,
    /// Number of distinct pictures of each class before; near-duplicates count once.
    pub before: ClassCounts,
    /// Number of pictures of each class in the target.
    pub target: ClassCounts,
    /// Number of distinct pictures of each class afterwards, if every generation succeeds. Differs
    /// from the target if the set is balanced as it is, if the scope excludes removals or
    /// generations, if there are questions, or if there are more protected pictures than places.
    pub after: ClassCounts,
    /// Number of pictures of each class to generate.
    pub generate: ClassCounts,
    /// Number of generated pictures of each class that replace removed ones: near-duplicates,
    /// pictures below a quality floor, and pictures that a person wants removed.
    #[serde(default)]
    pub replace: ClassCounts,
    /// Pictures that would be removed if their class were certain, the most useful to confirm
    /// first. The set needs review if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<ImageName>,
    /// One decision for each picture of the set, sorted by name.
    pub decisions: Vec<Decision>,
}

impl Plan {
    /// Whether the plan neither removes nor generates anything.
    pub fn is_empty(&self) -> bool {
        self.generate.is_empty() && self.count(Action::Remove) == 0
    }

    /// Whether a person has to confirm some classes before the set can reach its target.
    pub const fn needs_review(&self) -> bool {
        !self.questions.is_empty()
    }

    /// Number of pictures with this action.
    pub fn count(&self, action: Action) -> usize {
        self.with(action).count()
    }

    /// The decisions with this action, sorted by name.
    pub fn with(&self, action: Action) -> impl Iterator<Item = &Decision> {
        self.decisions
            .iter()
            .filter(move |decision| decision.action == action)
    }
}
