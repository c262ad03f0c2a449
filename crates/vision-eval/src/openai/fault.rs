//! Classifies unsuccessful replies, by the error's `type` and `code` first and by the HTTP status
//! only if those say nothing.

use super::response::ChatCompletion;
use crate::error::StopCause;
use http_support::{Verdict, delay_from_headers};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::fmt;

/// Error types and codes of an account without quota or credit. Waiting does not help.
const OUT_OF_CREDIT: [&str; 7] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
];

/// The error object of a reply, `{"error": {...}}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ApiFault {
    pub(super) message: String,
    pub(super) kind: Option<String>,
    pub(super) param: Option<String>,
    pub(super) code: Option<String>,
}

impl ApiFault {
    /// Reads the error in a reply's body. Returns `None` if the body is something else, such as a
    /// proxy's page.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let error = value.get("error")?;
        let text = |name: &str| match error.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Some(Self {
            // Some servers send the message alone: {"error": "..."}.
            message: error
                .as_str()
                .map(ToOwned::to_owned)
                .or_else(|| text("message"))
                .unwrap_or_default(),
            kind: text("type"),
            param: text("param"),
            code: text("code"),
        })
    }

    /// Whether the error's type or code is one of `names`.
    fn is(&self, names: &[&str]) -> bool {
        [&self.kind, &self.code]
            .into_iter()
            .flatten()
            .any(|given| names.contains(&given.as_str()))
    }

    /// Whether the account's quota or credit is used up.
    fn is_out_of_credit(&self) -> bool {
        self.is(&OUT_OF_CREDIT)
    }

    /// Whether the service's content filter blocked the request.
    pub(super) fn is_content_filter(&self) -> bool {
        self.is(&[
            "content_filter",
            "content_policy_violation",
            "image_content_policy_violation",
        ])
    }

    /// Whether the server has no such URL.
    pub(super) fn is_unknown_url(&self) -> bool {
        self.is(&["unknown_url"])
    }

    /// Whether the error says that something is not supported, in contrast to invalid.
    pub(super) fn is_unsupported(&self) -> bool {
        let message = self.message.to_lowercase();
        self.is(&["unsupported_parameter", "unsupported_value"])
            || [
                "not supported",
                "unsupported",
                "does not support",
                "unrecognized",
            ]
            .iter()
            .any(|phrase| message.contains(phrase))
    }
}

impl fmt::Display for ApiFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.code.as_ref().or(self.kind.as_ref()) {
            Some(name) if self.message.is_empty() => f.write_str(name),
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

/// Whether to accept a reply, to retry, or to give up.
pub(super) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
    if status.is_success() {
        // HTML or half a completion comes from a proxy or a broken connection: a retry may help.
        return match ChatCompletion::parse(body) {
            Ok(_) => Verdict::Ok,
            Err(_) => Verdict::Retry { after: None },
        };
    }
    let after = delay_from_headers(headers);
    let fault = ApiFault::parse(body).unwrap_or_default();
    // Checked before the status: services report missing credit as 429, like a rate limit.
    if fault.is_out_of_credit() {
        return Verdict::Permanent;
    }
    // An overloaded service recovers only if all workers wait, not just this one.
    if status == 429 || fault.is(&["slow_down", "server_is_overloaded"]) {
        return Verdict::RateLimited { after };
    }
    match status.as_u16() {
        // Timeouts, conflicts, early data and server errors are temporary.
        408 | 409 | 425 | 500..=599 => Verdict::Retry { after },
        _ => Verdict::Permanent,
    }
}

/// The cause that stops the run, if the reply means that every other question would fail too.
pub(super) fn stop_cause(
    status: u16,
    fault: Option<&ApiFault>,
    endpoint: &str,
    model: &str,
    detail: &str,
) -> Option<StopCause> {
    let endpoint = endpoint.to_owned();
    let detail = detail.to_owned();
    if status == 402 || fault.is_some_and(ApiFault::is_out_of_credit) {
        return Some(StopCause::NoCredit { endpoint, detail });
    }
    let names_model = fault.is_some_and(|fault| {
        fault.is(&["model_not_found"]) || fault.param.as_deref() == Some("model")
    });
    // A rate limit or a server error may name the model too, although it exists.
    if names_model && (400..500).contains(&status) && status != 429 {
        return Some(StopCause::ModelNotFound {
            endpoint,
            model: model.to_owned(),
            detail,
        });
    }
    match (status, fault) {
        (401, Some(fault)) if fault.is(&["ip_not_authorized"]) => {
            Some(StopCause::Forbidden { endpoint, detail })
        }
        (401, _) => Some(StopCause::BadKey { endpoint, detail }),
        // Only an error of the API tells about the account. A proxy's page does not.
        (403, Some(_)) => Some(StopCause::Forbidden { endpoint, detail }),
        (404 | 405, _) => Some(StopCause::WrongEndpoint { endpoint, detail }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
