//! One change of a set: locked, verified, committed, and everything that follows from the commit.

pub mod actor_manifest;
pub mod commit;
pub mod guards;
pub mod lock;
pub mod mover;
pub mod new_files;
pub mod remove;
pub mod run;
pub mod scope;
pub mod verify;
