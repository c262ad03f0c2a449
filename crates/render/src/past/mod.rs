//! What runs did, how far they came, what is in the trash, what was undone.

mod history;
mod progress;
mod trash;
mod undo;

pub use history::{history, runs};
pub use progress::progress;
pub use trash::trash;
pub use undo::undo;
