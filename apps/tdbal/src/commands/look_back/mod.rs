//! Commands about the state of the data set and about what earlier runs did to it.

mod log;
mod stats;
mod trash;
mod undo;

pub(crate) use log::log;
pub(crate) use stats::stats;
pub(crate) use trash::trash;
pub(crate) use undo::undo;
