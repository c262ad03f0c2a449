//! Reads the JSON out of an answer's text.

use super::problem::Problem;
use http_support::{body_excerpt, looks_like_html};
use serde_json::{Map, Value};

/// Takes the object out of the text, or names what stands there instead; other JSON is `other`.
pub(super) fn parse_object(text: &str, other: Problem) -> Result<Map<String, Value>, Problem> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    if looks_like_html(text) {
        return Err(Problem::Html {
            page: body_excerpt(text.as_bytes(), &[]),
        });
    }
    let json = without_fence(text);
    match serde_json::from_str(json) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(other),
        Err(error) if error.is_eof() => Err(if json.is_empty() {
            Problem::Empty
        } else {
            Problem::Truncated
        }),
        Err(_) if is_refusal(text) => Err(Problem::Refused {
            text: body_excerpt(text.as_bytes(), &[]),
        }),
        Err(error) => Err(Problem::NotJson {
            detail: error.to_string(),
        }),
    }
}

/// The inside of a text that is one fenced block, closed or not; else the text itself.
fn without_fence(text: &str) -> &str {
    let Some(inside) = text.strip_prefix("```") else {
        return text;
    };
    // The rest of the first line names the language.
    let inside = inside.split_once('\n').map_or("", |(_, rest)| rest);
    inside.strip_suffix("```").unwrap_or(inside).trim()
}

/// Whether prose begins as refusals do.
fn is_refusal(text: &str) -> bool {
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
    .any(|begin| start.starts_with(begin))
}

/// The refusal that an object is, in place of an answer.
pub(super) fn refusal(object: &Map<String, Value>) -> Option<Problem> {
    let text = object.get("refusal")?.as_str()?;
    Some(Problem::Refused {
        text: body_excerpt(text.as_bytes(), &[]),
    })
}

/// A whole number, or where that is allowed a float that is one.
pub(super) fn integer(value: &Value, integral_floats: bool) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64().filter(|_| integral_floats)?;
        // Far below the limits of i64, so that the cast is exact.
        (float.fract() == 0.0 && float.abs() < 1e15).then_some(float as i64)
    })
}
