//! Stores of a process that crashes at a chosen write, and a small data set for it.

use crate::world::{ACTOR, World, pictures};
use actor_lock::{LeaseLocks, LeaseSettings};
use async_trait::async_trait;
use bytes::Bytes;
use execution::{BucketLocks, Executor};
use pipeline::Resume;
use results::{Mode, RunReport, Silent};
use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use storage::{
    Condition, Deleted, Failing, Marker, MemoryStore, Object, ObjectKey, ObjectMeta, ObjectRead,
    ObjectStore, Operation, PutMode, StoreError, Version,
};

/// Bucket with the objects of some pictures.
pub(crate) const BUCKET: &str = "sets";

/// A process that crashes at a chosen write: from then on its stores answer nothing.
#[derive(Debug)]
pub(crate) struct SimulatedProcess {
    /// Writes since the last start.
    writes: AtomicI64,
    /// The write at which it crashes, counted from 1.
    crashes_at: AtomicI64,
    /// A key whose next write is the one at which it crashes.
    crash_key: Mutex<Option<String>>,
    /// Whether the write at which it crashes is still done.
    completes: AtomicBool,
}

impl SimulatedProcess {
    /// Starts a process that does not crash.
    pub(crate) fn start() -> Arc<Self> {
        Arc::new(Self {
            writes: AtomicI64::new(0),
            crashes_at: AtomicI64::new(i64::MAX),
            crash_key: Mutex::new(None),
            completes: AtomicBool::new(true),
        })
    }

    /// Starts another process, which does not crash.
    pub(crate) fn restart(&self) {
        *self.crash_key.lock().unwrap() = None;
        self.crash_at_write(i64::MAX, true);
    }

    /// Starts another process, which crashes at this write from now, counted from 1: after the write
    /// is done if it `completes`, and before otherwise.
    pub(crate) fn crash_at_write(&self, write: i64, completes: bool) {
        self.writes.store(0, Ordering::SeqCst);
        self.crashes_at.store(write, Ordering::SeqCst);
        self.completes.store(completes, Ordering::SeqCst);
    }

    /// Crashes at the next write of this key.
    pub(crate) fn crash_at_key(&self, key: String, completes: bool) {
        self.crash_at_write(i64::MAX, completes);
        *self.crash_key.lock().unwrap() = Some(key);
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.writes() >= self.crashes_at.load(Ordering::SeqCst)
    }

    /// Number of writes since the last start.
    pub(crate) fn writes(&self) -> i64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Counts a write. Returns whether it is done, and whether its answer arrives.
    fn write(&self, key: &ObjectKey) -> (bool, bool) {
        let crash_key = self.crash_key.lock().unwrap();
        let write = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        let is_crash_key = crash_key.as_deref() == Some(key.as_str());
        if is_crash_key && write < self.crashes_at.load(Ordering::SeqCst) {
            self.crashes_at.store(write, Ordering::SeqCst);
        }
        match write.cmp(&self.crashes_at.load(Ordering::SeqCst)) {
            Less => (true, true),
            Equal => (self.completes.load(Ordering::SeqCst), false),
            Greater => (false, false),
        }
    }
}

/// A store in memory that a simulated process writes to.
#[derive(Debug)]
pub(crate) struct CrashingStore {
    inner: MemoryStore,
    process: Arc<SimulatedProcess>,
}

impl fmt::Display for CrashingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the process has crashed")]
struct Crashed;

impl CrashingStore {
    pub(crate) fn new(name: &str, process: &Arc<SimulatedProcess>) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(name),
            process: process.clone(),
        })
    }

    fn crashed(&self, key: &ObjectKey) -> StoreError {
        StoreError::failed(self, key, Operation::Put, Crashed)
    }

    fn read(&self, key: &ObjectKey) -> Result<(), StoreError> {
        if self.process.has_crashed() {
            Err(self.crashed(key))
        } else {
            Ok(())
        }
    }

    async fn write<T>(
        &self,
        key: &ObjectKey,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.process.write(key) {
            (true, true) => call.await,
            (true, false) => call.await.and(Err(self.crashed(key))),
            (false, _) => Err(self.crashed(key)),
        }
    }
}

#[async_trait]
impl ObjectRead for CrashingStore {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.read(key)?;
        self.inner.get(key, limit).await
    }
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.read(key)?;
        self.inner.head(key).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.read(&ObjectKey::of_prefix(prefix))?;
        self.inner.list(prefix).await
    }
    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.read(&ObjectKey::of_prefix(prefix))?;
        self.inner.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for CrashingStore {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.write(key, self.inner.put(key, bytes, mode)).await
    }
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.write(to, self.inner.copy(from, to)).await
    }
    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.write(key, self.inner.delete(key, condition)).await
    }
    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.write(key, self.inner.undelete(key, marker)).await
    }
}

/// Leases whose holders have all crashed, so the next process takes over at once.
pub(crate) fn leases_of_crashed_processes() -> BucketLocks {
    BucketLocks::new(|bucket| {
        Arc::new(LeaseLocks::new(
            bucket,
            ".tdbal",
            LeaseSettings::default(),
            Arc::new(jiff::Timestamp::now),
            Arc::new(|_| Some(false)),
        ))
    })
}

/// Creates an empty data set on these stores: the data, and the bucket [`BUCKET`].
pub(crate) fn world_with_stores(data: Arc<dyn ObjectStore>, bucket: Arc<dyn ObjectStore>) -> World {
    let mut world = World::new();
    world.data = data;
    world.bucket_locks = leases_of_crashed_processes();
    let mut buckets = world.buckets.0.lock().unwrap();
    buckets.insert(BUCKET.into(), bucket);
    drop(buckets);
    world
}

pub(crate) fn bucket_of(world: &World) -> Arc<dyn ObjectStore> {
    world.buckets.0.lock().unwrap()[BUCKET].clone()
}

/// Gives every `step`th of these pictures of an actor an object in the bucket.
pub(crate) async fn give_objects(
    world: &World,
    actor: &str,
    pictures: &[(String, Vec<u8>)],
    step: usize,
) {
    let bucket = bucket_of(world);
    let mut manifest = world.manifest(actor).await;
    for (name, bytes) in pictures.iter().step_by(step) {
        let object = ObjectKey::new(format!("pictures/{actor}/{name}")).unwrap();
        bucket
            .put(&object, bytes.clone().into(), PutMode::Create)
            .await
            .unwrap();
        manifest["images"][name]["s3_url"] = format!("s3://{BUCKET}/{object}").into();
    }
    let key = format!("actors/{actor}/training_data/manifest.json");
    world.put(&key, manifest.to_string()).await;
}

/// Adds an actor with 16, 2 and 3 pictures per class, half of them with an object in a bucket. Three
/// pictures are to be removed and two generated.
pub(crate) async fn add_actor(world: &World) {
    let pictures = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &pictures).await;
    give_objects(world, ACTOR, &pictures, 2).await;
}

/// Creates an empty data set on the stores of a simulated process.
pub(crate) fn empty_crashing_world() -> (World, Arc<SimulatedProcess>) {
    let process = SimulatedProcess::start();
    let world = world_with_stores(
        CrashingStore::new("data", &process),
        CrashingStore::new("s3://sets", &process),
    );
    (world, process)
}

/// Creates the actor of [`add_actor`] on the stores of a simulated process.
pub(crate) async fn crashing_world() -> (World, Arc<SimulatedProcess>) {
    let (world, process) = empty_crashing_world();
    add_actor(&world).await;
    (world, process)
}

/// Returns key and bytes of everything in both stores, without journals and locks.
pub(crate) async fn snapshot(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = BTreeMap::new();
    for (name, store) in [("data", world.data.clone()), ("bucket", bucket_of(world))] {
        for meta in store.list("").await.unwrap() {
            if !meta.key.as_str().starts_with(".tdbal/") {
                let object = store.get(&meta.key, u64::MAX).await.unwrap();
                all.insert(format!("{name}/{}", meta.key), object.bytes);
            }
        }
    }
    all
}

/// The snapshot without the trash.
pub(crate) async fn snapshot_without_trash(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = snapshot(world).await;
    all.retain(|key, _| !key.contains("/trash/"));
    all
}

/// Whether the key is that of a generated picture. The pictures that a set starts with are PNGs.
pub(crate) fn is_generated(key: &str) -> bool {
    has_extension(key, "jpg")
}

/// Whether a key ends with a dot and `extension`.
pub(crate) fn has_extension(key: &str, extension: &str) -> bool {
    key.rsplit_once('.')
        .is_some_and(|(_, last)| last == extension)
}

/// Reduces a snapshot to what must be the same however often the process crashed: the files and their
/// bytes, without the run in their paths.
pub(crate) fn comparable(all: &BTreeMap<String, Bytes>) -> BTreeMap<String, String> {
    let is_manifest = |key: &str| key.ends_with("manifest.json");
    let mut new: Vec<String> = all
        .iter()
        .filter(|(key, _)| is_generated(key))
        .map(|(_, bytes)| storage::sha256(bytes).to_string())
        .collect();
    new.sort();
    all.iter()
        .map(|(key, bytes)| {
            let run = key.split('/').find(|part| part.starts_with("run-"));
            let key = run.map_or_else(|| key.clone(), |run| key.replace(run, "RUN"));
            let text = if is_manifest(&key) {
                manifest_summary(bytes)
            } else if is_generated(&key) {
                // Orders can finish in any order, so a name does not decide which picture it is.
                "a new picture".to_owned()
            } else {
                storage::sha256(bytes).to_string()
            };
            (key, text)
        })
        .chain([("new pictures".to_owned(), new.join(" "))])
        .collect()
}

/// What a manifest says about its pictures, without prompts, which differ from run to run. New
/// pictures are sorted, because orders can finish in any order.
fn manifest_summary(manifest: &[u8]) -> String {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).unwrap();
    let images = manifest["images"].as_object().into_iter().flatten();
    let images = images.map(|(name, entry)| {
        let text = format!("{name} {} {}", entry["s3_url"], entry["index"]);
        (name.clone(), text)
    });
    let training = manifest["training_data"].as_array().into_iter().flatten();
    let training = training.map(|entry| {
        let name = entry["filename"].as_str().unwrap().to_owned();
        (name.clone(), name)
    });
    let statistics = &manifest["statistics"]["training_images_count"];
    format!(
        "{:?} {} {:?} {statistics}",
        generated_sorted(images),
        manifest["total_images"],
        generated_sorted(training),
    )
}

/// Texts about pictures: old ones in their order, then generated ones by name.
fn generated_sorted(texts: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let (mut new, old): (Vec<_>, Vec<_>) = texts.partition(|(name, _)| is_generated(name));
    new.sort();
    old.into_iter().chain(new).map(|(_, text)| text).collect()
}

pub(crate) fn assert_same<V: PartialEq + fmt::Debug>(
    end: &BTreeMap<String, V>,
    reference: &BTreeMap<String, V>,
    when: &str,
) {
    let keys = end.keys().chain(reference.keys());
    let describe = |all: &BTreeMap<String, V>, key: &String| {
        let reported = all
            .get(key)
            .map_or_else(String::new, |value| format!("{value:?}"));
        reported.chars().take(900).collect::<String>()
    };
    let diff: BTreeMap<&String, [String; 2]> = keys
        .filter(|key| end.get(*key) != reference.get(*key))
        .map(|key| (key, [describe(end, key), describe(reference, key)]))
        .collect();
    assert!(diff.is_empty(), "{when}: {diff:#?}");
}

/// Finishes unfinished runs, then executes, as the program does. No actor may fail.
pub(crate) async fn resume_and_execute(world: &World) {
    let report = resume_and_execute_with(world, &world.executor()).await;
    assert_eq!(report.totals.failed, 0, "{report:?}");
}

/// Like [`resume_and_execute`] with this executor; an actor may fail.
pub(crate) async fn resume_and_execute_with(world: &World, executor: &Executor) -> RunReport {
    let mut how = Resume::Unfinished;
    for run in pipeline::unfinished_runs(executor).await.unwrap() {
        let resumed = pipeline::resume(executor, &run, &Silent, &world.cancel).await;
        assert!(resumed.is_ok(), "{resumed:?}");
        how = Resume::JustFinished;
    }
    let executed = world.try_start(executor, Mode::Execute, how).await;
    executed.unwrap().1
}

/// A target of four pictures, for fast tests.
pub(crate) const SMALL_TARGET: &str = "total=4,photorealistic=50,bw_stylized=25,color_stylized=25";

/// Adds an actor with 4, 0 and 1 pictures per class; the first, third and fifth have objects. Two
/// pictures are to be removed and one generated.
pub(crate) async fn add_small_actor(world: &mut World) {
    world.policy.target = SMALL_TARGET.parse().unwrap();
    let pictures = pictures(ACTOR, [4, 0, 1], &[(0, 2), (1, 3)]);
    world.actor(ACTOR, &pictures).await;
    give_objects(world, ACTOR, &pictures, 2).await;
}

/// Creates an empty data set on stores that a test can make fail. Returns them: the data, the bucket.
pub(crate) fn empty_failing_world() -> (World, Arc<Failing<MemoryStore>>, Arc<Failing<MemoryStore>>)
{
    let failing = |name: &str| Arc::new(Failing::new(MemoryStore::new(name)));
    let (data, bucket) = (failing("data"), failing("s3://sets"));
    (
        world_with_stores(data.clone(), bucket.clone()),
        data,
        bucket,
    )
}

/// Creates the actor of [`add_small_actor`] on stores that a test can make fail.
pub(crate) async fn failing_world() -> (World, Arc<Failing<MemoryStore>>, Arc<Failing<MemoryStore>>)
{
    let (mut world, data, bucket) = empty_failing_world();
    add_small_actor(&mut world).await;
    (world, data, bucket)
}
