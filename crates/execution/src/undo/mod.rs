//! Undoes runs.

pub mod check;
pub mod decision;
pub mod restorable;
pub mod run;

pub use run::{ActorUndo, UndoReport, UndoStatus, resume, undo};
