//! Builds the body of a request.

use super::fault::ApiFault;
use crate::model::Question;
use crate::prompt::{system_prompt, user_text};
use crate::schema::{reply_schema, schema_name};
use crate::settings::{Detail, ModelSettings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// An optional parameter of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Parameter {
    Temperature,
    Seed,
    ReasoningEffort,
    Store,
    Detail,
    MaxCompletionTokens,
    ResponseFormat,
}

impl Parameter {
    const ALL: [Self; 7] = [
        Self::Temperature,
        Self::Seed,
        Self::ReasoningEffort,
        Self::Store,
        Self::Detail,
        Self::MaxCompletionTokens,
        Self::ResponseFormat,
    ];

    /// The parameter's name in the request.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Seed => "seed",
            Self::ReasoningEffort => "reasoning_effort",
            Self::Store => "store",
            Self::Detail => "detail",
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::ResponseFormat => "response_format",
        }
    }

    /// The parameter that an error names, as in `temperature` or
    /// `messages[1].content[1].image_url.detail`.
    pub(super) fn named_by(fault: &ApiFault) -> Option<Self> {
        let param = fault.param.as_deref()?;
        // Servers name a nested parameter by its path or by its last segment only.
        let is = |name: &str| {
            let last = param.rsplit(['.', '/']).next().unwrap_or(param);
            last == name || param.split(['.', '[', '/']).next() == Some(name)
        };
        // A rejected schema may only be left out if the server supports none at all. If it finds
        // fault with this one, that is a bug to report and not to work around.
        Self::ALL
            .into_iter()
            .find(|parameter| is(parameter.name()))
            .filter(|parameter| *parameter != Self::ResponseFormat || fault.is_unsupported())
    }

    /// Whether requests with these settings include the parameter.
    pub(super) const fn is_sent(self, settings: &ModelSettings) -> bool {
        let supports = settings.supports;
        match self {
            Self::Temperature => supports.temperature,
            Self::Seed => supports.seed,
            Self::ReasoningEffort => settings.reasoning_effort.is_some(),
            Self::Store => supports.store,
            Self::Detail => supports.detail,
            Self::MaxCompletionTokens => supports.max_completion_tokens,
            Self::ResponseFormat => supports.strict_schema,
        }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<bool>,
}

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "snake_case")]
enum Message<'a> {
    System { content: &'a str },
    User { content: [Part; 2] },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    Text { text: String },
    ImageUrl { image_url: ImageUrl },
}

#[derive(Serialize)]
struct ImageUrl {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Detail>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ResponseFormat {
    JsonSchema { json_schema: JsonSchema },
}

#[derive(Serialize)]
struct JsonSchema {
    name: &'static str,
    strict: bool,
    schema: Value,
}

/// The request body for a question, without the `omitted` parameters.
///
/// Services cache requests by prefix: the constant prompt comes first and the image last.
pub(super) fn body(
    settings: &ModelSettings,
    question: &Question,
    cap: u32,
    omitted: &BTreeSet<Parameter>,
) -> Bytes {
    let sent = |parameter: Parameter| parameter.is_sent(settings) && !omitted.contains(&parameter);
    let uses_new_cap = sent(Parameter::MaxCompletionTokens);
    let request = Request {
        model: &settings.name,
        messages: [
            Message::System {
                content: system_prompt(question.look),
            },
            Message::User {
                content: [
                    Part::Text {
                        text: user_text(question),
                    },
                    Part::ImageUrl {
                        image_url: ImageUrl {
                            url: data_uri(&question.sheet.jpeg),
                            detail: sent(Parameter::Detail).then_some(settings.detail),
                        },
                    },
                ],
            },
        ],
        response_format: sent(Parameter::ResponseFormat).then(|| ResponseFormat::JsonSchema {
            json_schema: JsonSchema {
                name: schema_name(question.look),
                strict: true,
                schema: reply_schema(question.look, &question.numbers()),
            },
        }),
        temperature: sent(Parameter::Temperature).then_some(settings.temperature),
        seed: sent(Parameter::Seed).then_some(settings.seed),
        reasoning_effort: settings
            .reasoning_effort
            .as_deref()
            .filter(|_| sent(Parameter::ReasoningEffort)),
        // Without any limit a runaway answer could cost up to the model's maximum.
        max_completion_tokens: uses_new_cap.then_some(cap),
        max_tokens: (!uses_new_cap).then_some(cap),
        // Asks the service not to keep the pictures.
        store: sent(Parameter::Store).then_some(false),
    };
    // Serialisation cannot fail: the request has string keys only, and serde_json writes a float
    // that is not finite as null.
    Bytes::from(serde_json::to_vec(&request).unwrap_or_default())
}

/// A JPEG as a base64 data URI without line breaks.
fn data_uri(jpeg: &[u8]) -> String {
    let mut uri = "data:image/jpeg;base64,".to_owned();
    STANDARD.encode_string(jpeg, &mut uri);
    uri
}
