//! The actions of a sequence and their frequencies.

use proptest::prelude::*;
use proptest::sample::Index;

/// The first actor has an object for every picture, the second only its folder.
pub(super) const ACTORS: [&str; 2] = ["9001_bucket", "9002_folder"];
/// Targets of four pictures that differ by one or two pictures.
pub(super) const TARGETS: [&str; 3] = [
    "total=4,photorealistic=50,bw_stylized=25,color_stylized=25",
    "total=4,photorealistic=25,bw_stylized=50,color_stylized=25",
    "total=4,photorealistic=25,bw_stylized=0,color_stylized=75",
];

#[derive(Debug, Clone)]
pub(super) enum Action {
    Plan,
    Execute(Execution),
    Resume,
    /// Undoes the latest run whose change still stands, or the run at this index.
    Undo {
        of: Option<Index>,
        crash: Option<Crash>,
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
pub(super) struct Execution {
    pub(super) target: usize,
    pub(super) crash: Option<Crash>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Crash {
    pub(super) at: i64,
    pub(super) completes: bool,
}

fn crash() -> impl Strategy<Value = Option<Crash>> {
    let crash = (1..90_i64, any::<bool>());
    prop::option::weighted(
        0.6,
        crash.prop_map(|(at, completes)| Crash { at, completes }),
    )
}

fn program_action() -> impl Strategy<Value = Action> {
    let execute = (0..TARGETS.len(), crash());
    let undo = (prop::option::weighted(0.3, any::<Index>()), crash());
    prop_oneof![
        1 => Just(Action::Plan),
        4 => execute.prop_map(|(target, crash)| Action::Execute(Execution { target, crash })),
        1 => Just(Action::Resume),
        3 => undo.prop_map(|(of, crash)| Action::Undo { of, crash }),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    let actor = || 0..ACTORS.len();
    prop_oneof![
        4 => program_action(),
        1 => (actor(), 0..3_usize).prop_map(|(actor, class)| Action::Add { actor, class }),
        1 => (actor(), any::<Index>()).prop_map(|(actor, which)| Action::Delete { actor, which }),
        1 => (actor(), any::<Index>()).prop_map(|(actor, which)| Action::Keep { actor, which }),
    ]
}

pub(super) fn actions() -> impl Strategy<Value = Vec<Action>> {
    prop_oneof![
        prop::collection::vec(program_action(), 1..7),
        prop::collection::vec(any_action(), 2..9),
    ]
}
