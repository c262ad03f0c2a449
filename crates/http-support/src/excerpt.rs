//! A piece of a reply's body that is fit for a message.

use crate::secret::{Secret, redact};

/// How many characters of a body a message shows at most.
pub const MAX_EXCERPT_CHARS: usize = 300;

/// Whether a body is an HTML page, as proxies and gateways send in place of the API's JSON.
pub fn looks_like_html(text: &str) -> bool {
    let start: String = text
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

/// One line that shows how a body begins: secrets blotted out, white space folded, cut after
/// [`MAX_EXCERPT_CHARS`] characters. An HTML page is named as such, with its title.
pub fn body_excerpt(body: &[u8], secrets: &[Secret]) -> String {
    let text = String::from_utf8_lossy(body);
    // Redacted before it is cut, so that no half of a secret is left at the end.
    let text = redact(&text, secrets);
    let shown = if looks_like_html(&text) {
        html_summary(&text)
    } else {
        fold(&text)
    };
    if shown.is_empty() {
        "(empty body)".to_owned()
    } else {
        shown
    }
}

/// Names a page by its title.
fn html_summary(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let from = start + lower.get(start..)?.find('>')? + 1;
        let to = from + lower.get(from..)?.find("</title")?;
        page.get(from..to)
    });
    match title.map(fold) {
        Some(title) if !title.is_empty() => format!("an HTML page titled {title:?}"),
        _ => "an HTML page".to_owned(),
    }
}

/// Folds white space and control characters into single spaces, and cuts.
fn fold(text: &str) -> String {
    let folded = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    match folded.char_indices().nth(MAX_EXCERPT_CHARS) {
        Some((end, _)) => format!("{}...", folded.get(..end).unwrap_or_default()),
        None => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_between_characters() {
        let shown = body_excerpt("é".repeat(1_000).as_bytes(), &[]);
        assert_eq!(shown.chars().count(), MAX_EXCERPT_CHARS + 3);
        assert!(shown.ends_with("é..."));
    }

    #[test]
    fn a_page_of_a_proxy_is_named_by_its_title() {
        let page = b"\n<!DOCTYPE html><html><head><TITLE>\n502 Bad Gateway</TITLE></head></html>";
        assert_eq!(
            body_excerpt(page, &[]),
            "an HTML page titled \"502 Bad Gateway\""
        );
        assert_eq!(body_excerpt(b"<html></html>", &[]), "an HTML page");
        assert!(!looks_like_html("{\"a\": \"<html>\"}"));
    }

    #[test]
    fn a_secret_at_the_cut_does_not_survive_in_part() {
        let body = format!("{}sk-secret-key tail", "x".repeat(MAX_EXCERPT_CHARS - 4));
        let shown = body_excerpt(body.as_bytes(), &[Secret::new("sk-secret-key")]);
        assert!(!shown.contains("sk-"), "{shown}");
    }

    #[test]
    fn nothing_is_said_to_be_nothing_and_lines_become_one() {
        assert_eq!(body_excerpt(b" \n", &[]), "(empty body)");
        assert_eq!(body_excerpt(b"a\r\n\tb\0c\xff", &[]), "a b c\u{fffd}");
    }
}
