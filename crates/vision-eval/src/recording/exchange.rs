//! The format of a recording: one question and its answer per line.

use crate::answer::check_reply;
use crate::look::LookKind;
use crate::model::{ModelIdentity, Question, Reply};
use http_support::{Secret, redact};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tdbal_types::{ActorId, Digest, Tokens, Usd};

/// One question and its answer.
///
/// Only the fields that identify the question and the text of the answer are required, which makes
/// it easy to write one by hand. There are no fields for headers, keys, prompts or images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exchange {
    /// How the pictures were shown.
    pub(crate) look: LookKind,
    /// The digests of the pictures' files, in the order of their numbers.
    pub(crate) pictures: Vec<Digest>,
    /// Whether the model was asked again because its first answer was unusable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) asked_again: bool,
    /// What determined the answer, apart from the pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<ModelIdentity>,
    /// The answer, unchanged.
    pub(crate) text: String,
    /// The model that answered, as reported by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// The server's ID of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// Tokens used.
    #[serde(default)]
    pub(crate) tokens: Tokens,
    /// Price of the tokens.
    #[serde(default)]
    pub(crate) cost: Usd,
}

impl Exchange {
    /// The exchange to record, with all secrets removed from the server's texts.
    pub(crate) fn new(
        question: &Question,
        reply: &Reply,
        identity: ModelIdentity,
        secrets: &[Secret],
    ) -> Self {
        Self {
            look: question.look,
            pictures: question.digests(),
            asked_again: question.correction.is_some(),
            identity: Some(identity),
            // A server may repeat the key in an answer, and recordings are meant to be shared.
            text: redact(&reply.text, secrets),
            model: Some(redact(&reply.model, secrets)),
            request_id: reply.request_id.as_deref().map(|id| redact(id, secrets)),
            tokens: reply.tokens,
            cost: reply.cost,
        }
    }
}

/// The file with an actor's exchanges.
pub(crate) fn path(dir: &Path, actor: &ActorId) -> PathBuf {
    dir.join(actor.as_str()).join("exchanges.jsonl")
}

/// Finds the recorded answer to a question: the last usable one, or otherwise the last one. Skips
/// lines that are not exchanges, such as a line left incomplete by a crash.
pub(crate) fn find_answer(recording: &[u8], question: &Question, path: &Path) -> Option<Exchange> {
    let pictures = question.digests();
    let numbers = question.numbers();
    let mut last = None;
    let mut last_usable = None;
    for (position, line) in recording.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let exchange: Exchange = match serde_json::from_slice(line) {
            Ok(exchange) => exchange,
            Err(error) => {
                let (path, line) = (path.display(), position + 1);
                tracing::warn!(%path, line, %error, "skipping a line that is not a recorded exchange");
                continue;
            }
        };
        // Neither the model nor the prompt is compared: a recording stays valid when they change.
        if exchange.look != question.look || exchange.pictures != pictures {
            continue;
        }
        if check_reply(&exchange.text, question.look, &numbers).is_ok() {
            // A later recording replaces an earlier one: recording again is how answers are
            // updated.
            last_usable = Some(exchange);
        } else {
            last = Some(exchange);
        }
    }
    last_usable.or(last)
}
