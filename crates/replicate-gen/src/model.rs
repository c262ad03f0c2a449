//! Image models: the names of their input fields, and their prices.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::Usd;

/// The built-in presets, as TOML.
const PRESETS: &str = include_str!("../data/models.toml");

/// The name of a model on Replicate, in the form `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName(String);

/// The error for a text that is not a valid model name; holds that text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "invalid model name {0:?}: write owner/name, such as black-forest-labs/flux-kontext-pro, \
     without a version"
)]
pub struct ModelNameError(pub String);

impl ModelName {
    /// Creates a model name from `owner/name`. Both parts consist of ASCII letters, digits, `-`,
    /// `_` and `.`.
    ///
    /// # Errors
    /// When the text does not have this form.
    pub fn new(name: impl Into<String>) -> Result<Self, ModelNameError> {
        let name = name.into();
        // The name becomes part of a URL path, where `.` and `..` have a meaning of their own.
        let plain = |part: &str| {
            !part.is_empty()
                && !part.chars().all(|c| c == '.')
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match name.split_once('/') {
            Some((owner, model)) if plain(owner) && plain(model) => Ok(Self(name)),
            _ => Err(ModelNameError(name)),
        }
    }

    /// Returns the name as `owner/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ModelName {
    type Error = ModelNameError;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.0
    }
}

/// The form of a model's output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// A single picture, which is complete as soon as the prediction has any output.
    #[default]
    Single,
    /// A list of pictures, complete only when the prediction has finished. The first one is used.
    List,
}

/// The settings of one image model: the names of its input fields, the values sent with every
/// request and the price of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// The name of an official model, `owner/name`.
    pub name: ModelName,
    /// The input field for the prompt; `prompt` by default.
    #[serde(default = "prompt_field")]
    pub prompt_field: String,
    /// The input field for the base picture.
    pub image_field: String,
    /// Whether `image_field` takes a list of pictures rather than a single one.
    #[serde(default)]
    pub image_is_array: bool,
    /// The input field for the aspect ratio, if the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect_field: Option<String>,
    /// The aspect ratio to request, such as `1:1`. If unset, the model uses its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<String>,
    /// The input field for the file format, if the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format_field: Option<String>,
    /// The file format to request, such as `jpg`. If unset, the model uses its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The input field for the seed, if the model takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed_field: Option<String>,
    /// Further input values, sent with every request.
    #[serde(default)]
    pub fixed: Map<String, Value>,
    /// Whether the model outputs a single picture or a list.
    #[serde(default)]
    pub output_kind: OutputKind,
    /// The price of one picture, in US dollars.
    pub price_usd: Usd,
    /// The date on which the price and the input fields were last checked.
    pub checked_on: Date,
}

/// The error for a model without a preset.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "unknown image model {name:?}: use one of {}, or add settings for it", known.join(", ")
)]
pub struct UnknownModel {
    /// The name that was looked up.
    pub name: String,
    /// The short names of all presets.
    pub known: Vec<String>,
}

fn prompt_field() -> String {
    "prompt".to_owned()
}

impl ModelSettings {
    /// Returns the built-in presets, by short name.
    ///
    /// # Panics
    /// Never: the presets are compiled in, and a test parses them.
    #[expect(
        clippy::expect_used,
        reason = "the file is compiled in, and a test parses it"
    )]
    pub fn presets() -> BTreeMap<String, Self> {
        toml::from_str(PRESETS).expect("the built-in presets are valid")
    }

    /// Returns the preset with a given short name (`flux-kontext-pro`) or full name
    /// (`black-forest-labs/flux-kontext-pro`).
    ///
    /// # Errors
    /// When no preset has this name.
    pub fn preset(name: &str) -> Result<Self, UnknownModel> {
        let presets = Self::presets();
        let known = presets.keys().cloned().collect();
        presets
            .into_iter()
            .find(|(short, preset)| short == name || preset.name.as_str() == name)
            .map(|(_, preset)| preset)
            .ok_or_else(|| UnknownModel {
                name: name.to_owned(),
                known,
            })
    }

    /// Returns the `input` object of a prediction. `image` is the base picture's URL or data URI.
    ///
    /// The arguments, the aspect ratio and the file format override values in `fixed`.
    pub fn input(&self, prompt: &str, seed: u64, image: &str) -> Map<String, Value> {
        // `fixed` goes in first and therefore cannot replace the prompt, picture or seed.
        let mut input = self.fixed.clone();
        let mut set = |field: &str, value: Value| input.insert(field.to_owned(), value);
        set(&self.prompt_field, prompt.into());
        let image = Value::from(image);
        let image = if self.image_is_array {
            Value::Array(vec![image])
        } else {
            image
        };
        set(&self.image_field, image);
        if let (Some(field), Some(aspect)) = (&self.aspect_field, &self.aspect) {
            set(field, aspect.as_str().into());
        }
        if let (Some(field), Some(format)) = (&self.format_field, &self.format) {
            set(field, format.as_str().into());
        }
        if let Some(field) = &self.seed_field {
            set(field, seed.into());
        }
        input
    }
}

#[cfg(test)]
mod tests;
