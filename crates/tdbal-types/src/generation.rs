//! Prompts and prediction IDs: what a picture is generated from, and the paid job that makes it.

use crate::class::ImageClass;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A prompt as sent to an image model, with the catalogue entries it was composed from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Prompt {
    /// The class of picture that the prompt asks for.
    pub class: ImageClass,
    /// The name of the scene in the prompt catalogue.
    pub scene: String,
    /// The name of the technique in the prompt catalogue.
    pub technique: String,
    /// The complete text, with the actor's descriptor filled in.
    pub text: String,
}

impl Prompt {
    /// Returns the first 100 characters of the text, followed by `...` if it is longer. Actor
    /// manifests store prompts in this form, as `prompt_preview`.
    pub fn preview(&self) -> String {
        match self.text.char_indices().nth(100) {
            Some((end, _)) => format!("{}...", self.text.get(..end).unwrap_or_default()),
            None => self.text.clone(),
        }
    }
}

/// The ID that the generation service gives to a prediction, the paid job that makes one picture.
///
/// Any process that knows the ID can fetch the picture while the service keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PredictionId(String);

/// The error for a text that is not a valid prediction ID; holds that text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "invalid prediction ID {0:?}: it must not be empty and must not contain control characters"
)]
pub struct PredictionIdError(pub String);

impl PredictionId {
    /// Creates a prediction ID from the service's text.
    ///
    /// # Errors
    /// When the text is empty or contains control characters.
    pub fn new(id: impl Into<String>) -> Result<Self, PredictionIdError> {
        let id = id.into();
        if id.is_empty() || id.chars().any(char::is_control) {
            Err(PredictionIdError(id))
        } else {
            Ok(Self(id))
        }
    }

    /// Returns the ID as text.
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
    fn preview_is_cut_after_100_characters() {
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
    fn prediction_ids_are_validated() {
        assert!(PredictionId::new("").is_err());
        assert!(serde_json::from_str::<PredictionId>("\"a\\nb\"").is_err());
        let id: PredictionId = serde_json::from_str("\"gm3qorzdhgbfurvjtvhg6dckhu\"").unwrap();
        assert_eq!(id.as_str(), "gm3qorzdhgbfurvjtvhg6dckhu");
    }
}
