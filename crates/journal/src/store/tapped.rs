//! Journals that report every append, for tests that stop a process at an exact step.

use super::error::JournalError;
use super::journals::{JournalRead, Journals};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use storage::Version;
use tdbal_types::{ActorId, RunId};

/// Whether a [`Tap`] is reported before or after the append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// Before the append; nothing is written yet.
    Before,
    /// After a successful append; the record is durable. A failed append has no such report.
    After,
}

/// A report of an append.
#[derive(Debug, Clone, Copy)]
pub struct Tap<'a> {
    /// Run that writes the log.
    pub run: &'a RunId,
    /// Actor that the log is about.
    pub actor: &'a ActorId,
    /// Number of the appended record, from 1.
    pub number: u64,
    /// Content of the appended record.
    pub record: &'a Bytes,
    /// Whether the append is about to start or is done.
    pub moment: Moment,
}

/// Journals that call a closure before and after each append to other journals.
pub struct Tapped<J> {
    inner: J,
    tap: Box<dyn Fn(&Tap<'_>) + Send + Sync>,
}

impl<J> Tapped<J> {
    /// Wraps `inner`. Each append blocks until `tap` returns.
    pub fn new(inner: J, tap: impl Fn(&Tap<'_>) + Send + Sync + 'static) -> Self {
        Self {
            inner,
            tap: Box::new(tap),
        }
    }
}

impl<J: fmt::Debug> fmt::Debug for Tapped<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tapped")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<J: fmt::Display> fmt::Display for Tapped<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<J: JournalRead> JournalRead for Tapped<J> {
    async fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        self.inner.runs().await
    }

    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError> {
        self.inner.actors(run).await
    }

    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError> {
        self.inner.read(run, actor).await
    }

    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError> {
        self.inner.document(run, name).await
    }

    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        self.inner.documents(run).await
    }

    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        self.inner.open_logs().await
    }

    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        self.inner.state(name).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<J: Journals> Journals for Tapped<J> {
    async fn append(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
        record: Bytes,
    ) -> Result<(), JournalError> {
        let report = |moment| {
            (self.tap)(&Tap {
                run,
                actor,
                number,
                record: &record,
                moment,
            });
        };
        report(Moment::Before);
        self.inner
            .append(run, actor, number, record.clone())
            .await?;
        report(Moment::After);
        Ok(())
    }

    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError> {
        self.inner.create_document(run, name, bytes).await
    }

    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.inner.open(run, actor).await
    }

    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.inner.close(run, actor).await
    }

    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError> {
        self.inner.put_state(name, bytes, over).await
    }
}

#[cfg(test)]
mod tests;
