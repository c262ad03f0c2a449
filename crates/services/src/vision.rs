//! The vision model of OpenAI, or of a server with the same API.

use crate::http::{self, HttpSetupError};
use async_trait::async_trait;
use http_support::{RetryPolicy, Secret};
use std::sync::Arc;
use vision_eval::openai::{ModelCheck, OpenAi};
use vision_eval::{ModelSettings, VisionError, VisionModel};

/// A vision model whose server can be checked without spending money.
#[async_trait]
pub trait VisionService: VisionModel {
    /// Looks the model up at the server, to verify the key and that the model is available.
    ///
    /// # Errors
    /// As [`OpenAi::check`].
    async fn check(&self) -> Result<ModelCheck, VisionError>;
}

#[async_trait]
impl VisionService for OpenAi {
    async fn check(&self) -> Result<ModelCheck, VisionError> {
        Self::check(self).await
    }
}

/// A server with OpenAI's API, and the model to use there.
#[derive(Debug, Clone)]
pub struct OpenAiServer<'a> {
    /// The base URL, with its `/v1`.
    pub base_url: &'a str,
    /// The API key. An empty key is not sent.
    pub key: Secret,
    /// The model.
    pub model: ModelSettings,
    /// How failed calls are retried.
    pub retry: RetryPolicy,
}

impl OpenAiServer<'_> {
    /// Returns a client that names itself `user_agent`. Sends nothing yet.
    ///
    /// # Errors
    /// If HTTPS cannot be set up.
    #[inline(never)]
    pub fn client(self, user_agent: &str) -> Result<Arc<dyn VisionService>, HttpSetupError> {
        Ok(Arc::new(OpenAi::new(
            http::client(user_agent)?,
            self.base_url,
            self.key,
            self.model,
            self.retry,
        )))
    }
}
