//! What a picture is generated from, and by.

use crate::class::ImageClass;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A prompt as it is sent, and the entries of the catalogue that it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Prompt {
    /// The class of picture that it asks for.
    pub class: ImageClass,
    /// The name of its scene in the catalogue.
    pub scene: String,
    /// The name of its technique in the catalogue.
    pub technique: String,
    /// The whole text, the descriptor in place.
    pub text: String,
}

impl Prompt {
    /// The first 100 characters, and `...` where there are more, as the manifests'
    /// `prompt_preview` has always been.
    pub fn preview(&self) -> String {
        match self.text.char_indices().nth(100) {
            Some((end, _)) => format!("{}...", self.text.get(..end).unwrap_or_default()),
            None => self.text.clone(),
        }
    }
}

/// The name of a prediction: what the service calls a picture that it was paid for. With it the
/// picture can be had again from another process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PredictionId(String);

/// A text that is no prediction's name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not the name of a prediction: it must not be empty or hold control characters")]
pub struct PredictionIdError(pub String);

impl PredictionId {
    /// Takes a name.
    ///
    /// # Errors
    /// When it is empty or holds control characters.
    pub fn new(id: impl Into<String>) -> Result<Self, PredictionIdError> {
        let id = id.into();
        if id.is_empty() || id.chars().any(char::is_control) {
            Err(PredictionIdError(id))
        } else {
            Ok(Self(id))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PredictionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PredictionId {
    type Error = PredictionIdError;
    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

impl From<PredictionId> for String {
    fn from(id: PredictionId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_a_hundred_characters() {
        let prompt = |text: String| Prompt {
            class: ImageClass::BwStylized,
            scene: String::new(),
            technique: String::new(),
            text,
        };
        assert_eq!(prompt("é".repeat(100)).preview(), "é".repeat(100));
        assert_eq!(
            prompt("é".repeat(101)).preview(),
            format!("{}...", "é".repeat(100))
        );
    }

    #[test]
    fn a_prediction_has_a_name() {
        assert!(PredictionId::new("").is_err());
        assert!(serde_json::from_str::<PredictionId>("\"a\\nb\"").is_err());
        let id: PredictionId = serde_json::from_str("\"gm3qorzdhgbfurvjtvhg6dckhu\"").unwrap();
        assert_eq!(id.as_str(), "gm3qorzdhgbfurvjtvhg6dckhu");
    }
}
