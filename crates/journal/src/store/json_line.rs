//! What a record is: one line of JSON.

use super::error::JournalError;
use serde::de::IgnoredAny;

/// Whether the bytes are JSON. Without a newline in them, that is one line.
pub(crate) fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// Refuses what no log can hold as its record `number`; `log` names the log.
pub(crate) fn check(log: &str, number: u64, bytes: &[u8]) -> Result<(), JournalError> {
    let problem = if number == 0 {
        "records are counted from 1"
    } else if bytes.contains(&b'\n') {
        "it is more than one line"
    } else if bytes.len() as u64 > JournalError::MAX_RECORD {
        "it is too long"
    } else if is_json(bytes) {
        return Ok(());
    } else {
        "it is not JSON"
    };
    Err(JournalError::NotARecord {
        log: log.to_owned(),
        number,
        problem,
    })
}
