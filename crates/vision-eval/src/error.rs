//! Why no answer came.

use crate::look::LookKind;
use std::path::PathBuf;
use tdbal_types::{ActorId, Digest, Tokens, Usd};

/// What lies beneath a failure.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a question took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Its tokens.
    pub tokens: Tokens,
    /// Their price.
    pub cost: Usd,
}

/// Why no answer came, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    /// No other actor would fare better: stop the run and say this once.
    #[error("{cause}")]
    StopsRun {
        /// What must be put right first.
        cause: StopCause,
        /// What this question took all the same.
        spent: Box<Spent>,
        /// What lies beneath.
        source: Option<Source>,
    },
    /// This actor has no answer; others may.
    #[error("no evaluation of {actor}: {cause}{}", request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default())]
    ActorFailed {
        /// The actor.
        actor: ActorId,
        /// Why.
        cause: ActorFailure,
        /// The server's name for the request.
        request_id: Option<String>,
        /// What this question took all the same.
        spent: Box<Spent>,
        /// What lies beneath.
        source: Option<Source>,
    },
    /// A replay has no recorded answer to this question.
    #[error(
        "no recorded answer for {actor} ({look}{}): {}",
        at(pictures),
        looked_for(pictures, tried)
    )]
    NoRecording {
        /// The actor.
        actor: ActorId,
        /// The look that was asked for.
        look: LookKind,
        /// The pictures in the order that was asked for, where recordings are found by them.
        pictures: Vec<Digest>,
        /// All files that would have done; none where no recording of that kind can hold the look.
        tried: Vec<PathBuf>,
    },
    /// A recorded answer is there but cannot be read.
    #[error("the recorded answer {} cannot be read; check its permissions and that it is UTF-8 text", path.display())]
    UnreadableRecording {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Answers are to be recorded and cannot be: nothing was asked.
    #[error("answers cannot be recorded in {}; check that it can be written, or leave out --record", path.display())]
    CannotRecord {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The server did not say whether it has the model; nothing was asked of the model.
    #[error(
        "could not ask {endpoint} about the model {model:?}; check the base URL, which must end with \
         its version, as in /v1, and that the server is up"
    )]
    CheckFailed {
        /// The server's base URL.
        endpoint: String,
        /// The model's name.
        model: String,
        /// What came in place of an answer.
        source: Source,
    },
}

/// The pictures of a recorded look: the first, and how many more.
fn at(pictures: &[Digest]) -> String {
    match pictures {
        [] => String::new(),
        [one] => format!(" at {}", one.short()),
        [first, rest @ ..] => format!(" at {} and {} more", first.short(), rest.len()),
    }
}

/// Where a recording was looked for, and what to do.
fn looked_for(pictures: &[Digest], tried: &[PathBuf]) -> String {
    let files = tried
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(" and ");
    if tried.is_empty() {
        "a recording of one sheet holds no other look; record the actor with --record, or leave it out"
            .to_owned()
    } else if pictures.is_empty() {
        format!("looked for {files}; record one, or leave this actor out")
    } else {
        format!(
            "{files} holds no such look at these pictures in this order; record it anew with \
             --record, or leave this actor out"
        )
    }
}

/// What must be put right before any question can be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopCause {
    /// The key is missing, wrong or revoked.
    #[error("{endpoint} refused the API key: {detail}; set OPENAI_API_KEY to a valid key")]
    BadKey {
        /// The server's base URL.
        endpoint: String,
        /// What the server said.
        detail: String,
    },
    /// No quota, no credit, or a spending limit that is reached.
    #[error(
        "{endpoint} says that the account's quota or credit is used up: {detail}; add credit or raise the limit, then run again to go on"
    )]
    NoCredit {
        /// The server's base URL.
        endpoint: String,
        /// What the server said.
        detail: String,
    },
    /// The model does not exist, was shut down, or is not open to this account.
    #[error(
        "{endpoint} has no model {model:?} for this key: {detail}; choose another with --model"
    )]
    ModelNotFound {
        /// The server's base URL.
        endpoint: String,
        /// The model's name.
        model: String,
        /// What the server said.
        detail: String,
    },
    /// The account, its region or its address may not use the service.
    #[error("{endpoint} does not allow this: {detail}")]
    Forbidden {
        /// The server's base URL.
        endpoint: String,
        /// What the server said.
        detail: String,
    },
    /// The base URL leads to something else.
    #[error(
        "{endpoint} has no chat completions: {detail}; the base URL must end with its version, as in /v1"
    )]
    WrongEndpoint {
        /// The server's base URL.
        endpoint: String,
        /// What the server said.
        detail: String,
    },
}

/// Why one actor has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActorFailure {
    /// The model refused.
    #[error("the model refused: {text}")]
    Refused {
        /// What it said.
        text: String,
    },
    /// The service's content filter stopped the answer or the request.
    #[error("the content filter of the service stopped it")]
    ContentFilter,
    /// The answer was cut off, even after the limit was raised once.
    #[error(
        "the answer was cut off at {cap} tokens, the raised limit; raise max_output_tokens of the model's settings, or use a model that does not reason at length"
    )]
    Truncated {
        /// The limit in tokens.
        cap: u32,
    },
    /// The server takes the request for wrong.
    #[error("the server rejected the request: {detail}")]
    Rejected {
        /// What it said.
        detail: String,
    },
    /// A proxy or gateway answered with a page in place of the service, again and again.
    #[error("something between here and the service answered with {page}")]
    Html {
        /// The page, named by its title.
        page: String,
    },
    /// A successful reply that is not a chat completion, again and again.
    #[error("the server's reply is no chat completion: {detail}")]
    Broken {
        /// What is wrong with it.
        detail: String,
    },
    /// The model wants something other than to answer.
    #[error("the model ended with {finish_reason:?} in place of an answer")]
    UnexpectedFinish {
        /// The reason that it gave.
        finish_reason: String,
    },
    /// No reply, or only failures, after all attempts.
    #[error("the service could not be used; run again to go on")]
    Unavailable,
}

impl VisionError {
    /// The same failure, of a question that had taken so much before.
    pub(crate) fn after(mut self, before: Spent) -> Self {
        if let Self::StopsRun { spent, .. } | Self::ActorFailed { spent, .. } = &mut self {
            spent.tokens += before.tokens;
            spent.cost += before.cost;
        }
        self
    }

    /// The same failure with what lies beneath it.
    #[cfg(feature = "http")]
    pub(crate) fn caused_by(
        mut self,
        beneath: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        if let Self::StopsRun { source, .. } | Self::ActorFailed { source, .. } = &mut self {
            *source = Some(Box::new(beneath));
        }
        self
    }

    /// Whether no other actor would fare better.
    pub const fn stops_run(&self) -> bool {
        matches!(self, Self::StopsRun { .. } | Self::CannotRecord { .. })
    }

    /// Tokens that the failed question took all the same.
    pub fn tokens(&self) -> Tokens {
        match self {
            Self::StopsRun { spent, .. } | Self::ActorFailed { spent, .. } => spent.tokens,
            Self::NoRecording { .. }
            | Self::UnreadableRecording { .. }
            | Self::CannotRecord { .. }
            | Self::CheckFailed { .. } => Tokens::default(),
        }
    }

    /// What the failed question cost all the same.
    pub fn cost(&self) -> Usd {
        match self {
            Self::StopsRun { spent, .. } | Self::ActorFailed { spent, .. } => spent.cost,
            Self::NoRecording { .. }
            | Self::UnreadableRecording { .. }
            | Self::CannotRecord { .. }
            | Self::CheckFailed { .. } => Usd::ZERO,
        }
    }
}
