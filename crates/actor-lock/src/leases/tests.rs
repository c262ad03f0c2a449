mod clocks;
mod distant;
mod holding;
mod interleavings;
mod taking;

use super::lease::Lease;
use super::stored::{MAX_LEASE, encode, parse};
use super::{LeaseLocks, LeaseSettings};
use crate::{ActorLock, ActorLocks, Holder, LockError};
use bytes::Bytes;
use distant::Distant;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::{Failing, MemoryStore, ObjectKey, ObjectReadExt as _, ObjectStore, PutMode};
use tdbal_types::{ActorId, RunId};
use tokio::time::Instant;

/// A minute, and a renewal each 20 seconds.
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

/// One bucket and the machines that share it. Time is tokio's, which tests pause.
struct World {
    store: Arc<Distant>,
    begun: Instant,
    dead: Arc<Mutex<BTreeSet<u32>>>,
}

/// A machine with its own way to the bucket and its own clock, whose processes the others cannot
/// see, unless they are said to be dead.
struct Machine {
    way: Arc<Failing<Arc<Distant>>>,
    locks: Arc<LeaseLocks>,
    holder: Holder,
    offset: Arc<AtomicI64>,
}

impl World {
    fn new() -> Self {
        Self {
            store: Arc::new(Distant::new()),
            begun: Instant::now(),
            dead: Arc::default(),
        }
    }

    fn machine(&self, pid: u32) -> Machine {
        self.machine_with(pid, settings())
    }

    fn machine_with(&self, pid: u32, settings: LeaseSettings) -> Machine {
        let way = Arc::new(Failing::new(Arc::clone(&self.store)));
        let offset = Arc::new(AtomicI64::new(0));
        let locks = self.locks(way.clone(), settings, &offset);
        Machine {
            way,
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
        let (begun, offset, dead) = (self.begun, Arc::clone(offset), Arc::clone(&self.dead));
        let clock = move || {
            let passed = i64::try_from(begun.elapsed().as_millis()).unwrap();
            let jumped = offset.load(Ordering::SeqCst) * 1000;
            Timestamp::from_millisecond(1_800_000_000_000 + passed + jumped).unwrap()
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

    /// The clock jumps.
    fn jump(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::SeqCst);
    }
}
