//! The HTTPS client that OpenAI and Replicate share.

use std::time::Duration;

/// How long setting up one connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTPS client cannot be set up, for example because the system has no usable certificates.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up HTTPS")]
pub struct HttpSetupError(#[from] reqwest::Error);

/// Returns a client that names itself `user_agent` in every request.
pub(crate) fn client(user_agent: &str) -> Result<reqwest::Client, HttpSetupError> {
    Ok(reqwest::Client::builder()
        .user_agent(user_agent)
        .connect_timeout(CONNECT_TIMEOUT)
        .build()?)
}
