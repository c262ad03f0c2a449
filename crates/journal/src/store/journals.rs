//! The trait, and the contract that every place keeps (`conformance` tests it).

use super::error::JournalError;
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt::{Debug, Display};
use std::sync::Arc;
use storage::Version;
use tdbal_types::{ActorId, RunId};

/// Where the logs and documents of runs are kept.
///
/// # Contract
/// - `Display` names the place, never a secret.
/// - What `append`, `create_document`, `open`, `close` or `put_state` did is durable when it
///   returns. A record is there whole or not at all, whatever dies.
/// - A log belongs to whoever appends to it: of two that append a record with the same number, one
///   succeeds and the other gets [`JournalError::Taken`] and must do nothing more to the actor.
/// - After an error that is not [`JournalError::Taken`] the record may be there or not: append the
///   same bytes under the same number again, or read the log.
/// - Names of documents and of state are relative keys (`plan.json`, `manifests/ab12.json`), safe to
///   join to a folder.
/// - Dropping the future of a call stops waiting for it; what it had begun may still happen.
#[async_trait]
pub trait Journals: Debug + Display + Send + Sync + 'static {
    /// Runs that have documents or logs, sorted by name, which is by time.
    async fn runs(&self) -> Result<Vec<RunId>, JournalError>;

    /// Actors that have a log in a run, sorted. A log that a crash left without a whole record may
    /// be among them.
    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError>;

    /// All whole records of a log in order; none, if there is no log. Takes no lock.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] where a record in the middle is broken or lacks.
    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError>;

    /// Appends the record with this number, counted from 1: JSON in one line, at most
    /// [`JournalError::MAX_RECORD`] bytes.
    ///
    /// The same bytes at that number count as success: the answer to the first attempt was lost.
    ///
    /// # Errors
    /// [`JournalError::Taken`] where that number has other content, [`JournalError::Gap`] where the
    /// record before it is not there, [`JournalError::NotARecord`] for other bytes than one line of
    /// JSON.
    async fn append(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
        record: Bytes,
    ) -> Result<(), JournalError>;

    /// Creates a document; `false` where one of that name exists already, whatever its content.
    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError>;

    /// A document of a run, if it exists.
    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError>;

    /// Names of a run's documents, sorted.
    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError>;

    /// Says that the actor's part of the run is begun and not ended. Can be repeated.
    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError>;

    /// Says that the actor's part of the run is ended. Can be repeated.
    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError>;

    /// What is begun and not ended, sorted by run, then actor.
    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError>;

    /// A shared document of the data set outside any run, with its version for [`put_state`].
    ///
    /// [`put_state`]: Journals::put_state
    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError>;

    /// Writes a shared document over the version that was read; `None` creates it. Returns the new
    /// version.
    ///
    /// # Errors
    /// [`JournalError::Changed`] where another version is there: read it and decide again.
    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError>;
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<J: Journals + ?Sized> Journals for Arc<J> {
    async fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        J::runs(self).await
    }

    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError> {
        J::actors(self, run).await
    }

    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError> {
        J::read(self, run, actor).await
    }

    async fn append(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
        record: Bytes,
    ) -> Result<(), JournalError> {
        J::append(self, run, actor, number, record).await
    }

    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError> {
        J::create_document(self, run, name, bytes).await
    }

    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError> {
        J::document(self, run, name).await
    }

    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        J::documents(self, run).await
    }

    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        J::open(self, run, actor).await
    }

    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        J::close(self, run, actor).await
    }

    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        J::open_logs(self).await
    }

    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        J::state(self, name).await
    }

    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError> {
        J::put_state(self, name, bytes, over).await
    }
}
