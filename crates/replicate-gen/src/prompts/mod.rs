//! The prompt catalogue, and the choice of prompts for an actor.

mod catalogue;
mod descriptor;
mod entries;
mod error;
mod file;
mod queue;

pub use catalogue::Catalogue;
pub use descriptor::descriptor;
pub use error::CatalogueError;
pub use queue::{PromptQueue, choose};
