//! What runs did, what is in the trash, what was undone.

mod history;
mod trash;
mod undo;

pub use history::{history, runs};
pub use trash::trash;
pub use undo::undo;
