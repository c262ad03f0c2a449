//! Locks an actor: in the data folder, and in every bucket that has its pictures, because runs with
//! another data folder may share the bucket.

use crate::error::ExecutionError;
use crate::executor::Executor;
use actor_lock::{ActorLocks, HeldLocks, Holder};
use dataset::destination::{ObjectDestination, destination_bucket};
use dataset::{discovery, set};
use journal::run::actor_journal::{read_records, unfinished_of};
use journal::run::state::ActorState;
use std::collections::BTreeSet;
use std::sync::Arc;
use storage::place::PlaceStore;
use tdbal_types::{ActorId, RunId};

/// Locks an actor for a run, in the data folder and in all buckets that it has pictures in.
///
/// # Errors
/// - [`ExecutionError::Lock`] if another run holds a lock and does not release it in time.
/// - [`ExecutionError::OtherRun`] if another run left the actor unfinished.
/// - Other errors if the set, a journal or a bucket cannot be read.
pub async fn lock(
    executor: &Executor,
    run: &RunId,
    actor: &ActorId,
    destination: Option<&ObjectDestination>,
) -> Result<HeldLocks, ExecutionError> {
    let holder = Holder {
        run: run.clone(),
        host: executor.process.host.clone(),
        pid: executor.process.pid,
    };
    let mut locks = vec![executor.data.locks.clone()];
    for bucket in buckets(executor, run, actor, destination).await? {
        let store = executor.data.open(&bucket).await?;
        locks.push(executor.data.bucket_locks.of(store));
    }
    let held = acquire(executor, &locks, actor, &holder).await?;
    // Checked under the lock: the previous holder may have left unfinished work behind.
    match left_by_another(executor, run, actor).await {
        Ok(None) => Ok(held),
        Ok(Some(other)) => {
            held.release().await?;
            Err(ExecutionError::OtherRun { run: other })
        }
        Err(error) => {
            held.release().await?;
            Err(error)
        }
    }
}

/// Another run that left the actor unfinished.
async fn left_by_another(
    executor: &Executor,
    run: &RunId,
    actor: &ActorId,
) -> Result<Option<RunId>, ExecutionError> {
    let left = unfinished_of(executor.data.journals.as_ref(), actor).await?;
    let mut others = left.into_iter().map(|(other, _)| other);
    Ok(others.find(|other| other != run))
}

async fn acquire(
    executor: &Executor,
    locks: &[Arc<dyn ActorLocks>],
    actor: &ActorId,
    holder: &Holder,
) -> Result<HeldLocks, ExecutionError> {
    let patience = executor.settings.lock_patience;
    Ok(actor_lock::acquire_waiting(locks, actor, holder, patience).await?)
}

/// The buckets that the actor's objects are in or will be written to, by name.
async fn buckets(
    executor: &Executor,
    run: &RunId,
    actor: &ActorId,
    destination: Option<&ObjectDestination>,
) -> Result<BTreeSet<PlaceStore>, ExecutionError> {
    let reader = executor.data.reader();
    let files = discovery::files_of(&reader, actor).await?;
    let set = set::load(&reader, actor, &files, &executor.evaluation.clock.stamp()).await?;
    let addresses = set
        .pictures
        .iter()
        .filter_map(|picture| picture.s3_url.as_deref());
    let mut buckets = BTreeSet::new();
    let mut names = BTreeSet::new();
    for text in addresses {
        let Ok(url) = reader.parse_url(text) else {
            continue;
        };
        if names.insert(url.bucket.clone()) {
            buckets.insert(PlaceStore::Bucket {
                name: url.bucket,
                region: url.region,
            });
        }
    }
    if let Some(PlaceStore::Bucket { name, region }) =
        destination_bucket(&reader, &set, destination)
        && names.insert(name.clone())
    {
        buckets.insert(PlaceStore::Bucket { name, region });
    }
    // Earlier work of this run may be in buckets that the set no longer names.
    let records = read_records(executor.data.journals.as_ref(), run, actor).await?;
    for store in ActorState::of(&records).stores() {
        if let PlaceStore::Bucket { name, region } = store
            && names.insert(name.clone())
        {
            buckets.insert(PlaceStore::Bucket { name, region });
        }
    }
    // At the root of its bucket, the lock of the data folder is the lock of the bucket.
    if let Some((own, prefix)) = &executor.data.in_bucket
        && prefix.is_empty()
    {
        buckets.retain(|store| !matches!(store, PlaceStore::Bucket { name, .. } if name == own));
    }
    Ok(buckets)
}
