//! Errors of a vision model that gave no answer.

use crate::look::LookKind;
use std::path::PathBuf;
use tdbal_types::{ActorId, Digest, Tokens, Usd};

/// The underlying error.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a question cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens used.
    pub tokens: Tokens,
    /// Price of the tokens.
    pub cost: Usd,
}

/// Why a question has no answer. The variants differ in what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    /// Every other actor would fail in the same way: stop the run and report the cause once.
    #[error("{cause}")]
    StopsRun {
        /// What must be fixed before the run can continue.
        cause: StopCause,
        /// What the failed question cost.
        spent: Box<Spent>,
        /// The underlying error, if there is one.
        source: Option<Source>,
    },
    /// This actor has no answer; other actors may have one.
    #[error("could not evaluate {actor}: {cause}{}", request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default())]
    ActorFailed {
        /// The actor that the question was about.
        actor: ActorId,
        /// Why there is no answer.
        cause: ActorFailure,
        /// The server's ID of the request, if it sent one.
        request_id: Option<String>,
        /// What the failed question cost.
        spent: Box<Spent>,
        /// The underlying error, if there is one.
        source: Option<Source>,
    },
    /// A replay has no recorded answer to this question.
    #[error(
        "no recorded answer for {actor} ({look}{}): {}",
        pictures_suffix(pictures),
        search_hint(pictures, tried)
    )]
    NoRecording {
        /// The actor that the question was about.
        actor: ActorId,
        /// The kind of look that the question asks for.
        look: LookKind,
        /// Digests of the pictures in the order of the question. Empty if the recording is of one
        /// sheet, which is not looked up by its pictures.
        pictures: Vec<Digest>,
        /// All files that were looked for. Empty if a recording of one sheet cannot hold this look.
        tried: Vec<PathBuf>,
    },
    /// A recorded answer exists but cannot be read.
    #[error("cannot read the recorded answer {}; check its permissions and that it is UTF-8 text", path.display())]
    UnreadableRecording {
        /// The recording.
        path: PathBuf,
        /// Why it cannot be read.
        source: std::io::Error,
    },
    /// The file for recording answers cannot be written. The model was not asked.
    #[error("cannot record answers in {}; make it writable, or run without --record", path.display())]
    CannotRecord {
        /// The recording.
        path: PathBuf,
        /// Why it cannot be written.
        source: std::io::Error,
    },
    /// The server did not say whether it has the model. The model was not asked anything.
    #[error(
        "cannot look up the model {model:?} at {endpoint}; check that the server is up and that the \
         base URL ends with a version, such as /v1"
    )]
    CheckFailed {
        /// The server's base URL.
        endpoint: String,
        /// The model's name.
        model: String,
        /// The failure of the request, or of reading its reply.
        source: Source,
    },
}

/// Names the first picture of a look and counts the rest.
fn pictures_suffix(pictures: &[Digest]) -> String {
    match pictures {
        [] => String::new(),
        [one] => format!(" at {}", one.short()),
        [first, rest @ ..] => format!(" at {} and {} more", first.short(), rest.len()),
    }
}

/// Where a recording was looked for, and what to do about it.
fn search_hint(pictures: &[Digest], tried: &[PathBuf]) -> String {
    let files = tried
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(" and ");
    if tried.is_empty() {
        "a recording of one sheet has no other looks; record this actor with --record, or leave it out"
            .to_owned()
    } else if pictures.is_empty() {
        format!("looked for {files}; record one, or leave this actor out")
    } else {
        format!(
            "{files} has no such look at these pictures in this order; record it again with --record, \
             or leave this actor out"
        )
    }
}

/// What must be fixed before any question can be answered.
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
    /// The quota or credit is used up, or a spending limit is reached.
    #[error(
        "{endpoint} says that the account's quota or credit is used up: {detail}; add credit or raise the limit, then run again to resume"
    )]
    NoCredit {
        /// The server's base URL.
        endpoint: String,
        /// What the server said.
        detail: String,
    },
    /// The model does not exist, was shut down, or is not available to this account.
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
    /// The account, its region or its IP address is not allowed to use the service.
    #[error(
        "{endpoint} denied access: {detail}; check that this account, region and IP address may use the API"
    )]
    Forbidden {
        /// The server's base URL.
        endpoint: String,
        /// What the server said.
        detail: String,
    },
    /// The base URL does not lead to a chat completions API.
    #[error(
        "{endpoint} does not serve chat completions: {detail}; the base URL must end with a version, such as /v1"
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
    /// The model refused to answer.
    #[error("the model refused: {text}")]
    Refused {
        /// The beginning of the refusal.
        text: String,
    },
    /// The service's content filter blocked the request or the answer.
    #[error("the service's content filter blocked the request or the answer")]
    ContentFilter,
    /// The answer was cut off at the token limit, even after the limit was raised once.
    #[error(
        "the answer was cut off at {cap} tokens; increase max_output_tokens in the model's settings, or use a model that reasons less"
    )]
    Truncated {
        /// The last limit, in tokens.
        cap: u32,
    },
    /// The server rejected the request as invalid.
    #[error("the server rejected the request: {detail}")]
    Rejected {
        /// What the server said, with the status.
        detail: String,
    },
    /// A proxy or gateway answered with an HTML page in all attempts.
    #[error("a proxy or gateway answered in place of the service: {page}")]
    Html {
        /// Description of the page, with its title.
        page: String,
    },
    /// The server's successful reply was not a chat completion in all attempts.
    #[error("the server's reply is not a chat completion: {detail}")]
    Broken {
        /// What is wrong with the reply.
        detail: String,
    },
    /// The model stopped for a reason other than a complete answer, such as a tool call.
    #[error("the model stopped with {finish_reason:?} instead of an answer")]
    UnexpectedFinish {
        /// The `finish_reason` of the completion.
        finish_reason: String,
    },
    /// No attempt got a reply, or the server failed every time.
    #[error("the service is unavailable; run again to resume")]
    Unavailable,
}

impl VisionError {
    /// Adds what earlier calls for the same question cost.
    pub(crate) fn after(mut self, before: Spent) -> Self {
        // The other variants occur in replays, which are free, or before the model is asked.
        if let Self::StopsRun { spent, .. } | Self::ActorFailed { spent, .. } = &mut self {
            spent.tokens += before.tokens;
            spent.cost += before.cost;
        }
        self
    }

    /// Sets the underlying error.
    #[cfg(feature = "http")]
    pub(crate) fn caused_by(
        mut self,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        if let Self::StopsRun { source, .. } | Self::ActorFailed { source, .. } = &mut self {
            *source = Some(Box::new(cause));
        }
        self
    }

    /// Whether the same error would occur for every other actor.
    pub const fn stops_run(&self) -> bool {
        // All actors are recorded in the same folder, so no other answer could be recorded either.
        matches!(self, Self::StopsRun { .. } | Self::CannotRecord { .. })
    }

    /// Tokens that the failed question used.
    pub fn tokens(&self) -> Tokens {
        match self {
            Self::StopsRun { spent, .. } | Self::ActorFailed { spent, .. } => spent.tokens,
            Self::NoRecording { .. }
            | Self::UnreadableRecording { .. }
            | Self::CannotRecord { .. }
            | Self::CheckFailed { .. } => Tokens::default(),
        }
    }

    /// Price of the failed question.
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
