//! An exchange as it is recorded: one question and its answer on one line.

use crate::answer::check_reply;
use crate::look::LookKind;
use crate::model::{ModelIdentity, Question, Reply};
use http_support::{Secret, redact};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tdbal_types::{ActorId, Digest, Tokens, Usd};

/// An exchange. Only what says which question it was and the answer's text must be there, so that
/// one can be written by hand. There is no place in it for a header, a key, a prompt or an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exchange {
    /// How the pictures were looked at.
    pub(crate) look: LookKind,
    /// Their digests, in the order of their numbers.
    pub(crate) pictures: Vec<Digest>,
    /// Whether the model was asked again, its first answer being unusable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) asked_again: bool,
    /// What decided about the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<ModelIdentity>,
    /// The answer as it came.
    pub(crate) text: String,
    /// The model that the server says answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// The server's name for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// What it took.
    #[serde(default)]
    pub(crate) tokens: Tokens,
    /// Its price.
    #[serde(default)]
    pub(crate) cost: Usd,
}

impl Exchange {
    /// What is recorded of an answer: nothing that is secret.
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
            text: redact(&reply.text, secrets),
            model: Some(redact(&reply.model, secrets)),
            request_id: reply.request_id.as_deref().map(|id| redact(id, secrets)),
            tokens: reply.tokens,
            cost: reply.cost,
        }
    }
}

/// The file that holds an actor's exchanges.
pub(crate) fn path(dir: &Path, actor: &ActorId) -> PathBuf {
    dir.join(actor.as_str()).join("exchanges.jsonl")
}

/// The recorded answer to a question: the last that can be used, else the last. A line that is no
/// exchange, as a death while it was written leaves one, is passed over.
pub(crate) fn answer(recorded: &[u8], question: &Question, path: &Path) -> Option<Exchange> {
    let pictures = question.digests();
    let numbers = question.numbers();
    let mut last = None;
    let mut last_usable = None;
    for (position, line) in recorded.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let exchange: Exchange = match serde_json::from_slice(line) {
            Ok(exchange) => exchange,
            Err(error) => {
                let (path, line) = (path.display(), position + 1);
                tracing::warn!(%path, line, %error, "a line is no recorded exchange, passed over");
                continue;
            }
        };
        if exchange.look != question.look || exchange.pictures != pictures {
            continue;
        }
        if check_reply(&exchange.text, question.look, &numbers).is_ok() {
            last_usable = Some(exchange);
        } else {
            last = Some(exchange);
        }
    }
    last_usable.or(last)
}
