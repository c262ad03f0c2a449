//! Takes all locks that working on an actor needs: the data's own, and those of the buckets that its
//! pictures are in, which runs with another data folder share.

use crate::actor_journal::unfinished;
use crate::discovery;
use crate::engine::Engine;
use crate::error::ActorError;
use crate::naming::{self, ObjectDestination};
use crate::place::PlaceStore;
use crate::set;
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
    for bucket in buckets(engine, actor, destination).await? {
        let store = engine.data.open(&bucket).await?;
        locks.push(engine.data.bucket_locks.of(store));
    }
    let held = acquire(engine, &locks, actor, &holder).await?;
    // Looked for under the lock: whoever had it may have left something since.
    let left = unfinished(engine.data.journals.as_ref()).await?;
    if let Some((other, ..)) = left
        .into_iter()
        .find(|(other, of, _)| of == actor && other != run)
    {
        held.release().await?;
        return Err(ActorError::OtherRun { run: other });
    }
    Ok(held)
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
    Ok(buckets)
}
