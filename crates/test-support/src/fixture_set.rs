//! The demonstration set in `fixtures/`: who is in it, what is wrong with each set and what is
//! expected to be done about it, written out as files.

mod cast;
mod index;
mod manifests;
mod member;
mod prompts;
mod replies;
mod write;

pub use write::write;
