//! The binary itself, run as a process.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

mod command_line;
mod demo;
mod services;
mod tree;
mod workspace;
