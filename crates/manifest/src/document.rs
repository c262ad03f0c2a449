//! A JSON document that can be written back byte for byte.

use crate::{ManifestError, repeated};
use serde_json::{Map, Value};

/// A JSON object, with the properties of its text that the parsed value does not keep.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) root: Map<String, Value>,
    /// Whether the text ended with a newline. Python's `json.dump` writes none.
    final_newline: bool,
    /// Paths of keys that occur more than once in their object. `root` has the last value of each.
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
                // A second pass, because the parsed value no longer shows repeated keys.
                repeated_keys: repeated::repeated_keys(bytes).map_err(ManifestError::Syntax)?,
            }),
            _ => Err(shape_error("the document", "an object")),
        }
    }

    /// The document as text, with two spaces of indentation like the files of the original system.
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

    /// Returns an error if writing the document would lose the values of repeated keys.
    pub(crate) fn check_writable(&self) -> Result<(), ManifestError> {
        if self.repeated_keys.is_empty() {
            Ok(())
        } else {
            Err(ManifestError::RepeatedKeys {
                paths: self.repeated_keys.clone(),
            })
        }
    }

    /// The array at `key`; empty if the key is absent or null.
    pub(crate) fn array(&self, key: &'static str) -> Result<&[Value], ManifestError> {
        match self.root.get(key) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(shape_error(key, "an array")),
        }
    }

    /// The string at `key`; `None` if the key is absent or has another type.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.root.get(key).and_then(Value::as_str)
    }
}

pub(crate) fn shape_error(path: impl Into<String>, expected: &'static str) -> ManifestError {
    ManifestError::Shape {
        path: path.into(),
        expected,
    }
}

/// The string at `key` of an entry; `None` if it is absent, empty or of another type.
pub(crate) fn entry_text(entry: &Map<String, Value>, key: &str) -> Option<String> {
    entry
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests;
