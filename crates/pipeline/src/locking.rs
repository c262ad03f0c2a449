//! Takes all locks that working on an actor needs: the data's own, and those of the buckets that its
//! pictures are in, which runs with another data folder share.

use crate::actor_journal::{read_records, unfinished_of};
use crate::discovery;
use crate::engine::Engine;
use crate::error::ActorError;
use crate::naming::{self, ObjectDestination};
use crate::place::PlaceStore;
use crate::set;
use crate::standing::Standing;
use actor_lock::{ActorLocks, HeldLocks, Holder};
use std::collections::BTreeSet;
use std::sync::Arc;
use tdbal_types::{ActorId, RunId};

/// Locks an actor for a run. Another run that left the actor unfinished has to be finished first.
pub(crate) async fn lock(
    engine: &Engine,
    run: &RunId,
    actor: &ActorId,
    destination: Option<&ObjectDestination>,
) -> Result<HeldLocks, ActorError> {
    let holder = Holder {
        run: run.clone(),
        host: engine.process.host.clone(),
        pid: engine.process.pid,
    };
    let mut locks = vec![engine.data.locks.clone()];
    for bucket in buckets(engine, run, actor, destination).await? {
        let store = engine.data.open(&bucket).await?;
        locks.push(engine.data.bucket_locks.of(store));
    }
    let held = acquire(engine, &locks, actor, &holder).await?;
    // Looked for under the lock: whoever had it may have left something since.
    match left_by_another(engine, run, actor).await {
        Ok(None) => Ok(held),
        Ok(Some(other)) => {
            held.release().await?;
            Err(ActorError::OtherRun { run: other })
        }
        Err(error) => {
            held.release().await?;
            Err(error)
        }
    }
}

/// Another run that left the actor unfinished.
async fn left_by_another(
    engine: &Engine,
    run: &RunId,
    actor: &ActorId,
) -> Result<Option<RunId>, ActorError> {
    let left = unfinished_of(engine.data.journals.as_ref(), actor).await?;
    let mut others = left.into_iter().map(|(other, _)| other);
    Ok(others.find(|other| other != run))
}

async fn acquire(
    engine: &Engine,
    locks: &[Arc<dyn ActorLocks>],
    actor: &ActorId,
    holder: &Holder,
) -> Result<HeldLocks, ActorError> {
    let patience = engine.settings.lock_patience;
    Ok(actor_lock::acquire_waiting(locks, actor, holder, patience).await?)
}

/// The buckets that the actor's objects are in or go to, by name.
async fn buckets(
    engine: &Engine,
    run: &RunId,
    actor: &ActorId,
    destination: Option<&ObjectDestination>,
) -> Result<BTreeSet<PlaceStore>, ActorError> {
    let reader = engine.data.reader();
    let files = discovery::files_of(&reader, actor).await?;
    let set = set::load(&reader, actor, &files, &engine.clock.stamp()).await?;
    let addresses = set
        .pictures
        .iter()
        .filter_map(|picture| picture.s3_url.as_deref());
    let mut buckets = BTreeSet::new();
    let mut names = BTreeSet::new();
    for text in addresses {
        let Ok(url) = engine.data.parse_url(text) else {
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
        naming::destination_bucket(&engine.data, &set, destination)
        && names.insert(name.clone())
    {
        buckets.insert(PlaceStore::Bucket { name, region });
    }
    // What the run did before may be in buckets that the set does not name any more.
    let records = read_records(engine.data.journals.as_ref(), run, actor).await?;
    for store in Standing::of(&records).stores() {
        if let PlaceStore::Bucket { name, region } = store
            && names.insert(name.clone())
        {
            buckets.insert(PlaceStore::Bucket { name, region });
        }
    }
    // At the top of its own bucket the data's lock is the bucket's.
    if let Some((own, prefix)) = &engine.data.in_bucket
        && prefix.is_empty()
    {
        buckets.retain(|store| !matches!(store, PlaceStore::Bucket { name, .. } if name == own));
    }
    Ok(buckets)
}
