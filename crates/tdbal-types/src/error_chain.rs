//! An error and its causes as one line of text.

/// An error with its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // The causes come from libraries, some of which write many lines.
        let words = cause.to_string();
        let cause_text = words.split_whitespace().collect::<Vec<_>>().join(" ");
        // Transparent wrappers repeat what they wrap.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
