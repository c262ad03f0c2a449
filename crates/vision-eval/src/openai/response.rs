//! Reads a chat completion, the body of a successful reply.

use serde::Deserialize;
use tdbal_types::Tokens;

/// The fields of a chat completion that the client uses. Only `choices` is required, because
/// compatible servers leave out some of the others.
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
    /// The model gave an answer, which may be empty.
    Answer(String),
    /// The answer was cut off at the token limit.
    Truncated,
    /// The model refused, with this text.
    Refused(String),
    /// The content filter stopped the answer.
    Filtered,
    /// The model stopped for another reason, such as a tool call; the `finish_reason`.
    Other(String),
}

impl ChatCompletion {
    /// Reads the body of a reply.
    ///
    /// # Errors
    /// Returns why the body is not a chat completion.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let completion: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if completion.choices.is_empty() {
            return Err("it has no choices".to_owned());
        }
        Ok(completion)
    }

    /// Tokens that the completion used; zero if the server does not report them.
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

    /// How the completion ended.
    pub(super) fn ending(&self) -> Ending {
        let Some(choice) = self.choices.first() else {
            // Cannot happen: `parse` rejects a completion without choices.
            return Ending::Answer(String::new());
        };
        // A refusal ends with the finish_reason `stop`, like a complete answer.
        let refusal = choice.message.refusal.as_deref().unwrap_or_default();
        if !refusal.is_empty() {
            return Ending::Refused(refusal.to_owned());
        }
        match choice.finish_reason.as_deref() {
            Some("length") => Ending::Truncated,
            Some("content_filter") => Ending::Filtered,
            // Some compatible servers leave out finish_reason.
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
    fn completion_without_usage_has_zero_tokens() {
        let completion =
            ChatCompletion::parse(br#"{"choices": [{"message": {"content": "x"}}]}"#).unwrap();
        assert_eq!(completion.tokens(), Tokens::default());
        assert_eq!(completion.ending(), Ending::Answer("x".to_owned()));
    }

    #[test]
    fn usage_reports_cached_tokens_within_the_input() {
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
    fn invalid_completion_is_an_error_with_the_reason() {
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
