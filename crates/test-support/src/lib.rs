//! For tests only: fixture index, tiny pictures made on the fly, loopback servers.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "helpers of tests: what goes wrong in them must fail the test at once"
)]

pub mod drawing;
pub mod fixture_set;
pub mod fixtures;
