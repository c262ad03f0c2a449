mod clocks;
mod holding;
mod interleavings;
mod shared_store;
mod taking;

use super::lease::Lease;
use super::stored::{MAX_LEASE, encode, parse};
use super::{LeaseLocks, LeaseSettings};
use crate::{ActorLock, ActorLocks, Holder, LockError};
use bytes::Bytes;
use jiff::Timestamp;
use shared_store::SharedStore;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::{Failing, MemoryStore, ObjectKey, ObjectReadExt as _, ObjectStore, PutMode};
use tdbal_types::{ActorId, RunId};
use tokio::time::Instant;

/// A time to live of one minute and a renewal every 20 seconds.
fn settings() -> LeaseSettings {
    LeaseSettings::default()
}

fn ttl() -> Duration {
    settings().time_to_live
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn actor() -> ActorId {
    ActorId::new("0004_a").unwrap()
}

fn lease_key() -> ObjectKey {
    ObjectKey::new("p/.tdbal/locks/0004_a.json").unwrap()
}

/// A bucket and the machines that share it. Time is tokio's, which the tests pause.
struct Cluster {
    store: Arc<SharedStore>,
    start: Instant,
    dead: Arc<Mutex<BTreeSet<u32>>>,
}

/// A machine with its own connection to the bucket and its own clock. Other machines cannot tell
/// whether its process is alive, unless `Cluster::dead` contains it.
struct Machine {
    connection: Arc<Failing<Arc<SharedStore>>>,
    locks: Arc<LeaseLocks>,
    holder: Holder,
    offset: Arc<AtomicI64>,
}

impl Cluster {
    fn new() -> Self {
        Self {
            store: Arc::new(SharedStore::new()),
            start: Instant::now(),
            dead: Arc::default(),
        }
    }

    fn machine(&self, pid: u32) -> Machine {
        self.machine_with(pid, settings())
    }

    fn machine_with(&self, pid: u32, settings: LeaseSettings) -> Machine {
        let connection = Arc::new(Failing::new(Arc::clone(&self.store)));
        let offset = Arc::new(AtomicI64::new(0));
        let locks = self.locks(connection.clone(), settings, &offset);
        Machine {
            connection,
            locks: Arc::new(locks),
            holder: Holder {
                run: RunId::new(format!("run-{pid}")).unwrap(),
                host: format!("host-{pid}"),
                pid,
            },
            offset,
        }
    }

    fn locks(
        &self,
        store: Arc<dyn ObjectStore>,
        settings: LeaseSettings,
        offset: &Arc<AtomicI64>,
    ) -> LeaseLocks {
        let (start, offset, dead) = (self.start, Arc::clone(offset), Arc::clone(&self.dead));
        let clock = move || {
            let elapsed = i64::try_from(start.elapsed().as_millis()).unwrap();
            let jumped = offset.load(Ordering::SeqCst) * 1000;
            Timestamp::from_millisecond(1_800_000_000_000 + elapsed + jumped).unwrap()
        };
        let is_alive =
            move |holder: &Holder| dead.lock().unwrap().contains(&holder.pid).then_some(false);
        LeaseLocks::new(
            store,
            "p/.tdbal/",
            settings,
            Arc::new(clock),
            Arc::new(is_alive),
        )
    }

    async fn put(&self, key: &ObjectKey, bytes: impl Into<Bytes>) {
        let put = self.store.put(key, bytes.into(), PutMode::Overwrite);
        put.await.unwrap();
    }

    async fn lease(&self) -> Option<Lease> {
        let object = self
            .store
            .get_optional(&lease_key(), MAX_LEASE)
            .await
            .unwrap();
        object.map(|object| parse(&object.bytes).unwrap())
    }
}

impl Machine {
    async fn acquire(&self) -> Result<Box<dyn ActorLock>, LockError> {
        self.locks.acquire(&actor(), &self.holder).await
    }

    async fn acquire_waiting(&self, patience: Duration) -> Result<crate::HeldLocks, LockError> {
        let locks: [Arc<dyn ActorLocks>; 1] = [self.locks.clone()];
        crate::acquire_waiting(&locks, &actor(), &self.holder, patience).await
    }

    /// Makes the wall clock of this machine jump.
    fn jump(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::SeqCst);
    }
}
