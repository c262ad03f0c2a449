//! What a failed prediction says of itself.

/// The service's error code in a message, such as `E005` in `... flagged as sensitive. (E005)`: the
/// first `(E` with three or four digits and `)`.
///
/// Two families exist: Replicate's documented codes have four digits, the content check is `E005`.
pub fn error_code(message: &str) -> Option<&str> {
    message.match_indices("(E").find_map(|(start, _)| {
        let code = message.get(start + 1..)?;
        let code = code.get(..code.find(')')?)?;
        let digits = code.get(1..)?;
        let plain = matches!(digits.len(), 3 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then_some(code)
    })
}

/// What a failure means for the next order.
#[cfg_attr(not(feature = "http"), allow(dead_code, reason = "the client's alone"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The content check refused it: another prompt may pass.
    Flagged,
    /// It may pass by itself.
    Passing,
    /// The same order will fail again.
    Lasting,
}

/// Reads a failure's message: by its code, or by its words where there is none.
#[cfg_attr(not(feature = "http"), allow(dead_code, reason = "the client's alone"))]
pub(crate) fn classify(message: &str) -> Failure {
    match error_code(message) {
        Some("E005") => return Failure::Flagged,
        // Unknown error; timed out starting (Replicate's list of error codes).
        Some("E1000" | "E6716") => return Failure::Passing,
        _ => {}
    }
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["flagged as sensitive", "nsfw"]) {
        Failure::Flagged
    } else if says(&["please retry", "try again"]) {
        Failure::Passing
    } else {
        Failure::Lasting
    }
}

#[cfg(test)]
mod tests;
