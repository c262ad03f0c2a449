//! Prices, limits and supported parameters of a model.

use super::image_tokens::ImageTokenRule;
use super::shutdown::{announced_shutdown, is_version_of};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tdbal_types::{Tokens, Usd};

/// Prices in US dollars per million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prices {
    /// Price of tokens sent.
    pub input: f64,
    /// Price of tokens sent that the service had in its cache.
    pub cached: f64,
    /// Price of tokens received.
    pub output: f64,
}

impl Prices {
    /// Price of the given tokens.
    pub fn of(&self, tokens: Tokens) -> Usd {
        // Guards the subtraction against servers that report more cached tokens than were sent.
        let cached = tokens.cached.min(tokens.input);
        let fresh = tokens.input - cached;
        let millionths = fresh as f64 * self.input
            + cached as f64 * self.cached
            + tokens.output as f64 * self.output;
        Usd::from_dollars(millionths / 1e6)
    }
}

/// Which request parameters a model and its server accept. If the server rejects a parameter
/// anyway, the client leaves it out of later requests and logs a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Supports {
    /// Whether `temperature` is accepted.
    pub temperature: bool,
    /// Whether `seed` is accepted. The parameter is deprecated and guarantees nothing.
    pub seed: bool,
    /// Whether `detail` of an image is accepted.
    pub detail: bool,
    /// Whether `store` is accepted.
    pub store: bool,
    /// Whether `max_completion_tokens` is accepted. If not, the older `max_tokens` is sent.
    pub max_completion_tokens: bool,
    /// Whether `response_format` with a strict JSON schema is accepted.
    pub strict_schema: bool,
}

impl Default for Supports {
    /// The parameters of OpenAI's models without reasoning: all except `seed`.
    fn default() -> Self {
        Self {
            temperature: true,
            seed: false,
            detail: true,
            store: true,
            max_completion_tokens: true,
            strict_schema: true,
        }
    }
}

/// The resolution at which a model looks at an image, the parameter `detail`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// The model sees only a small copy of the image.
    Low,
    /// The model sees the image at up to its patch budget.
    #[default]
    High,
    /// The service chooses, which is expensive with some models.
    Auto,
}

/// Everything the client needs to know about a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelSettings {
    /// The model's name at the service.
    pub name: String,
    /// Base URL of a server for this model only, including `/v1`. The client does not read it: the
    /// code that creates the client passes it, if set, instead of the general base URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The day on which the service shuts the model down, if announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown_date: Option<Date>,
    /// Prices per million tokens.
    pub prices: Prices,
    /// How the model counts the tokens of an image.
    pub image_tokens: ImageTokenRule,
    /// Which request parameters the model accepts.
    pub supports: Supports,
    /// The resolution at which the model looks at images. It is always sent, because the service's
    /// default can be expensive.
    pub detail: Detail,
    /// Sampling temperature, 0 to 2.
    pub temperature: f64,
    /// The seed, sent only if the model accepts one.
    pub seed: i64,
    /// How much the model reasons before it answers, such as `none` or `low`. Not sent if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// Limit of tokens for an answer, not counting its entries.
    pub output_tokens_base: u32,
    /// Limit of tokens per entry of an answer. An entry with every fault has about 55.
    pub output_tokens_per_picture: u32,
    /// Maximum tokens of an answer, even after the limit was raised for a truncated one.
    pub max_output_tokens: u32,
}

impl Default for ModelSettings {
    /// The settings of an unknown model: no name, no prices, everything else as for gpt-4.1-mini.
    fn default() -> Self {
        Self {
            name: String::new(),
            base_url: None,
            shutdown_date: None,
            prices: Prices::default(),
            image_tokens: ImageTokenRule::default(),
            supports: Supports::default(),
            detail: Detail::default(),
            temperature: 0.0,
            seed: 0,
            reasoning_effort: None,
            output_tokens_base: 512,
            output_tokens_per_picture: 64,
            max_output_tokens: 32_768,
        }
    }
}

impl ModelSettings {
    /// Names of the models with built-in settings.
    pub const KNOWN: [&'static str; 2] = ["gpt-4.1-mini", "gpt-6-luna"];

    /// The built-in settings of a model.
    ///
    /// Models in [`Self::KNOWN`] and their dated versions (`gpt-4.1-mini-2025-04-14`) have settings
    /// of their own. Other models get the defaults, which have no prices. The shutdown date is
    /// filled in for every model whose end OpenAI has announced.
    pub fn named(name: &str) -> Self {
        let settings = if is_version_of(name, "gpt-4.1-mini") {
            Self::gpt_4_1_mini()
        } else if is_version_of(name, "gpt-6-luna") {
            Self::gpt_6_luna()
        } else {
            Self::default()
        };
        Self {
            name: name.to_owned(),
            shutdown_date: announced_shutdown(name),
            ..settings
        }
    }

    /// Whether a model has built-in settings, and so known prices.
    pub fn is_known(name: &str) -> bool {
        Self::named(name).prices != Prices::default()
    }

    /// Source of the prices and the image rule: OpenAI's published values of 2026.
    fn gpt_4_1_mini() -> Self {
        Self {
            prices: Prices {
                input: 0.40,
                cached: 0.10,
                output: 1.60,
            },
            ..Self::default()
        }
    }

    /// Source of the prices: OpenAI's published values of 2026. No image rule is published for this
    /// model; this is the one of the 5.6 family. The model reasons by default, and models that
    /// reason reject a temperature.
    fn gpt_6_luna() -> Self {
        Self {
            prices: Prices {
                input: 0.10,
                cached: 0.01,
                output: 0.50,
            },
            image_tokens: ImageTokenRule {
                patch_budget: 2_500,
                multiplier: 1.2,
                ..ImageTokenRule::default()
            },
            supports: Supports {
                temperature: false,
                ..Supports::default()
            },
            reasoning_effort: Some("none".to_owned()),
            max_output_tokens: 128_000,
            ..Self::default()
        }
    }

    /// Token limit for an answer about this number of pictures.
    pub fn output_cap(&self, pictures: usize) -> u32 {
        let pictures = u32::try_from(pictures).unwrap_or(u32::MAX);
        self.output_tokens_per_picture
            .saturating_mul(pictures)
            .saturating_add(self.output_tokens_base)
            .min(self.max_output_tokens)
    }

    /// Token limit for retrying a truncated answer, or `None` if it cannot be raised any further.
    pub fn raised_cap(&self, cap: u32) -> Option<u32> {
        // Reasoning counts as output too and can take several times the tokens of the answer.
        let raised = cap.saturating_mul(4).min(self.max_output_tokens);
        (raised > cap).then_some(raised)
    }
}

#[cfg(test)]
mod tests;
