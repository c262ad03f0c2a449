//! For tests only: fixture index, tiny pictures made on the fly, loopback servers.
#![allow(
    clippy::expect_used,
    clippy::cast_possible_wrap,
    clippy::missing_panics_doc,
    reason = "helpers of tests: what goes wrong in them must fail the test at once; their pictures \
              are small"
)]

pub mod dataset;
pub mod drawing;
pub mod fixture_set;
pub mod fixtures;
mod loopback;
pub mod openai;
pub mod pictures;
pub mod replicate;
#[cfg(feature = "s3-server")]
pub mod s3_server;
pub mod simulated;
pub mod traffic;
