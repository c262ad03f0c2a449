//! The account that the API token belongs to.

use super::connection::ReplicateClient;
use super::failure::{not_ordered, stops_run};
use super::response::classify_api_response;
use crate::error::GenerateError;
use http_support::Idempotence;
use serde::Deserialize;

/// The response of the account endpoint.
#[derive(Deserialize)]
struct Account {
    username: String,
}

impl ReplicateClient {
    /// Returns the name of the account that the API token belongs to. Costs nothing.
    ///
    /// # Errors
    /// [`StopsRun`](GenerateError::StopsRun) when the token is not accepted, and
    /// [`Transport`](GenerateError::Transport) when the service cannot be reached or its response
    /// is not understood.
    pub async fn account(&self) -> Result<String, GenerateError> {
        let tried = || "look up the account of the Replicate API token".to_owned();
        let url = self.endpoint(&["account"]);
        let reply = self
            .api
            .send(
                Idempotence::Repeatable,
                |http| self.authorised(http.get(url.clone())),
                classify_api_response,
            )
            .await
            .map_err(|error| {
                stops_run(error, false).unwrap_or_else(|e| not_ordered(tried(), e.into()))
            })?;
        let account: Account = serde_json::from_slice(&reply.body)
            .map_err(|error| not_ordered(tried(), error.into()))?;
        Ok(account.username)
    }
}
