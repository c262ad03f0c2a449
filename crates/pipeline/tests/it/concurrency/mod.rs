//! Two processes work on one data set: each actor is changed by one of them, nothing is bought twice,
//! no edit is lost, and the other process names the holder of the lock.

mod edits;
mod locks;
mod processes;

use crate::crashing_store::{
    SMALL_TARGET, add_small_actor, assert_same, failing_world, resume_and_execute, snapshot,
    world_with_stores,
};
use crate::invariants::{assert_consistent, assert_orders_accounted_for, commits, journals};
use crate::scripted_services::ScriptedGenerator;
use crate::world::{ACTOR, Behaviour, Generator, World, pictures, png};
use actor_lock::{ActorLocks, FileLocks, Holder, LeaseLocks, LeaseSettings};
use async_trait::async_trait;
use bytes::Bytes;
use execution::{Executor, Process, RunError};
use pipeline::Resume;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use results::{ActorStatus, Mode, OutputFolder, RunReport, Silent};
use run_plan::plan::RunPlan;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use storage::{
    Condition, Deleted, Effect, Marker, MemoryStore, Object, ObjectKey, ObjectMeta, ObjectRead,
    ObjectStore, Operation, PutMode, Rule, StoreError, Version,
};
use tdbal_types::{ActorId, ImageClass, RunId};
use tokio::sync::Notify;

const ACTORS: [&str; 2] = ["9001_test", "9002_more"];

/// A store with random delays, like a network.
#[derive(Debug)]
struct DelayingStore {
    inner: MemoryStore,
    dice: Mutex<StdRng>,
}

impl DelayingStore {
    fn new(name: &str, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(name),
            dice: Mutex::new(StdRng::seed_from_u64(seed)),
        })
    }

    async fn wait(&self) {
        let turns = self.dice.lock().unwrap().next_u32() % 4;
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }
}

impl fmt::Display for DelayingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectRead for DelayingStore {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.wait().await;
        self.inner.get(key, limit).await
    }
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.wait().await;
        self.inner.head(key).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.wait().await;
        self.inner.list(prefix).await
    }
    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.wait().await;
        self.inner.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for DelayingStore {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.wait().await;
        self.inner.put(key, bytes, mode).await
    }
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.wait().await;
        self.inner.copy(from, to).await
    }
    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.wait().await;
        self.inner.delete(key, condition).await
    }
    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.wait().await;
        self.inner.undelete(key, marker).await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LockKind {
    Files,
    Leases,
}

fn leases(store: Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> {
    Arc::new(LeaseLocks::new(
        store,
        ".tdbal",
        LeaseSettings::default(),
        Arc::new(jiff::Timestamp::now),
        // Both processes are alive and know that of each other.
        Arc::new(|_| Some(true)),
    ))
}

/// Two actors with two pictures to remove and one to generate each; the first has objects.
async fn two_actors(seed: u64) -> World {
    let mut world = world_with_stores(
        DelayingStore::new("data", seed),
        DelayingStore::new("s3://sets", seed + 1),
    );
    world.bucket_locks = execution::BucketLocks::new(leases);
    add_small_actor(&mut world).await;
    let mut other = pictures(ACTORS[1], [4, 0, 1], &[(0, 2), (1, 3)]);
    for (number, (_, bytes)) in (300..).zip(&mut other) {
        let class = if number == 304 {
            ImageClass::ColorStylized
        } else {
            ImageClass::Photorealistic
        };
        *bytes = png(class, u8::try_from(number - 298).unwrap(), number);
    }
    world.actor(ACTORS[1], &other).await;
    world
}

/// One of two processes that work on the same data.
fn process(world: &World, pid: u32, lock_kind: LockKind, output: &tempfile::TempDir) -> Executor {
    let mut executor = world.executor();
    executor.evaluation.output = OutputFolder::new(output.path());
    executor.data.locks = match lock_kind {
        LockKind::Files => Arc::new(FileLocks::new(world.output.path().join("locks"))),
        LockKind::Leases => leases(world.data.clone()),
    };
    executor.process = Process {
        host: "test".into(),
        pid,
    };
    executor
}

async fn plan(world: &World) -> RunPlan {
    let executor = world.executor();
    let planned = world.try_start(&executor, Mode::DryRun, Resume::No).await;
    let (plan, report) = planned.unwrap();
    assert!(report.totals.to_change > 0, "{report:?}");
    plan
}
