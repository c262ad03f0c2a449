//! Formats an error and its causes as one line of text.

/// Formats an error and its causes on one line, separated by `: `. A cause that only repeats the end of
/// the text so far is left out.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Errors of some libraries have several lines.
        let lines = cause.to_string();
        let cause_text = lines.split_whitespace().collect::<Vec<_>>().join(" ");
        // Transparent wrappers repeat what they wrap.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    fn chain_of(texts: &[&'static str]) -> String {
        let innermost = None;
        let outermost = texts.iter().rev().fold(innermost, |source, text| {
            Some(Box::new(Layer { text, source }))
        });
        chain(&*outermost.unwrap())
    }

    #[test]
    fn causes_follow_on_one_line_and_repeats_are_left_out() {
        assert_eq!(chain_of(&["a"]), "a");
        assert_eq!(chain_of(&["a", "b", "c"]), "a: b: c");
        assert_eq!(chain_of(&["a", "b\n  b", "c"]), "a: b b: c");
        assert_eq!(chain_of(&["a", "b", "b", "c"]), "a: b: c");
    }
}
