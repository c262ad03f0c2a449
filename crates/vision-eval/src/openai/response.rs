//! A successful reply.

use serde::Deserialize;
use tdbal_types::Tokens;

/// A chat completion; of what it may hold, what is needed. Lenient towards other servers: only
/// `choices` must be there.
#[derive(Debug, Deserialize)]
pub(super) struct ChatCompletion {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    prompt_tokens_details: Option<PromptTokens>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PromptTokens {
    cached_tokens: Option<u64>,
}

/// How a completion ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With an answer, which may be empty.
    Answer(String),
    /// At the limit of tokens.
    Truncated,
    /// With a refusal.
    Refused(String),
    /// By the content filter.
    Filtered,
    /// By something that was not asked for, such as a tool call.
    Other(String),
}

impl ChatCompletion {
    /// Reads a body; says what is wrong with one that is no completion.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let completion: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if completion.choices.is_empty() {
            return Err("it has no choices".to_owned());
        }
        Ok(completion)
    }

    /// The tokens that it took; none where the server does not say.
    pub(super) fn tokens(&self) -> Tokens {
        self.usage.as_ref().map_or_else(Tokens::default, |usage| {
            let details = usage.prompt_tokens_details.as_ref();
            Tokens {
                input: usage.prompt_tokens,
                cached: details
                    .and_then(|details| details.cached_tokens)
                    .unwrap_or_default(),
                output: usage.completion_tokens,
            }
        })
    }

    /// How it ended.
    pub(super) fn ending(&self) -> Ending {
        let Some(choice) = self.choices.first() else {
            return Ending::Answer(String::new());
        };
        let refusal = choice.message.refusal.as_deref().unwrap_or_default();
        if !refusal.is_empty() {
            return Ending::Refused(refusal.to_owned());
        }
        match choice.finish_reason.as_deref() {
            Some("length") => Ending::Truncated,
            Some("content_filter") => Ending::Filtered,
            Some("stop") | None => {
                Ending::Answer(choice.message.content.clone().unwrap_or_default())
            }
            Some(other) => Ending::Other(other.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completion_without_usage_costs_nothing_that_is_known() {
        let completion =
            ChatCompletion::parse(br#"{"choices": [{"message": {"content": "x"}}]}"#).unwrap();
        assert_eq!(completion.tokens(), Tokens::default());
        assert_eq!(completion.ending(), Ending::Answer("x".to_owned()));
    }

    #[test]
    fn cached_tokens_are_part_of_the_input() {
        let completion = ChatCompletion::parse(
            br#"{"choices": [{"message": {}, "finish_reason": "tool_calls"}], "usage":
                {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12,
                 "prompt_tokens_details": {"cached_tokens": 4}}}"#,
        )
        .unwrap();
        let tokens = completion.tokens();
        assert_eq!((tokens.input, tokens.cached, tokens.output), (9, 4, 3));
        assert_eq!(completion.ending(), Ending::Other("tool_calls".to_owned()));
    }

    #[test]
    fn what_is_no_completion_says_why() {
        assert_eq!(
            ChatCompletion::parse(br#"{"choices": []}"#).unwrap_err(),
            "it has no choices"
        );
        assert!(
            ChatCompletion::parse(b"{\"choices\"")
                .unwrap_err()
                .contains("EOF")
        );
    }
}
