//! One change of a set: locked, verified, committed, and everything that follows from the commit.

pub mod commit;
pub mod guards;
pub mod lock;
pub mod mover;
pub mod new_files;
pub mod verify;
