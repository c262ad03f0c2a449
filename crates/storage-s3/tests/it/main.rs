//! Tests of the S3 store: the conformance suite on two real servers, faults on mock servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test reports a failure by panicking"
)]

mod conditions;
mod deletes;
mod error_responses;
mod fixture;
mod guards;
mod in_process;
mod mock_server;
mod on_moto;
mod reads;
mod runs_on_moto;
mod scripted;
mod versioned;
