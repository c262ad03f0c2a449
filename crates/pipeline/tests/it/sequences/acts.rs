//! What can happen in a sequence, and how often.

use proptest::prelude::*;
use proptest::sample::Index;

/// The first has an object for every picture, the second only its folder.
pub(super) const ACTORS: [&str; 2] = ["9001_bucket", "9002_folder"];
/// Sets of four, of which two or one differ from one to the next.
pub(super) const TARGETS: [&str; 3] = [
    "total=4,photorealistic=50,bw_stylized=25,color_stylized=25",
    "total=4,photorealistic=25,bw_stylized=50,color_stylized=25",
    "total=4,photorealistic=25,bw_stylized=0,color_stylized=75",
];

#[derive(Debug, Clone)]
pub(super) enum Act {
    Plan,
    Execute(Doing),
    Resume,
    /// Of the latest run that changed something and still stands, or of any run.
    Undo {
        of: Option<Index>,
        death: Option<Death>,
    },
    Add {
        actor: usize,
        class: usize,
    },
    Delete {
        actor: usize,
        which: Index,
    },
    Keep {
        actor: usize,
        which: Index,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Doing {
    pub(super) target: usize,
    pub(super) death: Option<Death>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Death {
    pub(super) at: i64,
    pub(super) does_last: bool,
}

fn death() -> impl Strategy<Value = Option<Death>> {
    let death = (1..90_i64, any::<bool>());
    prop::option::weighted(
        0.6,
        death.prop_map(|(at, does_last)| Death { at, does_last }),
    )
}

fn own_act() -> impl Strategy<Value = Act> {
    let execute = (0..TARGETS.len(), death());
    let undo = (prop::option::weighted(0.3, any::<Index>()), death());
    prop_oneof![
        1 => Just(Act::Plan),
        4 => execute.prop_map(|(target, death)| Act::Execute(Doing { target, death })),
        1 => Just(Act::Resume),
        3 => undo.prop_map(|(of, death)| Act::Undo { of, death }),
    ]
}

fn any_act() -> impl Strategy<Value = Act> {
    let actor = || 0..ACTORS.len();
    prop_oneof![
        4 => own_act(),
        1 => (actor(), 0..3_usize).prop_map(|(actor, class)| Act::Add { actor, class }),
        1 => (actor(), any::<Index>()).prop_map(|(actor, which)| Act::Delete { actor, which }),
        1 => (actor(), any::<Index>()).prop_map(|(actor, which)| Act::Keep { actor, which }),
    ]
}

pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop_oneof![
        prop::collection::vec(own_act(), 1..7),
        prop::collection::vec(any_act(), 2..9),
    ]
}
