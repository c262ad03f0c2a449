//! What there is to know about a model.

use crate::image_tokens::ImageTokenRule;
use crate::shutdown::{announced_shutdown, is_or_is_dated};
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn known_models_know_their_price_and_their_end() {
        let mini = ModelSettings::named("gpt-4.1-mini-2025-04-14");
        assert_eq!(mini.name, "gpt-4.1-mini-2025-04-14");
        assert_eq!(mini.shutdown_date, Some(date(2027, 1, 14)));
        let tokens = Tokens {
            input: 1_296,
            cached: 0,
            output: 0,
        };
        // The worked example: 1000 x 800 pixels for $0.000518.
        assert_eq!(mini.prices.of(tokens), Usd::from_nanos(518_400));
        assert!(ModelSettings::is_known("gpt-6-luna"));
        for unknown in ["gpt-4.1-mini-turbo", "llava", "gpt-4.1"] {
            assert!(!ModelSettings::is_known(unknown), "{unknown}");
        }
    }

    #[test]
    fn cached_tokens_are_cheaper_and_never_more_than_were_sent() {
        let prices = ModelSettings::named("gpt-4.1-mini").prices;
        let cost = |input, cached, output| {
            prices.of(Tokens {
                input,
                cached,
                output,
            })
        };
        assert_eq!(
            cost(1_000, 600, 100),
            Usd::from_nanos(160_000 + 60_000 + 160_000)
        );
        assert_eq!(cost(10, 99, 0), Usd::from_nanos(1_000));
    }

    #[test]
    fn a_limit_grows_with_the_pictures_and_is_raised_within_bounds() {
        let settings = ModelSettings::named("gpt-4.1-mini");
        assert_eq!(settings.output_cap(20), 512 + 20 * 64);
        assert_eq!(settings.raised_cap(1_792), Some(7_168));
        assert_eq!(settings.raised_cap(20_000), Some(32_768));
        assert_eq!(settings.raised_cap(32_768), None);
        assert_eq!(settings.output_cap(usize::MAX), 32_768);
    }

    #[test]
    fn settings_go_through_toml_and_change_only_what_they_name() {
        for name in ModelSettings::KNOWN {
            let settings = ModelSettings::named(name);
            let text = toml::to_string(&settings).unwrap();
            assert_eq!(toml::from_str::<ModelSettings>(&text).unwrap(), settings);
        }
        let overrides: ModelOverrides =
            toml::from_str("detail = \"low\"\nprices = { input = 1.0 }\n").unwrap();
        let changed = overrides.apply(ModelSettings::named("gpt-6-luna"));
        assert_eq!(changed.detail, Detail::Low);
        assert!((changed.prices.input - 1.0).abs() < f64::EPSILON);
        assert_eq!(changed.max_output_tokens, 128_000);
    }
}
