//! Actors on disk, in the real formats, with coded pictures: the truth about each is known.

mod actor;
mod folder;

pub use actor::{ActorBuilder, Picture};
pub use folder::{DataSet, Truth};
