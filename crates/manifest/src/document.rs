//! A JSON document that is written back as it was read.

use crate::ManifestError;
use serde_json::{Map, Value};

/// A JSON object with the little that its text had beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) root: Map<String, Value>,
    /// Whether the text ended with a newline; Python's `json.dump` writes none.
    final_newline: bool,
}

impl Document {
    pub(crate) fn new(root: Map<String, Value>) -> Self {
        Self {
            root,
            final_newline: false,
        }
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        match serde_json::from_slice(bytes).map_err(ManifestError::Syntax)? {
            Value::Object(root) => Ok(Self {
                root,
                final_newline: bytes.ends_with(b"\n"),
            }),
            _ => Err(shape("the document", "an object")),
        }
    }

    /// Two spaces of indentation, as the original system writes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{:#}", Value::Object(self.root.clone()));
        if self.final_newline {
            text.push('\n');
        }
        text.into_bytes()
    }

    /// The array at `key`; empty where there is none.
    pub(crate) fn array(&self, key: &'static str) -> Result<&[Value], ManifestError> {
        match self.root.get(key) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(shape(key, "an array")),
        }
    }

    /// The text at `key`, where there is one.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.root.get(key).and_then(Value::as_str)
    }
}

pub(crate) fn shape(path: impl Into<String>, expected: &'static str) -> ManifestError {
    ManifestError::Shape {
        path: path.into(),
        expected,
    }
}

/// The text at `key` of an entry; absent, null and empty are the same.
pub(crate) fn entry_text(entry: &Map<String, Value>, key: &str) -> Option<String> {
    entry
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
