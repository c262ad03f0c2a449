//! Names, settings and functions shared by the tests.

use std::time::Duration;
use storage::ObjectKey;
use storage_s3::S3Options;

pub(crate) const BUCKET: &str = "story-boards";

/// Settings without pauses and with small pages.
pub(crate) fn options() -> S3Options {
    S3Options {
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
        attempts: 3,
        page_size: Some(3),
        ..S3Options::default()
    }
}

pub(crate) fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

/// The messages of an error and all its sources, as the application shows them.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
