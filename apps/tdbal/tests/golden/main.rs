//! Every file format that exists on disk, written once by the version in the folder's name and kept in
//! `fixtures/golden/`: this program reads each file, finishes and undoes the runs that the files
//! describe, and writes the same bytes where it writes them again.
//!
//! The tests know commands, file names and services only, so changes inside the program do not touch
//! them. A golden file is never rewritten; `write.rs` writes a set for a new version beside the old
//! ones.
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
