//! Files of every format, written by an earlier version and kept in `fixtures/golden/`: the program reads
//! them, finishes and undoes their runs, and writes the same bytes again.
//!
//! The tests use only commands, file names and services, so changes inside the program do not affect
//! them. Golden files are never rewritten; `write.rs` writes those of a new version beside the old ones.
//!
//! Writing a set needs a fail point for the interrupted run, so a build with debug assertions; reading
//! needs nothing special.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod folder;
mod normal;
mod reads;
mod runs;
mod sent;
mod services;
mod write;
