//! Whose token it is.

use super::connection::ReplicateClient;
use super::failure::{not_ordered, stops_run};
use super::reply::reading;
use crate::error::GenerateError;
use http_support::Idempotence;
use serde::Deserialize;

/// The reply to the question whose account it is.
#[derive(Deserialize)]
struct Account {
    username: String,
}

impl ReplicateClient {
    /// The name of the account that the token belongs to. Costs nothing.
    ///
    /// # Errors
    /// [`StopsRun`](GenerateError::StopsRun) where the token is not accepted,
    /// [`Transport`](GenerateError::Transport) where the service cannot be reached or answers with
    /// something else.
    pub async fn account(&self) -> Result<String, GenerateError> {
        let tried = || "ask Replicate whose API token it is".to_owned();
        let url = self.endpoint(&["account"]);
        let reply = self
            .api
            .send(
                Idempotence::Repeatable,
                |http| self.authorised(http.get(url.clone())),
                reading,
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
