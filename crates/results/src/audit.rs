//! The audit trail: one line of JSON for every decision and every effect.

use crate::error::OutputError;
use crate::folder::OutputFolder;
use serde::{Deserialize, Serialize};
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Digest, RunId};

/// One line of `audit.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When: UTC, `2026-11-22T11:06:50.123456`.
    pub time: String,
    /// The run.
    pub run_id: RunId,
    /// The actor.
    pub actor: ActorId,
    /// The file, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The SHA-256 of its bytes, where they were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// The object or key that was touched, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What was decided or done.
    pub action: AuditAction,
    /// Why.
    pub reason: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What was decided or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// It was decided that the picture stays.
    Keep,
    /// It was decided that the picture goes.
    Remove,
    /// It was decided that a person should look at it.
    Review,
    /// It was decided to generate pictures.
    Generate,
    /// The actor was not assessed, or failed.
    Fail,
    /// A prediction was bought.
    Predict,
    /// A generated picture was looked at.
    Look,
    /// A picture was stored under its name.
    Store,
    /// The training manifest was written: the commit.
    Commit,
    /// A file or object was copied to the trash.
    Trash,
    /// A file or object was deleted where it was, after the copy.
    Delete,
    /// The entry of a picture that could not be removed was put back.
    Restore,
    /// The actor manifest was written.
    ActorManifest,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is a decision; nothing was done.
    Planned,
    /// It was done.
    Done,
    /// It was not done, for this reason.
    Failed(String),
}

/// Writes the lines of one actor in one run.
#[derive(Debug, Clone, Copy)]
pub struct Trail<'a> {
    pub output: &'a OutputFolder,
    pub clock: &'a Clock,
    pub run: &'a RunId,
    pub actor: &'a ActorId,
}

/// One thing to be told, without what the trail knows already.
#[derive(Debug, Clone)]
pub struct Entry {
    line: EntryLine,
}

#[derive(Debug, Clone)]
struct EntryLine {
    file: Option<String>,
    sha256: Option<Digest>,
    object: Option<String>,
    action: AuditAction,
    reason: String,
    outcome: Outcome,
}

impl Entry {
    pub fn new(action: AuditAction, reason: impl Into<String>) -> Self {
        let line = EntryLine {
            file: None,
            sha256: None,
            object: None,
            action,
            reason: reason.into(),
            outcome: Outcome::Done,
        };
        Self { line }
    }

    pub fn file(mut self, file: impl ToString, sha256: Option<Digest>) -> Self {
        self.line.file = Some(file.to_string());
        self.line.sha256 = sha256;
        self
    }

    pub fn object(mut self, object: impl ToString) -> Self {
        self.line.object = Some(object.to_string());
        self
    }

    pub fn planned(mut self) -> Self {
        self.line.outcome = Outcome::Planned;
        self
    }

    pub fn outcome<T, E: std::error::Error>(mut self, result: &Result<T, E>) -> Self {
        if let Err(error) = result {
            self.line.outcome = Outcome::Failed(tdbal_types::chain(error));
        }
        self
    }

    pub fn failed(mut self, why: impl Into<String>) -> Self {
        self.line.outcome = Outcome::Failed(why.into());
        self
    }
}

impl Trail<'_> {
    /// Writes what has been decided, before anything is done about it.
    pub async fn write(&self, entries: Vec<Entry>) -> Result<(), OutputError> {
        let time = self.clock.stamp();
        let lines = entries.into_iter().map(|Entry { line }| AuditLine {
            time: time.clone(),
            run_id: self.run.clone(),
            actor: self.actor.clone(),
            file: line.file,
            sha256: line.sha256,
            object: line.object,
            action: line.action,
            reason: line.reason,
            outcome: line.outcome,
        });
        let mut text = String::new();
        for line in lines {
            let line = serde_json::to_string(&line).map_err(|source| OutputError::Json {
                name: "audit.jsonl".into(),
                source,
            })?;
            text.push_str(&line);
            text.push('\n');
        }
        self.output.append_audit(text).await
    }

    /// Writes what has been done. It is done already, so that a failure to say so stops nothing; it
    /// goes to the log instead.
    pub async fn tell(&self, entry: Entry) {
        let action = entry.line.action;
        if let Err(error) = self.write(vec![entry]).await {
            tracing::error!(actor = %self.actor, ?action, "{}", tdbal_types::chain(&error));
        }
    }
}
