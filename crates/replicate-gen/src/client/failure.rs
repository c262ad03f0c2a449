//! Conversion of failed API requests to errors.

use crate::error::{BoxError, GenerateError, StopReason};
use http_support::HttpError;
use reqwest::StatusCode;
use tdbal_types::Usd;

/// Converts an error to [`GenerateError::StopsRun`] if it means that no order can succeed;
/// otherwise returns it unchanged.
pub(super) fn stops_run(error: HttpError, is_order: bool) -> Result<GenerateError, HttpError> {
    let reason = match error.status() {
        Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => StopReason::BadToken,
        Some(StatusCode::PAYMENT_REQUIRED) => StopReason::NoCredit,
        // For other requests, 404 is about a single prediction or file and not about the model.
        Some(StatusCode::NOT_FOUND) if is_order => StopReason::NoModel,
        _ => return Err(error),
    };
    Ok(GenerateError::StopsRun {
        reason,
        source: Some(error.into()),
    })
}

/// Creates the error for a failed action before any prediction exists, so nothing is charged.
pub(super) fn not_ordered(tried: String, source: BoxError) -> GenerateError {
    GenerateError::Transport {
        tried,
        id: None,
        cost: Usd::ZERO,
        source,
    }
}
