//! What there is to know about a model.

use super::image_tokens::ImageTokenRule;
use super::shutdown::{announced_shutdown, is_or_is_dated};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tdbal_types::{Tokens, Usd};

/// Prices in US dollars for a million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prices {
    /// Tokens sent.
    pub input: f64,
    /// Tokens sent that the service had in its cache.
    pub cached: f64,
    /// Tokens received.
    pub output: f64,
}

impl Prices {
    /// What so many tokens cost.
    pub fn of(&self, tokens: Tokens) -> Usd {
        let cached = tokens.cached.min(tokens.input);
        let fresh = tokens.input - cached;
        let millionths = fresh as f64 * self.input
            + cached as f64 * self.cached
            + tokens.output as f64 * self.output;
        Usd::from_dollars(millionths / 1e6)
    }
}

/// Which parameters a model, or the server that speaks for it, takes. What is refused all the same
/// is left out from then on, with a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Supports {
    /// `temperature`.
    pub temperature: bool,
    /// `seed`, which is deprecated and never promised anything.
    pub seed: bool,
    /// `detail` of an image.
    pub detail: bool,
    /// `store`.
    pub store: bool,
    /// `max_completion_tokens`; where not, the older `max_tokens` is sent.
    pub max_completion_tokens: bool,
    /// `response_format` with a strict JSON schema.
    pub strict_schema: bool,
}

impl Default for Supports {
    /// What OpenAI's models without reasoning take: everything but a seed.
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

/// How closely a model looks at an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// A small copy only.
    Low,
    /// Up to the model's budget.
    #[default]
    High,
    /// The service chooses; with some models that is dear.
    Auto,
}

/// All that depends on the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelSettings {
    /// Its name at the service.
    pub name: String,
    /// The base URL of a server for this model alone, with its `/v1`. A client is given its base
    /// URL when it is made; whoever makes it looks here first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The day on which the service ends it, where that is announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown_date: Option<Date>,
    /// What it costs.
    pub prices: Prices,
    /// How it counts the tokens of an image.
    pub image_tokens: ImageTokenRule,
    /// Which parameters it takes.
    pub supports: Supports,
    /// How closely it looks; always sent, since what is left open can be dear.
    pub detail: Detail,
    /// How varied its answers are, 0 to 2.
    pub temperature: f64,
    /// The seed that is sent where one is taken.
    pub seed: i64,
    /// How much it thinks before it answers, such as `none` or `low`; not sent where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// Tokens that an answer may take apart from its pictures.
    pub output_tokens_base: u32,
    /// Tokens that an answer may take for each picture. An entry with every fault takes about 55.
    pub output_tokens_per_picture: u32,
    /// The most tokens that an answer may take, also after its limit was raised.
    pub max_output_tokens: u32,
}

impl Default for ModelSettings {
    /// What an unknown model is taken for: no name, free of charge, everything else as with
    /// gpt-4.1-mini.
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
    /// Models that are known here.
    pub const KNOWN: [&'static str; 2] = ["gpt-4.1-mini", "gpt-6-luna"];

    /// The settings of a model: those of [`Self::KNOWN`], also with a date behind the name
    /// (`gpt-4.1-mini-2025-04-14`); else the defaults, which know no price. The day on which OpenAI
    /// ends a model is known of some others too.
    pub fn named(name: &str) -> Self {
        let settings = if is_or_is_dated(name, "gpt-4.1-mini") {
            Self::gpt_4_1_mini()
        } else if is_or_is_dated(name, "gpt-6-luna") {
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

    /// Whether the settings come from here, so that a price of nothing is no oversight.
    pub fn is_known(name: &str) -> bool {
        Self::named(name).prices != Prices::default()
    }

    /// Prices and image rule as published in 2026.
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

    /// Prices as published in 2026. The image rule is that of the 5.6 family, none being published
    /// for this model. It reasons unless told not to, and models that reason refuse a temperature.
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

    /// The limit of an answer about so many pictures, in tokens.
    pub fn output_cap(&self, pictures: usize) -> u32 {
        let pictures = u32::try_from(pictures).unwrap_or(u32::MAX);
        self.output_tokens_per_picture
            .saturating_mul(pictures)
            .saturating_add(self.output_tokens_base)
            .min(self.max_output_tokens)
    }

    /// The limit that a truncated answer is tried again with, if that is any higher.
    pub fn raised_cap(&self, cap: u32) -> Option<u32> {
        let raised = cap.saturating_mul(4).min(self.max_output_tokens);
        (raised > cap).then_some(raised)
    }
}

#[cfg(test)]
mod tests;
