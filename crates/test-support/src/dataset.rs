//! Data folders for tests: actors in the real file formats with coded pictures whose class and
//! quality are known.

mod actor;
mod folder;

pub use actor::{ActorBuilder, Picture};
pub use folder::{DataSet, Truth};
