//! Test support: the fixtures and their index, pictures drawn on the fly, and loopback servers that
//! stand in for the vision model, the picture generator and S3.
#![allow(
    clippy::expect_used,
    clippy::cast_possible_wrap,
    clippy::missing_panics_doc,
    reason = "used by tests only: a failure here should fail the test at once, and pictures are \
              small enough for plain casts"
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
