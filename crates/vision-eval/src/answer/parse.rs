//! Reads the JSON object out of the text of an answer.

use super::problem::Problem;
use http_support::{body_excerpt, looks_like_html};
use serde_json::{Map, Value};

/// Parses an answer that should be one JSON object, with or without a code fence around it. Valid
/// JSON of any other type is reported as `not_an_object`.
pub(super) fn parse_object(
    text: &str,
    not_an_object: Problem,
) -> Result<Map<String, Value>, Problem> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if looks_like_html(text) {
        return Err(Problem::Html {
            page: body_excerpt(text.as_bytes(), &[]),
        });
    }
    let json = strip_code_fence(text);
    match serde_json::from_str(json) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(not_an_object),
        Err(error) if error.is_eof() => Err(if json.is_empty() {
            Problem::Empty
        } else {
            Problem::Truncated
        }),
        Err(_) if starts_like_refusal(text) => Err(Problem::Refused {
            text: body_excerpt(text.as_bytes(), &[]),
        }),
        Err(error) => Err(Problem::NotJson {
            detail: error.to_string(),
        }),
    }
}

/// The content of a text that is one fenced code block, or the text itself. The closing fence may
/// be missing, as in an answer that was cut off.
fn strip_code_fence(text: &str) -> &str {
    let Some(block) = text.strip_prefix("```") else {
        return text;
    };
    // The rest of the first line names the language.
    let content = block.split_once('\n').map_or("", |(_, rest)| rest);
    content.strip_suffix("```").unwrap_or(content).trim()
}

/// Whether prose opens with one of the usual phrases of a refusal.
fn starts_like_refusal(text: &str) -> bool {
    // Models write the apostrophe of "I'm" straight or curly.
    let start = text
        .chars()
        .take(40)
        .collect::<String>()
        .to_lowercase()
        .replace('\u{2019}', "'");
    [
        "i'm sorry",
        "i am sorry",
        "sorry",
        "i can't",
        "i cannot",
        "i'm unable",
        "i am unable",
    ]
    .iter()
    .any(|phrase| start.starts_with(phrase))
}

/// The refusal in an object like `{"refusal": "..."}`, which some models send instead of an answer.
pub(super) fn refusal_in(object: &Map<String, Value>) -> Option<Problem> {
    let text = object.get("refusal")?.as_str()?;
    Some(Problem::Refused {
        text: body_excerpt(text.as_bytes(), &[]),
    })
}

/// The value as a whole number. With `accept_integral_floats` a float such as 7.0 counts as 7.
pub(super) fn as_integer(value: &Value, accept_integral_floats: bool) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64().filter(|_| accept_integral_floats)?;
        // Floats below 1e15 hold every whole number exactly, so the cast loses nothing.
        (float.fract() == 0.0 && float.abs() < 1e15).then_some(float as i64)
    })
}

#[cfg(test)]
mod tests;
