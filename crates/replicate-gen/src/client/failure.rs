//! What a failed request to the API means.

use crate::error::{BoxError, GenerateError, StopReason};
use http_support::HttpError;
use reqwest::StatusCode;
use tdbal_types::Usd;

/// The error that stops the run, where the reply means that no order can succeed; else the error as
/// it was. Only an order's 404 means that there is no such model.
pub(super) fn stops_run(error: HttpError, is_order: bool) -> Result<GenerateError, HttpError> {
    let reason = match error.status() {
        Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => StopReason::BadToken,
        Some(StatusCode::PAYMENT_REQUIRED) => StopReason::NoCredit,
        Some(StatusCode::NOT_FOUND) if is_order => StopReason::NoModel,
        _ => return Err(error),
    };
    Ok(GenerateError::StopsRun {
        reason,
        source: Some(error.into()),
    })
}

pub(super) fn not_ordered(tried: String, source: BoxError) -> GenerateError {
    GenerateError::Transport {
        tried,
        id: None,
        cost: Usd::ZERO,
        source,
    }
}
