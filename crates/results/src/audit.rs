//! The audit trail `audit.jsonl`: one line of JSON for every decision and every effect.

use crate::error::OutputError;
use crate::folder::OutputFolder;
use serde::{Deserialize, Serialize};
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Digest, RunId};

/// The file name of the audit trail.
const AUDIT: &str = "audit.jsonl";

/// One line of `audit.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When the line was written: UTC without a zone, `2026-11-22T11:06:50.123456`.
    pub time: String,
    /// The run that the line belongs to.
    pub run_id: RunId,
    /// The actor that the line belongs to.
    pub actor: ActorId,
    /// The file that the line is about, or the order (`bw_stylized_1`) of a picture that has no name
    /// yet; absent if the line is about the actor as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The SHA-256 digest of the file's content; absent if the content was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// The object, key or prediction that the action touched; absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The decision or effect that the line records.
    pub action: AuditAction,
    /// Why it was decided or done.
    pub reason: String,
    /// Whether the action was planned, done or failed.
    pub outcome: Outcome,
}

/// A decision or an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// Decision: the picture stays in the set.
    Keep,
    /// Decision: the picture is removed from the set.
    Remove,
    /// Decision: a person has to review the picture.
    Review,
    /// Decision: pictures are generated for the set.
    Generate,
    /// The actor could not be judged, or work on it failed.
    Fail,
    /// A prediction (the paid job that makes one picture) was bought.
    Predict,
    /// A generated picture was inspected.
    Look,
    /// A generated picture was stored under its name.
    Store,
    /// The training manifest was replaced, which changes the set.
    Commit,
    /// A file or object was copied to the trash.
    Trash,
    /// A file or object was deleted from its original place, after it was copied to the trash.
    Delete,
    /// A picture that could not be removed was listed in the training manifest again.
    Restore,
    /// The actor manifest was updated to match the training manifest.
    ActorManifest,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The line records a decision; nothing was done yet.
    Planned,
    /// The action succeeded.
    Done,
    /// The action failed, for this reason.
    Failed(String),
}

/// Writes the audit lines of one actor in one run.
#[derive(Debug, Clone, Copy)]
pub struct Trail<'a> {
    /// The folder that holds `audit.jsonl`.
    pub output: &'a OutputFolder,
    /// The clock that the times of lines are read from.
    pub clock: &'a Clock,
    /// The run that the lines belong to.
    pub run: &'a RunId,
    /// The actor that the lines belong to.
    pub actor: &'a ActorId,
}

/// The content of one audit line, without the time, run and actor that the [`Trail`] adds.
#[derive(Debug, Clone)]
pub struct Entry {
    file: Option<String>,
    sha256: Option<Digest>,
    object: Option<String>,
    action: AuditAction,
    reason: String,
    outcome: Outcome,
}

impl Entry {
    /// Creates an entry for an action that succeeded, without file and object.
    pub fn new(action: AuditAction, reason: impl Into<String>) -> Self {
        Self {
            file: None,
            sha256: None,
            object: None,
            action,
            reason: reason.into(),
            outcome: Outcome::Done,
        }
    }

    /// Sets the file, or the order of a picture that has no name yet, and the digest of its content
    /// if that is known.
    #[must_use]
    pub fn file(mut self, file: impl ToString, sha256: Option<Digest>) -> Self {
        self.file = Some(file.to_string());
        self.sha256 = sha256;
        self
    }

    /// Sets the object, key or prediction that the action touched.
    #[must_use]
    pub fn object(mut self, object: impl ToString) -> Self {
        self.object = Some(object.to_string());
        self
    }

    /// Sets the outcome to [`Outcome::Planned`].
    #[must_use]
    pub fn planned(mut self) -> Self {
        self.outcome = Outcome::Planned;
        self
    }

    /// Sets the outcome to [`Outcome::Failed`] with the error and its causes if `result` is an
    /// error; otherwise the outcome stays as it is.
    #[must_use]
    pub fn outcome<T, E: std::error::Error>(mut self, result: &Result<T, E>) -> Self {
        if let Err(error) = result {
            self.outcome = Outcome::Failed(tdbal_types::chain(error));
        }
        self
    }

    /// Sets the outcome to [`Outcome::Failed`] with this reason.
    #[must_use]
    pub fn failed(mut self, why: impl Into<String>) -> Self {
        self.outcome = Outcome::Failed(why.into());
        self
    }
}

impl Trail<'_> {
    /// Appends decisions to `audit.jsonl`; they are durable when this returns `Ok`. Call it before
    /// acting on the decisions.
    ///
    /// # Errors
    /// When the lines cannot be written. The decisions must not be acted on then.
    pub async fn record_all(&self, entries: Vec<Entry>) -> Result<(), OutputError> {
        let time = self.clock.stamp();
        let mut text = String::new();
        for entry in entries {
            let line = AuditLine {
                time: time.clone(),
                run_id: self.run.clone(),
                actor: self.actor.clone(),
                file: entry.file,
                sha256: entry.sha256,
                object: entry.object,
                action: entry.action,
                reason: entry.reason,
                outcome: entry.outcome,
            };
            let line = serde_json::to_string(&line).map_err(|source| OutputError::Json {
                name: AUDIT.into(),
                source,
            })?;
            text.push_str(&line);
            text.push('\n');
        }
        self.output.append(AUDIT, text).await
    }

    /// Appends something that was done to `audit.jsonl`. If that fails, the error is logged.
    pub async fn record(&self, entry: Entry) {
        let action = entry.action;
        // The effect took place, so returning the error would not undo it, and stopping here would
        // leave the actor half done.
        if let Err(error) = self.record_all(vec![entry]).await {
            tracing::error!(actor = %self.actor, ?action, "{}", tdbal_types::chain(&error));
        }
    }
}

#[cfg(test)]
mod tests;
