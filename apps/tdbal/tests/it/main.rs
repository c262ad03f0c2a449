//! The binary, run as a process.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

mod calibrate;
mod command_line;
mod demo;
mod doctor;
mod keep;
mod labels;
mod limits;
mod loopback;
mod plans;
mod resume;
mod services;
mod tree;
mod workspace;
