//! What an operator changes of a model's settings.

use super::image_tokens::ImageTokenRule;
use super::model_settings::{Detail, ModelSettings, Prices, Supports};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What an operator's settings change of a model: what is absent stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelOverrides {
    /// The base URL of a server for this model alone.
    pub base_url: Option<String>,
    /// The day on which the service ends it.
    pub shutdown_date: Option<Date>,
    /// What it costs.
    pub prices: Option<Prices>,
    /// How it counts the tokens of an image.
    pub image_tokens: Option<ImageTokenRule>,
    /// Which parameters it takes.
    pub supports: Option<Supports>,
    /// How closely it looks.
    pub detail: Option<Detail>,
    /// How varied its answers are.
    pub temperature: Option<f64>,
    /// The seed.
    pub seed: Option<i64>,
    /// How much it thinks before it answers.
    pub reasoning_effort: Option<String>,
    /// Tokens for the answer apart from its pictures.
    pub output_tokens_base: Option<u32>,
    /// Tokens for each picture.
    pub output_tokens_per_picture: Option<u32>,
    /// The most tokens of an answer.
    pub max_output_tokens: Option<u32>,
}

impl ModelOverrides {
    /// `settings` with what is given here in place of its own.
    #[must_use]
    pub fn apply(self, settings: ModelSettings) -> ModelSettings {
        // Named field by field, so that a new one cannot be forgotten.
        let Self {
            base_url,
            shutdown_date,
            prices,
            image_tokens,
            supports,
            detail,
            temperature,
            seed,
            reasoning_effort,
            output_tokens_base,
            output_tokens_per_picture,
            max_output_tokens,
        } = self;
        ModelSettings {
            name: settings.name,
            base_url: base_url.or(settings.base_url),
            shutdown_date: shutdown_date.or(settings.shutdown_date),
            prices: prices.unwrap_or(settings.prices),
            image_tokens: image_tokens.unwrap_or(settings.image_tokens),
            supports: supports.unwrap_or(settings.supports),
            detail: detail.unwrap_or(settings.detail),
            temperature: temperature.unwrap_or(settings.temperature),
            seed: seed.unwrap_or(settings.seed),
            reasoning_effort: reasoning_effort.or(settings.reasoning_effort),
            output_tokens_base: output_tokens_base.unwrap_or(settings.output_tokens_base),
            output_tokens_per_picture: output_tokens_per_picture
                .unwrap_or(settings.output_tokens_per_picture),
            max_output_tokens: max_output_tokens.unwrap_or(settings.max_output_tokens),
        }
    }
}
