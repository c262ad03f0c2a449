//! The S3 store against servers: the conformance suite on two real ones, faults on scripted ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests: what goes wrong fails them"
)]

mod conditions;
mod deletions;
mod fixture;
mod guards;
mod in_process;
mod mock_server;
mod on_moto;
mod reading;
mod refusals;
mod runs_on_moto;
mod scripted;
mod versioned;
