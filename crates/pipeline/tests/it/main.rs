//! The pipeline on stores in memory, with a model that reads its answers off the sheet and a generator
//! that follows a script.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

mod concurrency;
mod crash;
mod crashing_store;
mod doctor;
mod execute;
mod faults;
mod invariants;
mod limits;
mod looks;
mod recorded;
mod regressions;
mod reports;
mod resume;
mod scripted_services;
mod sequences;
mod unconditional_store;
mod world;
