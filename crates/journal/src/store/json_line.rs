//! Validation of records: each is one line of JSON.

use super::error::JournalError;
use serde::de::IgnoredAny;

/// Whether the bytes are valid JSON. The text may still span several lines.
pub(crate) fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// Returns [`JournalError::NotARecord`] unless `bytes` can be record `number` of a log; `log` is
/// the log's name in messages.
pub(crate) fn check(log: &str, number: u64, bytes: &[u8]) -> Result<(), JournalError> {
    let problem = if number == 0 {
        "record numbers start at 1"
    } else if bytes.contains(&b'\n') {
        "a record must be a single line"
    } else if bytes.len() as u64 > JournalError::MAX_RECORD {
        "a record must not exceed 16 MiB"
    } else if is_json(bytes) {
        return Ok(());
    } else {
        "not valid JSON"
    };
    Err(JournalError::NotARecord {
        log: log.to_owned(),
        number,
        problem,
    })
}
