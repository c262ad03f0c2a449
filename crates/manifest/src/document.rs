//! A JSON document that is written back as it was read.

use crate::{ManifestError, repeated};
use serde_json::{Map, Value};

/// A JSON object with the little that its text had beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) root: Map<String, Value>,
    /// Whether the text ended with a newline; Python's `json.dump` writes none.
    final_newline: bool,
    /// The paths of keys that an object had more than once; the last one's value is in `root`.
    repeated_keys: Vec<String>,
}

impl Document {
    pub(crate) fn new(root: Map<String, Value>) -> Self {
        Self {
            root,
            final_newline: false,
            repeated_keys: Vec::new(),
        }
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        match serde_json::from_slice(bytes).map_err(ManifestError::Syntax)? {
            Value::Object(root) => Ok(Self {
                root,
                final_newline: bytes.ends_with(b"\n"),
                repeated_keys: repeated::repeated_keys(bytes).map_err(ManifestError::Syntax)?,
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

    pub(crate) fn repeated_keys(&self) -> &[String] {
        &self.repeated_keys
    }

    /// Refuses a document that cannot be written without losing something of it.
    pub(crate) fn check_writable(&self) -> Result<(), ManifestError> {
        if self.repeated_keys.is_empty() {
            Ok(())
        } else {
            Err(ManifestError::RepeatedKeys {
                paths: self.repeated_keys.clone(),
            })
        }
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
