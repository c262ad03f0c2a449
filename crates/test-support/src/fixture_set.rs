//! Source of the demonstration set in `fixtures/`: its actors, the problems of their sets and the
//! expected results, and the code that writes all of it to files.

mod cast;
mod index;
mod manifests;
mod member;
mod prompts;
mod replies;
mod write;

pub use write::write;
