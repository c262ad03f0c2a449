//! The program as a process that is killed with SIGKILL, started twice at once, or denied what it
//! needs: however it ended, going on ends where an undisturbed run ends.
//!
//! Named fail points (`TDBAL_FAIL_POINT`) are in builds with debug assertions only; these tests run
//! such a build.
#![cfg(all(unix, debug_assertions))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

mod back;
mod book;
mod fail_points;
mod faults;
mod invariant;
mod rounds;
mod template;
mod together;
mod trap;
mod world;
