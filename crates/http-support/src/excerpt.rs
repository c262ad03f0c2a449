//! Excerpts of response bodies for use in messages.

use crate::secret::{Secret, redact};

/// Maximum number of characters of a body that a message shows.
pub const MAX_EXCERPT_CHARS: usize = 300;

/// Returns whether a body looks like an HTML page, which proxies and gateways send instead of the
/// API's JSON.
pub fn looks_like_html(text: &str) -> bool {
    let start: String = text
        // Some servers send a byte order mark first.
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .take(15)
        .collect::<String>()
        .to_ascii_lowercase();
    ["<!doctype", "<html", "<head", "<body", "<center", "<?xml"]
        .iter()
        .any(|tag| start.starts_with(tag))
}

/// Returns the beginning of a body as one line: secrets redacted, white space collapsed, cut off
/// after [`MAX_EXCERPT_CHARS`] characters. For an HTML page, returns a description with its title
/// instead.
pub fn body_excerpt(body: &[u8], secrets: &[Secret]) -> String {
    let text = String::from_utf8_lossy(body);
    // Redact before cutting; otherwise part of a secret could remain at the end.
    let text = redact(&text, secrets);
    let shown = if looks_like_html(&text) {
        html_summary(&text)
    } else {
        shorten(&text)
    };
    if shown.is_empty() {
        "(empty body)".to_owned()
    } else {
        shown
    }
}

/// Describes an HTML page by its title.
fn html_summary(page: &str) -> String {
    // Lower-casing only ASCII keeps byte positions valid in `page`.
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let from = start + lower.get(start..)?.find('>')? + 1;
        let to = from + lower.get(from..)?.find("</title")?;
        page.get(from..to)
    });
    match title.map(shorten) {
        Some(title) if !title.is_empty() => format!("an HTML page titled {title:?}"),
        _ => "an HTML page".to_owned(),
    }
}

/// Collapses white space and control characters into single spaces and cuts the text off.
fn shorten(text: &str) -> String {
    let line = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(MAX_EXCERPT_CHARS) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bodies_are_cut_between_characters() {
        let shown = body_excerpt("é".repeat(1_000).as_bytes(), &[]);
        assert_eq!(shown.chars().count(), MAX_EXCERPT_CHARS + 3);
        assert!(shown.ends_with("é..."));
    }

    #[test]
    fn html_pages_are_described_by_their_title() {
        let page = b"\n<!DOCTYPE html><html><head><TITLE>\n502 Bad Gateway</TITLE></head></html>";
        assert_eq!(
            body_excerpt(page, &[]),
            "an HTML page titled \"502 Bad Gateway\""
        );
        assert_eq!(body_excerpt(b"<html></html>", &[]), "an HTML page");
        assert!(!looks_like_html("{\"a\": \"<html>\"}"));
    }

    #[test]
    fn a_secret_at_the_cut_is_redacted_completely() {
        let body = format!("{}sk-secret-key tail", "x".repeat(MAX_EXCERPT_CHARS - 4));
        let shown = body_excerpt(body.as_bytes(), &[Secret::new("sk-secret-key")]);
        assert!(!shown.contains("sk-"), "{shown}");
    }

    #[test]
    fn empty_bodies_are_named_and_lines_are_joined() {
        assert_eq!(body_excerpt(b" \n", &[]), "(empty body)");
        assert_eq!(body_excerpt(b"a\r\n\tb\0c\xff", &[]), "a b c\u{fffd}");
    }
}
