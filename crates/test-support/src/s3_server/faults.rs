//! Answers that a test lays down before the server is asked.

use crate::traffic::SeenRequest;
use std::sync::{Mutex, PoisonError};

/// What a request gets in place of its own answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Fault {
    pub(super) answer: FaultyAnswer,
    /// Whether the request is carried out all the same.
    pub(super) done: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FaultyAnswer {
    /// A status and a body of XML.
    Reply(u16, String),
    /// The connection is closed.
    HangUp,
}

impl S3Fault {
    /// A refusal as S3 writes it: a status and a code such as `AccessDenied`. A status of 200 is how
    /// a COPY fails that had begun its answer.
    pub fn refusal(status: u16, code: &str) -> Self {
        Self::reply(
            status,
            &format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                 <Message>As the test wants it.</Message><RequestId>fake</RequestId></Error>"
            ),
        )
    }

    /// Any status with any body, such as a 200 with the errors of single keys.
    pub fn reply(status: u16, xml: &str) -> Self {
        Self {
            answer: FaultyAnswer::Reply(status, xml.to_owned()),
            done: false,
        }
    }

    /// 503: too many requests.
    pub fn slow_down() -> Self {
        Self::refusal(503, "SlowDown")
    }

    /// 409: another conditional write is in progress.
    pub fn conflict() -> Self {
        Self::refusal(409, "ConditionalRequestConflict")
    }

    /// 412: a condition does not hold.
    pub fn precondition_failed() -> Self {
        Self::refusal(412, "PreconditionFailed")
    }

    /// The connection ends without an answer.
    pub const fn hang_up() -> Self {
        Self {
            answer: FaultyAnswer::HangUp,
            done: false,
        }
    }

    /// The same answer to a request that is carried out all the same.
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

/// All that was laid down and not used up.
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

    /// The fault that a request meets, by the first rule that is not used up.
    pub(super) fn meet(&self, request: &SeenRequest) -> Option<S3Fault> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter_mut().find(|rule| {
            rule.left > 0 && rule.method == request.method && request.path.contains(&rule.path_part)
        })?;
        rule.left -= 1;
        Some(rule.fault.clone())
    }
}
