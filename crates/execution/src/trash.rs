//! Lists the trash of runs and purges it; nothing else ever deletes files permanently.

use crate::error::{ExecutionError, RunError};
use crate::executor::Executor;
use crate::transaction::lock as locking;
use actor_lock::HeldLocks;
use dataset::error::DataError;
use dataset::layout;
use jiff::{SignedDuration, Timestamp};
use journal::run::actor_journal::{ActorJournal, read_records};
use journal::run::record::Step;
use journal::run::state::ActorState;
use run_plan::plan::RunPlan;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use storage::place::PlaceStore;
use storage::{Condition, ObjectKey, ObjectRead as _};
use tdbal_types::{ActorId, RunId};

/// The trash of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrashOfRun {
    /// The run that moved the files to the trash.
    pub run_id: RunId,
    /// When the run last worked; `None` if unknown, in which case the trash is never purged.
    pub at: Option<Timestamp>,
    /// Why the trash cannot be purged yet; `None` if nothing needs it.
    pub in_use: Option<String>,
    /// Every file and object, by store, then key.
    pub files: Vec<TrashFile>,
}

/// One file or object in the trash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TrashFile {
    /// The store of the file.
    pub store: PlaceStore,
    /// The key in that store.
    pub key: ObjectKey,
    /// Size in bytes.
    pub size: u64,
}

impl TrashOfRun {
    /// Total size in bytes.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Returns whether the trash may be purged: it is older than `age`, and nothing needs it.
    pub fn may_go(&self, now: Timestamp, age: SignedDuration) -> bool {
        self.in_use.is_none() && self.at.is_some_and(|at| now.duration_since(at) > age)
    }
}

/// Lists the trash of all runs, or of the run `only`, oldest first. Runs without trash are left out.
///
/// # Errors
/// If a store cannot be listed or a journal cannot be read.
pub async fn trash(executor: &Executor, only: Option<&RunId>) -> Result<Vec<TrashOfRun>, RunError> {
    let journals = executor.data.journals.as_ref();
    let mut runs: BTreeSet<RunId> = journals
        .runs()
        .await
        .map_err(DataError::from)?
        .into_iter()
        .collect();
    // A trash folder without a journal comes from an older tdbal, or its journal was deleted.
    for name in executor
        .data
        .store
        .list_folders(layout::TRASH)
        .await
        .map_err(DataError::from)?
    {
        runs.extend(RunId::new(name).ok());
    }
    let mut found = Vec::new();
    for run in runs
        .into_iter()
        .filter(|run| only.is_none_or(|only| only == run))
    {
        let of_run = of_run(executor, run).await?;
        if !of_run.files.is_empty() {
            found.push(of_run);
        }
    }
    Ok(found)
}

async fn of_run(executor: &Executor, run: RunId) -> Result<TrashOfRun, RunError> {
    let journals = executor.data.journals.as_ref();
    let mut buckets = BTreeSet::new();
    let mut open = Vec::new();
    let mut last = None;
    for actor in journals.actors(&run).await.map_err(DataError::from)? {
        let records = read_records(journals, &run, &actor)
            .await
            .map_err(DataError::from)?;
        let times = records.iter().filter(|record| record.step != Step::Purged);
        let times = times.filter_map(|record| tdbal_types::time::parse(&record.time).ok());
        last = last.max(times.max());
        let state = ActorState::of(&records);
        if state.is_open() {
            open.push(actor.to_string());
        }
        // All stores that the journal names, even if a removal failed: the copy may be in the trash.
        let stores = state.stores().into_iter();
        buckets.extend(stores.filter(|store| !is_data(executor, store)));
    }
    let prefix = format!("{}/{run}", layout::TRASH);
    let mut files = Vec::new();
    for store in std::iter::once(PlaceStore::Data).chain(buckets) {
        let listed = executor.data.open(&store).await?.list(&prefix).await;
        files.extend(
            listed
                .map_err(DataError::from)?
                .into_iter()
                .map(|meta| TrashFile {
                    store: store.clone(),
                    key: meta.key,
                    size: meta.size,
                }),
        );
    }
    let in_use = (!open.is_empty()).then(|| {
        format!(
            "the run is unfinished for {} (run tdbal resume {run})",
            open.join(", ")
        )
    });
    Ok(TrashOfRun {
        at: match last {
            Some(last) => Some(last),
            None => time_of(executor, &run).await?,
        },
        run_id: run,
        in_use,
        files,
    })
}

/// Whether a store is the data folder, possibly by the name of its bucket.
fn is_data(executor: &Executor, store: &PlaceStore) -> bool {
    match (store, &executor.data.in_bucket) {
        (PlaceStore::Data, _) => true,
        (PlaceStore::Bucket { name, .. }, Some((own, prefix))) => prefix.is_empty() && name == own,
        (PlaceStore::Bucket { .. }, None) => false,
    }
}

/// When a run was planned, from its plan or else from its name.
async fn time_of(executor: &Executor, run: &RunId) -> Result<Option<Timestamp>, RunError> {
    let document = executor
        .data
        .journals
        .document(run, crate::stored_plan::PLAN)
        .await;
    let plan = document
        .map_err(DataError::from)?
        .and_then(|bytes| RunPlan::parse(&bytes).ok());
    if let Some(at) = plan.and_then(|plan| tdbal_types::time::parse(&plan.created_at).ok()) {
        return Ok(Some(at));
    }
    let stamp = run.as_str().get(..16).unwrap_or_default();
    let named = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp);
    Ok(named
        .and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC))
        .map(|zoned| zoned.timestamp())
        .ok())
}

/// Deletes the trash of a run permanently, records that in the journals of its actors, and returns
/// the number of deleted files. In a bucket with versioning the old versions remain until the bucket's
/// own lifecycle rules delete them.
///
/// # Errors
/// If an actor is locked or unfinished, in which case nothing is deleted, or if a file cannot be
/// deleted, in which case earlier ones are gone.
pub async fn purge(executor: &Executor, trash: &TrashOfRun) -> Result<usize, ExecutionError> {
    let run = &trash.run_id;
    let journals = executor.data.journals.clone();
    let mut held = Vec::new();
    let actors = journals.actors(run).await.map_err(DataError::from)?;
    let locked = lock_all(executor, run, &actors, &mut held).await;
    let purged = match locked {
        Ok(()) => delete_all(executor, trash, &actors).await,
        Err(error) => Err(error),
    };
    for locks in held {
        locks.release().await?;
    }
    purged
}

/// Locks all actors, so no undo can run while their files are deleted.
async fn lock_all(
    executor: &Executor,
    run: &RunId,
    actors: &[ActorId],
    held: &mut Vec<HeldLocks>,
) -> Result<(), ExecutionError> {
    for actor in actors {
        held.push(locking::lock(executor, run, actor, None).await?);
    }
    Ok(())
}

async fn delete_all(
    executor: &Executor,
    trash: &TrashOfRun,
    actors: &[ActorId],
) -> Result<usize, ExecutionError> {
    let run = &trash.run_id;
    let mut journals = Vec::new();
    for actor in actors {
        let kept = executor.data.journals.clone();
        let journal = ActorJournal::open(kept, run, actor, &executor.evaluation.clock).await?;
        if journal.state().await.is_open() {
            return Err(ExecutionError::OtherRun { run: run.clone() });
        }
        journals.push(journal);
    }
    // The record before the deletions: after a crash an undo must not rely on files that may be gone.
    for journal in journals {
        if !journal.state().await.purged {
            journal.write(Step::Purged).await?;
        }
    }
    let mut by_store: BTreeMap<&PlaceStore, Vec<&ObjectKey>> = BTreeMap::new();
    for file in &trash.files {
        by_store.entry(&file.store).or_default().push(&file.key);
    }
    let mut gone = 0;
    for (store, keys) in by_store {
        let opened = executor.data.open(store).await?;
        for key in keys {
            opened.delete(key, Condition::Always).await?;
            gone += 1;
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests;
