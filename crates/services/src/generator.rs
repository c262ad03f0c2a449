//! The image models on Replicate.

use crate::http::{self, HttpSetupError};
use async_trait::async_trait;
use http_support::{RetryPolicy, Secret};
use replicate_gen::{
    GenerateError, ImageGenerator, ModelSettings, PollSettings, ReplicateClient,
    ReplicateSetupError,
};
use std::sync::Arc;

/// An image generator whose account can be checked without spending money.
#[async_trait]
pub trait GeneratorService: ImageGenerator {
    /// Returns the name of the account that the API token belongs to.
    ///
    /// # Errors
    /// As [`ReplicateClient::account`].
    async fn account(&self) -> Result<String, GenerateError>;
}

#[async_trait]
impl GeneratorService for ReplicateClient {
    async fn account(&self) -> Result<String, GenerateError> {
        Self::account(self).await
    }
}

/// A client for Replicate cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum ReplicateError {
    /// HTTPS cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
    /// The base URL or the token is invalid.
    #[error(transparent)]
    Setup(#[from] ReplicateSetupError),
}

/// Replicate's API, and the model to use there.
#[derive(Debug, Clone)]
pub struct Replicate<'a> {
    /// The base URL, with its `/v1`.
    pub base_url: &'a str,
    /// The API token.
    pub token: Secret,
    /// The model.
    pub model: ModelSettings,
    /// How failed calls are retried.
    pub retry: RetryPolicy,
    /// How long and how often predictions are polled.
    pub poll: PollSettings,
}

impl Replicate<'_> {
    /// Returns a client that names itself `user_agent`. Sends nothing yet.
    ///
    /// # Errors
    /// If HTTPS cannot be set up, or the base URL or the token is invalid.
    #[inline(never)]
    pub fn client(self, user_agent: &str) -> Result<Arc<dyn GeneratorService>, ReplicateError> {
        Ok(Arc::new(ReplicateClient::new(
            http::client(user_agent)?,
            self.base_url,
            self.token,
            self.model,
            self.retry,
            self.poll,
        )?))
    }
}
