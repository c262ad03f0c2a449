//! The program is killed with SIGKILL, started twice at the same time, or denied what it needs: however
//! it ended, finishing the run ends like an undisturbed one.
//!
//! Fail points (`TDBAL_FAIL_POINT`) exist only in builds with debug assertions, which these tests run.
#![cfg(all(unix, debug_assertions))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

mod concurrency;
mod fail_points;
mod faults;
mod invariants;
mod journal_reader;
mod rounds;
mod template;
mod trap;
mod undo_fix_purge;
mod world;
