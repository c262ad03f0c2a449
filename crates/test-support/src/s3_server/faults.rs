//! Faults prepared by a test.

use crate::traffic::SeenRequest;
use std::sync::{Mutex, PoisonError};

/// Fault: the response to a request instead of the real one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Fault {
    pub(super) answer: FaultyAnswer,
    /// Whether the request is carried out nevertheless.
    pub(super) done: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FaultyAnswer {
    /// Responds with a status and an XML body.
    Reply(u16, String),
    /// Closes the connection.
    HangUp,
}

impl S3Fault {
    /// Creates an error response in the format of S3, with a status and a code such as
    /// `AccessDenied`. S3 uses status 200 for a COPY that fails after the response has started.
    pub fn refusal(status: u16, code: &str) -> Self {
        Self::reply(
            status,
            &format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                 <Message>As the test wants it.</Message><RequestId>fake</RequestId></Error>"
            ),
        )
    }

    /// Creates a response with any status and body, such as a 200 with errors for single keys.
    pub fn reply(status: u16, xml: &str) -> Self {
        Self {
            answer: FaultyAnswer::Reply(status, xml.to_owned()),
            done: false,
        }
    }

    /// Creates a 503 for too many requests.
    pub fn slow_down() -> Self {
        Self::refusal(503, "SlowDown")
    }

    /// Creates a 409 for a conditional write that races with another one.
    pub fn conflict() -> Self {
        Self::refusal(409, "ConditionalRequestConflict")
    }

    /// Creates a 412 for a condition that does not hold.
    pub fn precondition_failed() -> Self {
        Self::refusal(412, "PreconditionFailed")
    }

    /// Closes the connection without a response.
    pub const fn hang_up() -> Self {
        Self {
            answer: FaultyAnswer::HangUp,
            done: false,
        }
    }

    /// Carries out the request before responding with the fault.
    #[must_use]
    pub fn although_done(self) -> Self {
        Self { done: true, ..self }
    }
}

#[derive(Debug)]
struct Rule {
    left: usize,
    method: String,
    path_part: String,
    fault: S3Fault,
}

/// Faults that have not been used up.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    pub(super) fn add(&self, times: usize, method: &str, path_part: &str, fault: S3Fault) {
        let rule = Rule {
            left: times,
            method: method.to_ascii_uppercase(),
            path_part: path_part.to_owned(),
            fault,
        };
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rules.push(rule);
    }

    pub(super) fn forget(&self) {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rules.clear();
    }

    /// Takes the fault for a request from the first matching rule that is not used up.
    pub(super) fn take(&self, request: &SeenRequest) -> Option<S3Fault> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter_mut().find(|rule| {
            rule.left > 0 && rule.method == request.method && request.path.contains(&rule.path_part)
        })?;
        rule.left -= 1;
        Some(rule.fault.clone())
    }
}
