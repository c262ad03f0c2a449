//! What is known of a model: how its input is called, what it costs.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::Usd;

/// The presets that come with this crate.
const PRESETS: &str = include_str!("../data/models.toml");

/// The name of a model on Replicate, `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName(String);

/// A text that is not the name of a model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a model's name: write owner/name, such as black-forest-labs/flux-kontext-pro, \
     without a version"
)]
pub struct ModelNameError(pub String);

impl ModelName {
    /// Takes `owner/name`; each of them letters, digits, `-`, `_` and `.`.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn new(name: impl Into<String>) -> Result<Self, ModelNameError> {
        let name = name.into();
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

    /// The whole name.
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

/// What a model's output is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// One picture: it is there as soon as the prediction has any output.
    #[default]
    Single,
    /// A list: it is whole only when the prediction has ended. The first picture is taken.
    List,
}

/// The settings of one model: what its input fields are called, what goes into every request, what
/// a picture costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// `owner/name` of an official model.
    pub name: ModelName,
    /// The field that takes the prompt.
    #[serde(default = "prompt_field")]
    pub prompt_field: String,
    /// The field that takes the base picture.
    pub image_field: String,
    /// Whether that field takes a list of pictures.
    #[serde(default)]
    pub image_is_array: bool,
    /// The field that takes the aspect ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect_field: Option<String>,
    /// The aspect ratio to ask for; without one the model's default holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<String>,
    /// The field that takes the file format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format_field: Option<String>,
    /// The file format to ask for; without one the model's default holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The field that takes the seed, unless the model has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed_field: Option<String>,
    /// What else goes into every input.
    #[serde(default)]
    pub fixed: Map<String, Value>,
    /// What comes out.
    #[serde(default)]
    pub output_kind: OutputKind,
    /// What one picture costs, in US dollars.
    pub price_usd: Usd,
    /// The day on which the price and the fields were last looked up.
    pub checked_on: Date,
}

/// A model that there is no preset for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "there are no settings for a model {name:?}: use one of {}, or write its settings", known.join(", ")
)]
pub struct UnknownModel {
    /// What was asked for.
    pub name: String,
    /// The presets that there are.
    pub known: Vec<String>,
}

fn prompt_field() -> String {
    "prompt".to_owned()
}

impl ModelSettings {
    /// The models whose settings come with this crate, by short name.
    ///
    /// # Panics
    /// Never: their file is part of the crate, and a test reads it.
    #[expect(
        clippy::expect_used,
        reason = "the file is compiled in, and a test reads it"
    )]
    pub fn presets() -> BTreeMap<String, Self> {
        toml::from_str(PRESETS).expect("the built-in presets are whole")
    }

    /// The preset of a short name (`flux-kontext-pro`) or of a whole one
    /// (`black-forest-labs/flux-kontext-pro`).
    ///
    /// # Errors
    /// When there is none.
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

    /// The `input` of a prediction. `image` is the base picture's URL or data URI.
    ///
    /// What the request itself sets wins over `fixed`.
    pub fn input(&self, prompt: &str, seed: u64, image: &str) -> Map<String, Value> {
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
