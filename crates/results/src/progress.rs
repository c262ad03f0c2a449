//! The progress of a run: which actors are done, which failed, and which can be skipped next time.
//!
//! The file has the format of the original system (the scripts that tdbal replaces) with more fields.
//! The counts in it are computed from the lists when it is written.

use crate::error::OutputError;
use crate::folder::OutputFolder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tdbal_types::{ActorId, Digest};

/// The content of a progress file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Progress {
    /// When the run started: UTC without a zone, `2026-11-22T11:06:50.123456`.
    pub started_at: String,
    /// When the file was last written, in the same form.
    pub last_updated: String,
    /// Actors that are done, with the fingerprint of the set that they were left with. A file of the
    /// original system has no fingerprints.
    pub completed: BTreeMap<String, Option<Digest>>,
    /// Actors that failed, including those that could not be judged.
    pub failed: BTreeMap<String, Failure>,
    /// Actors that were skipped because there was nothing to do for them.
    pub skipped: BTreeSet<String>,
    /// Actors that are judged and planned for but not changed yet, with the fingerprint of the set
    /// that was judged. A run changes its first actor when all are planned for.
    pub evaluated: BTreeMap<String, Digest>,
    /// Actors that the run is working on.
    pub current: BTreeSet<String>,
    /// All actors that were selected.
    pub selected: BTreeSet<String>,
    /// The number of actors in a file of the original system, which does not name them.
    old_total: usize,
    /// The data and settings that the progress applies to; `None` in a file of the original system.
    pub basis: Option<Basis>,
}

/// The failure of an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error; starts with `unassessed:` if the set could not be judged.
    pub error: String,
    /// When the actor failed: UTC without a zone, `2026-11-22T11:06:50.123456`.
    pub timestamp: String,
}

/// The data and settings that progress applies to. Progress with another basis is not resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The data folder, as a path or URL.
    pub data_dir: String,
    /// A digest of the settings that affect the result: model, prompt, target, tolerance.
    pub settings: Digest,
}

/// The fields of the file on disk.
#[derive(Serialize, Deserialize)]
struct Stored {
    started_at: Option<String>,
    last_updated: Option<String>,
    #[serde(default)]
    total_count: usize,
    #[serde(default)]
    completed_count: usize,
    #[serde(default)]
    failed_count: usize,
    #[serde(default)]
    skipped_count: usize,
    #[serde(default)]
    completed_actors: Vec<String>,
    #[serde(default)]
    failed_actors: Vec<StoredFailure>,
    #[serde(default)]
    skipped_actors: Vec<String>,
    #[serde(default)]
    current_actor: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    selected_actors: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    set_digests: BTreeMap<String, Digest>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    evaluated_actors: BTreeMap<String, Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Basis>,
}

#[derive(Serialize, Deserialize)]
struct StoredFailure {
    actor_id: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    timestamp: String,
}

impl From<Stored> for Progress {
    fn from(stored: Stored) -> Self {
        let digests = stored.set_digests;
        let current = stored.current_actor.unwrap_or_default();
        Self {
            started_at: stored.started_at.unwrap_or_default(),
            last_updated: stored.last_updated.unwrap_or_default(),
            completed: stored
                .completed_actors
                .into_iter()
                .map(|actor| {
                    let digest = digests.get(&actor).copied();
                    (actor, digest)
                })
                .collect(),
            failed: stored
                .failed_actors
                .into_iter()
                .map(|failure| {
                    let StoredFailure {
                        actor_id,
                        error,
                        timestamp,
                    } = failure;
                    (actor_id, Failure { error, timestamp })
                })
                .collect(),
            skipped: stored.skipped_actors.into_iter().collect(),
            evaluated: stored.evaluated_actors,
            current: current
                .split(", ")
                .filter(|a| !a.is_empty())
                .map(str::to_owned)
                .collect(),
            selected: stored.selected_actors,
            old_total: stored.total_count,
            basis: stored.basis,
        }
    }
}

impl From<Progress> for Stored {
    fn from(progress: Progress) -> Self {
        let current: Vec<String> = progress.current.iter().cloned().collect();
        Self {
            total_count: progress.total(),
            completed_count: progress.completed.len(),
            failed_count: progress.failed.len(),
            skipped_count: progress.skipped.len(),
            started_at: Some(progress.started_at),
            last_updated: Some(progress.last_updated),
            completed_actors: progress.completed.keys().cloned().collect(),
            failed_actors: progress
                .failed
                .into_iter()
                .map(|(actor_id, Failure { error, timestamp })| StoredFailure {
                    actor_id,
                    error,
                    timestamp,
                })
                .collect(),
            skipped_actors: progress.skipped.into_iter().collect(),
            current_actor: (!current.is_empty()).then(|| current.join(", ")),
            selected_actors: progress.selected,
            evaluated_actors: progress.evaluated,
            set_digests: progress
                .completed
                .into_iter()
                .filter_map(|(actor, digest)| Some((actor, digest?)))
                .collect(),
            basis: progress.basis,
        }
    }
}

impl Progress {
    /// Returns the progress that a run starts with: that of the last run if it has the same basis,
    /// otherwise an empty one. Whether to pass the progress of a [finished](Self::is_finished) run
    /// is up to the caller.
    #[must_use]
    pub fn begin(
        last: Option<Self>,
        selected: impl IntoIterator<Item = ActorId>,
        basis: Basis,
        now: &str,
    ) -> Self {
        let usable = last.filter(|last| last.basis.as_ref() == Some(&basis));
        let mut progress = usable.unwrap_or_else(|| Self {
            started_at: now.to_owned(),
            basis: Some(basis),
            ..Self::default()
        });
        progress
            .selected
            .extend(selected.into_iter().map(String::from));
        // Left over if the last run was killed; those actors remain.
        progress.current.clear();
        now.clone_into(&mut progress.last_updated);
        progress
    }

    /// Removes the actors for which `exists` returns false.
    #[must_use]
    pub fn of_actors(mut self, exists: impl Fn(&str) -> bool) -> Self {
        self.completed.retain(|actor, _| exists(actor));
        self.failed.retain(|actor, _| exists(actor));
        self.skipped.retain(|actor| exists(actor));
        self.selected.retain(|actor| exists(actor));
        self.evaluated.retain(|actor, _| exists(actor));
        self
    }

    /// Whether every selected actor is done: none remains and none failed.
    pub fn is_finished(&self) -> bool {
        self.remaining() == 0 && self.failed.is_empty()
    }

    /// Whether an actor is done and its set still has the fingerprint `set`.
    pub fn is_completed(&self, actor: &ActorId, set: &Digest) -> bool {
        self.completed
            .get(actor.as_str())
            .is_some_and(|done| done.as_ref() == Some(set))
    }

    /// Whether an actor is judged or done and its set still has the fingerprint `set`.
    pub fn is_evaluated(&self, actor: &ActorId, set: &Digest) -> bool {
        self.evaluated.get(actor.as_str()) == Some(set) || self.is_completed(actor, set)
    }

    /// Notes that an actor whose set has the fingerprint `set` is judged and planned for.
    pub fn evaluate(&mut self, actor: &ActorId, set: Digest) {
        self.forget(actor);
        self.evaluated.insert(actor.to_string(), set);
    }

    /// Notes that work on an actor starts. This replaces its earlier progress.
    pub fn start(&mut self, actor: &ActorId) {
        self.forget(actor);
        self.current.insert(actor.to_string());
    }

    /// Notes that an actor is done and that its set has the fingerprint `set`.
    pub fn complete(&mut self, actor: &ActorId, set: Digest) {
        self.forget(actor);
        self.completed.insert(actor.to_string(), Some(set));
    }

    /// Notes that an actor failed at the time `now`.
    pub fn fail(&mut self, actor: &ActorId, error: String, now: &str) {
        self.forget(actor);
        let failure = Failure {
            error,
            timestamp: now.to_owned(),
        };
        self.failed.insert(actor.to_string(), failure);
    }

    /// Notes that there was nothing to do for an actor.
    pub fn skip(&mut self, actor: &ActorId) {
        self.forget(actor);
        self.skipped.insert(actor.to_string());
    }

    /// Notes that work on an actor stopped before it was done; the actor remains.
    pub fn abandon(&mut self, actor: &ActorId) {
        self.forget(actor);
    }

    fn forget(&mut self, actor: &ActorId) {
        self.completed.remove(actor.as_str());
        self.failed.remove(actor.as_str());
        self.skipped.remove(actor.as_str());
        self.evaluated.remove(actor.as_str());
        self.current.remove(actor.as_str());
        self.selected.insert(actor.to_string());
    }

    /// The number of selected actors.
    pub fn total(&self) -> usize {
        if self.selected.is_empty() {
            self.old_total.max(self.processed())
        } else {
            self.selected.len()
        }
    }

    fn processed(&self) -> usize {
        self.completed.len() + self.failed.len() + self.skipped.len()
    }

    /// The number of actors that are neither done nor failed nor skipped.
    pub fn remaining(&self) -> usize {
        self.total().saturating_sub(self.processed())
    }
}

impl fmt::Display for Progress {
    /// Writes the summary of `--show-progress`, with the lines of the original system.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let percent = if total == 0 {
            0.0
        } else {
            self.completed.len() as f64 * 100.0 / total as f64
        };
        writeln!(f, "Started:     {}", self.started_at)?;
        writeln!(f, "Last update: {}", self.last_updated)?;
        writeln!(f, "Total:       {total}")?;
        writeln!(f, "Completed:   {} ({percent:.1}%)", self.completed.len())?;
        writeln!(f, "Failed:      {}", self.failed.len())?;
        writeln!(f, "Skipped:     {}", self.skipped.len())?;
        writeln!(f, "Remaining:   {}", self.remaining())?;
        if !self.current.is_empty() {
            let current: Vec<&str> = self.current.iter().map(String::as_str).collect();
            writeln!(f, "Processing:  {}", current.join(", "))?;
        }
        if !self.failed.is_empty() {
            writeln!(f, "\nFailed actors:")?;
            for (actor, failure) in &self.failed {
                writeln!(f, "  {actor}: {}", failure.error)?;
            }
        }
        Ok(())
    }
}

/// The kind of a run. Each kind has a progress file of its own, because an actor that a dry run has
/// judged is not done for an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Judges and plans without changing anything.
    DryRun,
    /// Judges, plans and changes the sets.
    Execute,
}

impl Mode {
    /// The name of the progress file in the output folder.
    pub const fn progress_file(self) -> &'static str {
        match self {
            Self::DryRun => "progress.json",
            Self::Execute => "progress-execute.json",
        }
    }
}

/// Reads the progress of the last run of a mode; `None` if there is none.
///
/// # Errors
/// When the file exists and cannot be read: it never counts as missing.
pub async fn read_progress(
    output: &OutputFolder,
    mode: Mode,
) -> Result<Option<Progress>, OutputError> {
    let Some(bytes) = output.files().read(mode.progress_file()).await? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|source| OutputError::Progress {
            path: output.path().join(mode.progress_file()),
            source,
        })
}

/// Writes the progress of a run.
///
/// # Errors
/// When the file cannot be written.
pub async fn write_progress(
    output: &OutputFolder,
    mode: Mode,
    progress: &Progress,
) -> Result<(), OutputError> {
    output
        .files()
        .write_json(mode.progress_file(), progress)
        .await
}

/// Deletes the progress of a mode; returns whether there was any.
///
/// # Errors
/// When the file cannot be deleted.
pub async fn reset_progress(output: &OutputFolder, mode: Mode) -> Result<bool, OutputError> {
    output.files().delete(mode.progress_file()).await
}

#[cfg(test)]
mod tests;
