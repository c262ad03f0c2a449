//! The state of an actor's part of a run, derived from the records of its journal and nothing else:
//! the same records always give the same state.

mod apply;
mod queries;
mod types;

pub use types::{
    ActorManifestWrite, ActorState, ChangeState, Inspection, NewFile, Order, OrderState, Paid,
    Reinstatement, Undo,
};

#[cfg(test)]
mod tests;
