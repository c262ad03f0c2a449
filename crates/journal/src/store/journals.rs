//! The `Journals` trait and its contract, which the `conformance` suite tests.

use super::error::JournalError;
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt::{Debug, Display};
use std::sync::Arc;
use storage::Version;
use tdbal_types::{ActorId, RunId};

/// Read access to the logs and documents of runs. Code that is handed only this cannot change a
/// journal. The contract is that of [`Journals`].
#[async_trait]
pub trait JournalRead: Debug + Display + Send + Sync + 'static {
    /// Runs that have documents or logs, sorted by name. Run names begin with their start time, so
    /// this is chronological order.
    async fn runs(&self) -> Result<Vec<RunId>, JournalError>;

    /// Actors that have a log in a run, sorted. After a crash this may include a log that does not
    /// have a complete record yet.
    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError>;

    /// All complete records of a log, in order; empty if the log does not exist. Takes no lock.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] if a record is corrupt, or one before the last is missing. An
    /// incomplete last line, which a crash can leave in a file, is skipped instead.
    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError>;

    /// The content of a run's document; `None` if it does not exist.
    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError>;

    /// Names of a run's documents, sorted.
    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError>;

    /// Runs and actors that are started and not finished, sorted by run, then by actor.
    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError>;

    /// A state document (one that belongs to the data set rather than to a run), with the version to
    /// pass to [`put_state`](Journals::put_state); `None` if it does not exist.
    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError>;
}

/// A store for the logs and documents of runs.
///
/// # Contract
/// - `Display` names the place and never prints a secret.
/// - When `append`, `create_document`, `open`, `close` or `put_state` returns `Ok`, its effect is
///   durable. A crash never leaves part of a record visible.
/// - When two processes append a record with the same number, one succeeds and the other gets
///   [`JournalError::Taken`]; the loser must stop working on the actor.
/// - After any other error it is unknown whether the record was written: append the same bytes with
///   the same number again, or read the log.
/// - Names of documents and of state documents are relative keys (`plan.json`,
///   `manifests/ab12.json`) that cannot leave the root folder.
/// - Dropping the future of a call stops the wait; an operation that has started may still complete.
#[async_trait]
pub trait Journals: JournalRead {
    /// Appends record `number` (from 1): JSON on a single line, at most
    /// [`JournalError::MAX_RECORD`] bytes.
    ///
    /// Appending the same bytes with the same number again succeeds, so a caller can retry after an
    /// attempt whose response was lost.
    ///
    /// # Errors
    /// [`JournalError::Taken`] if that record exists with different content, [`JournalError::Gap`]
    /// if the previous record does not exist, [`JournalError::NotARecord`] if the bytes are not a
    /// single line of JSON.
    async fn append(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
        record: Bytes,
    ) -> Result<(), JournalError>;

    /// Creates a document. Returns `false`, and writes nothing, if a document of that name exists,
    /// even one with the same content.
    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError>;

    /// Marks that the run has started work on the actor and not finished it. Can be repeated.
    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError>;

    /// Removes the mark set by [`open`](Journals::open). Can be repeated.
    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError>;

    /// Replaces version `over` of a state document, or creates the document if `over` is `None`.
    /// Returns the new version.
    ///
    /// # Errors
    /// [`JournalError::Changed`] if the document has another version: read it again and decide
    /// again what to write.
    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError>;
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<J: JournalRead + ?Sized> JournalRead for Arc<J> {
    async fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        J::runs(self).await
    }

    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError> {
        J::actors(self, run).await
    }

    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError> {
        J::read(self, run, actor).await
    }

    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError> {
        J::document(self, run, name).await
    }

    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        J::documents(self, run).await
    }

    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        J::open_logs(self).await
    }

    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        J::state(self, name).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<J: Journals + ?Sized> Journals for Arc<J> {
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

    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        J::open(self, run, actor).await
    }

    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        J::close(self, run, actor).await
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
