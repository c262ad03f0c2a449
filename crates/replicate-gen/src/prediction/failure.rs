//! Classification of the error messages of failed predictions.

/// Returns the service's error code in a message, such as `E005` in `... flagged as sensitive.
/// (E005)`: the first `E` with three or four digits that stands in parentheses.
///
/// Replicate's documented codes have four digits; the code of the content check, `E005`, has three.
pub fn error_code(message: &str) -> Option<&str> {
    message.match_indices("(E").find_map(|(start, _)| {
        let code = message.get(start + 1..)?;
        let code = code.get(..code.find(')')?)?;
        let digits = code.get(1..)?;
        let plain = matches!(digits.len(), 3 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then_some(code)
    })
}

/// What a failed prediction means for the next order.
#[cfg_attr(
    not(feature = "http"),
    allow(dead_code, reason = "used only by the client")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The content check rejected the prompt or the picture; another prompt may pass.
    Flagged,
    /// A temporary failure; the same order may succeed later.
    Temporary,
    /// A permanent failure; the same order would fail again.
    Permanent,
}

/// Classifies a failure by the error code in its message, or by its wording if the code says
/// nothing.
#[cfg_attr(
    not(feature = "http"),
    allow(dead_code, reason = "used only by the client")
)]
pub(crate) fn classify(message: &str) -> Failure {
    // The code comes first: the message of E005 also says "please try again".
    match error_code(message) {
        Some("E005") => return Failure::Flagged,
        // Replicate documents these as "unknown error" and "timed out starting".
        Some("E1000" | "E6716") => return Failure::Temporary,
        _ => {}
    }
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["flagged as sensitive", "nsfw"]) {
        Failure::Flagged
    } else if says(&["please retry", "try again"]) {
        Failure::Temporary
    } else {
        Failure::Permanent
    }
}

#[cfg(test)]
mod tests;
