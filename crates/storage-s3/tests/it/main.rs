//! The S3 store against servers: the conformance suite on two real ones, faults on scripted ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests: what goes wrong fails them"
)]

mod conditions;
mod deletions;
mod guards;
mod in_process;
mod on_moto;
mod reading;
mod refusals;
mod runs_on_moto;
mod scripted;
mod versioned;

use std::time::Duration;
use storage::ObjectKey;
use storage_s3::S3Options;

const BUCKET: &str = "story-boards";

/// Settings that never pause, with small pages.
fn options() -> S3Options {
    S3Options {
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
        attempts: 3,
        page_size: Some(3),
        ..S3Options::default()
    }
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

/// An error and all its causes, as the application shows them.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
