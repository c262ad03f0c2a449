//! Changes to a model's settings, as in a settings file.

use super::image_tokens::ImageTokenRule;
use super::model_settings::{Detail, ModelSettings, Prices, Supports};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Values that replace those of a [`ModelSettings`]. Fields that are `None` change nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelOverrides {
    /// Replaces [`ModelSettings::base_url`].
    pub base_url: Option<String>,
    /// Replaces [`ModelSettings::shutdown_date`].
    pub shutdown_date: Option<Date>,
    /// Replaces [`ModelSettings::prices`].
    pub prices: Option<Prices>,
    /// Replaces [`ModelSettings::image_tokens`].
    pub image_tokens: Option<ImageTokenRule>,
    /// Replaces [`ModelSettings::supports`].
    pub supports: Option<Supports>,
    /// Replaces [`ModelSettings::detail`].
    pub detail: Option<Detail>,
    /// Replaces [`ModelSettings::temperature`].
    pub temperature: Option<f64>,
    /// Replaces [`ModelSettings::seed`].
    pub seed: Option<i64>,
    /// Replaces [`ModelSettings::reasoning_effort`].
    pub reasoning_effort: Option<String>,
    /// Replaces [`ModelSettings::output_tokens_base`].
    pub output_tokens_base: Option<u32>,
    /// Replaces [`ModelSettings::output_tokens_per_picture`].
    pub output_tokens_per_picture: Option<u32>,
    /// Replaces [`ModelSettings::max_output_tokens`].
    pub max_output_tokens: Option<u32>,
}

impl ModelOverrides {
    /// Returns `settings` with these values in place of its own.
    #[must_use]
    pub fn apply(self, settings: ModelSettings) -> ModelSettings {
        // Without `..`, a new field that is not handled here does not compile.
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
