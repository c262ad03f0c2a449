//! The progress of a run: what is done, what failed, and what may be skipped next time.
//!
//! [`Progress`] is a value; counts are never stored apart from the lists that they count.

use crate::error::OutputError;
use crate::folder::OutputFolder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tdbal_types::{ActorId, Digest};

/// The progress file, in the original's format with fields of ours behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Progress {
    /// When the run began: UTC, `2026-11-22T11:06:50.123456`.
    pub started_at: String,
    /// When the file was written last.
    pub last_updated: String,
    /// Actors that are done.
    pub completed: BTreeMap<String, Option<Digest>>,
    /// Actors that failed, those that were not assessed among them.
    pub failed: BTreeMap<String, Failure>,
    /// Actors that there was nothing to do for, because they have no pictures.
    pub skipped: BTreeSet<String>,
    /// Actors of an execution that are judged and planned for, and wait for every other one to be.
    pub evaluated: BTreeMap<String, Digest>,
    /// Actors that are being worked on.
    pub current: BTreeSet<String>,
    /// All actors that were asked for.
    pub selected: BTreeSet<String>,
    /// How many actors an old file says there were; it does not name them.
    old_total: usize,
    /// What the run worked on and how; none in a file of the original system.
    pub basis: Option<Basis>,
}

/// Why an actor failed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error; it begins with `unassessed:` where nothing could be said about the set.
    pub error: String,
    /// When: UTC.
    pub timestamp: String,
}

/// What progress is only good for: the same data and the same way of judging it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The data folder.
    pub data_dir: String,
    /// A digest of the settings that matter: model, prompt, target, tolerance.
    pub settings: Digest,
}

/// The file as it is written.
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
    /// The progress with which a run begins: that of the last run where it can be gone on with, or
    /// none. A run on other data or with other settings is not gone on with; whether one that is
    /// [finished](Self::is_finished) is, the caller decides.
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
        progress.current.clear();
        now.clone_into(&mut progress.last_updated);
        progress
    }

    /// The progress without actors that are no longer there: nothing can be done about those.
    #[must_use]
    pub fn of_actors(mut self, is_there: impl Fn(&str) -> bool) -> Self {
        self.completed.retain(|actor, _| is_there(actor));
        self.failed.retain(|actor, _| is_there(actor));
        self.skipped.retain(|actor| is_there(actor));
        self.selected.retain(|actor| is_there(actor));
        self.evaluated.retain(|actor, _| is_there(actor));
        self
    }

    /// Whether every actor that was asked for is done: nothing remains, and nothing failed.
    pub fn is_finished(&self) -> bool {
        self.remaining() == 0 && self.failed.is_empty()
    }

    /// Whether an actor was completed when its set was as it is now.
    pub fn is_completed(&self, actor: &ActorId, set: &Digest) -> bool {
        self.completed
            .get(actor.as_str())
            .is_some_and(|done| done.as_ref() == Some(set))
    }

    /// Whether an actor was judged when its set was as it is now, by this run.
    pub fn is_evaluated(&self, actor: &ActorId, set: &Digest) -> bool {
        self.evaluated.get(actor.as_str()) == Some(set) || self.is_completed(actor, set)
    }

    /// An actor is judged and planned for, its set being as `set` says; it is still to be changed.
    pub fn evaluate(&mut self, actor: &ActorId, set: Digest) {
        self.forget(actor);
        self.evaluated.insert(actor.to_string(), set);
    }

    /// An actor is begun; what was said of it before no longer holds.
    pub fn start(&mut self, actor: &ActorId) {
        self.forget(actor);
        self.current.insert(actor.to_string());
    }

    /// An actor is done, its set being as `set` says.
    pub fn complete(&mut self, actor: &ActorId, set: Digest) {
        self.forget(actor);
        self.completed.insert(actor.to_string(), Some(set));
    }

    /// An actor failed.
    pub fn fail(&mut self, actor: &ActorId, error: String, now: &str) {
        self.forget(actor);
        let failure = Failure {
            error,
            timestamp: now.to_owned(),
        };
        self.failed.insert(actor.to_string(), failure);
    }

    /// There was nothing to do for an actor.
    pub fn skip(&mut self, actor: &ActorId) {
        self.forget(actor);
        self.skipped.insert(actor.to_string());
    }

    /// An actor was begun and not ended; it remains.
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

    /// How many actors there are.
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

    /// How many actors are neither completed nor failed nor skipped.
    pub fn remaining(&self) -> usize {
        self.total().saturating_sub(self.processed())
    }
}

impl fmt::Display for Progress {
    /// The summary of `--show-progress`, with the lines of the original's.
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

/// Which of the two progress files a run has: what was only looked at is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only looks.
    DryRun,
    /// Makes changes.
    Execute,
}

impl Mode {
    /// The name of the progress file.
    pub const fn progress_file(self) -> &'static str {
        match self {
            Self::DryRun => "progress.json",
            Self::Execute => "progress-execute.json",
        }
    }
}

/// The progress of the last run of a mode; `None` if there is none.
///
/// # Errors
/// When the file exists and cannot be read: it is never taken for no progress.
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
/// When it cannot be written.
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn actor(number: u8) -> ActorId {
        ActorId::new(format!("{number:04}_a")).unwrap()
    }

    fn digest(byte: u8) -> Digest {
        Digest::from_bytes([byte; 32])
    }

    fn basis(data: &str, settings: u8) -> Basis {
        Basis {
            data_dir: data.into(),
            settings: digest(settings),
        }
    }

    #[test]
    fn an_old_file_is_read() {
        let old = r#"{
            "started_at": "2025-10-17T14:30:14.003751", "last_updated": "2025-10-17T15:00:00.000000",
            "total_count": 5, "completed_count": 2, "failed_count": 1, "skipped_count": 0,
            "completed_actors": ["0000_a", "0001_a"],
            "failed_actors": [{"actor_id": "0002_a", "error": "boom", "timestamp": "t"}],
            "skipped_actors": [], "current_actor": "0003_a"
        }"#;
        let progress: Progress = serde_json::from_str(old).unwrap();
        insta::assert_snapshot!(progress, @r"
        Started:     2025-10-17T14:30:14.003751
        Last update: 2025-10-17T15:00:00.000000
        Total:       5
        Completed:   2 (40.0%)
        Failed:      1
        Skipped:     0
        Remaining:   2
        Processing:  0003_a

        Failed actors:
          0002_a: boom
        ");
        assert!(
            !progress.is_completed(&actor(0), &digest(0)),
            "it does not say of which set"
        );
    }

    #[test]
    fn only_an_unfinished_run_on_the_same_basis_is_gone_on_with() {
        let begin = |last: Option<Progress>, data, settings| {
            let last = last.filter(|last| !last.is_finished());
            Progress::begin(last, [actor(0), actor(1)], basis(data, settings), "now")
        };
        let mut first = begin(None, "data", 1);
        first.complete(&actor(0), digest(7));
        assert!(begin(Some(first.clone()), "data", 1).is_completed(&actor(0), &digest(7)));
        assert!(!begin(Some(first.clone()), "data", 1).is_completed(&actor(0), &digest(8)));
        assert!(!begin(Some(first.clone()), "other", 1).is_completed(&actor(0), &digest(7)));
        assert!(!begin(Some(first.clone()), "data", 2).is_completed(&actor(0), &digest(7)));
        first.complete(&actor(1), digest(7));
        assert!(first.is_finished());
        assert!(!begin(Some(first), "data", 1).is_completed(&actor(0), &digest(7)));
    }

    #[test]
    fn a_run_with_a_failure_is_not_finished() {
        let mut progress = Progress::begin(None, [actor(0)], basis("data", 1), "now");
        progress.fail(&actor(0), "unassessed: no answer".into(), "now");
        assert_eq!(progress.remaining(), 0);
        assert!(!progress.is_finished());
    }

    proptest! {
        #[test]
        fn counts_in_the_file_are_those_of_its_lists(steps in proptest::collection::vec((0_u8..6, 0_u8..5), 0..40)) {
            let mut progress = Progress::begin(None, (0..6).map(actor), basis("data", 1), "now");
            for (who, what) in steps {
                match what {
                    0 => progress.start(&actor(who)),
                    1 => progress.complete(&actor(who), digest(who)),
                    2 => progress.fail(&actor(who), "boom".into(), "now"),
                    3 => progress.skip(&actor(who)),
                    _ => progress.abandon(&actor(who)),
                }
            }
            let value = serde_json::to_value(&progress).unwrap();
            for (count, list) in [
                ("completed_count", "completed_actors"),
                ("failed_count", "failed_actors"),
                ("skipped_count", "skipped_actors"),
            ] {
                prop_assert_eq!(
                    value[count].as_u64().unwrap() as usize,
                    value[list].as_array().unwrap().len()
                );
            }
            prop_assert_eq!(&value["total_count"], 6);
            prop_assert_eq!(serde_json::from_value::<Progress>(value).unwrap(), {
                let mut read = progress.clone();
                read.old_total = 6;
                read
            });
        }
    }
}
