//! Stores of a process that dies at a write, and the small world that such a process works in.

use crate::world::{ACTOR, World, pictures};
use actor_lock::{LeaseLocks, LeaseSettings};
use async_trait::async_trait;
use bytes::Bytes;
use execution::{BucketLocks, Executor};
use pipeline::Resume;
use results::{Mode, RunReport, Silent};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use storage::{
    Condition, Deleted, Failing, Marker, MemoryStore, Object, ObjectKey, ObjectMeta, ObjectRead,
    ObjectStore, Operation, PutMode, StoreError, Version,
};

/// The bucket that some pictures have objects in.
pub(crate) const BUCKET: &str = "sets";

/// Counts down writes; at zero the process is dead, and nothing answers any more.
#[derive(Debug, Default)]
pub(crate) struct Life {
    writes_left: AtomicI64,
    /// Whether the last write is still done.
    does_last: AtomicBool,
    /// The write at which it ends, where that is named.
    moment: Mutex<Option<Moment>>,
}

/// A write that a test names by its key.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) key: String,
}

impl Life {
    /// A life without an end in sight.
    pub(crate) fn long() -> Arc<Self> {
        let life = Arc::new(Self::default());
        life.go_on();
        life
    }

    pub(crate) fn begin(&self, writes: i64, does_last: bool) {
        self.writes_left.store(writes, Ordering::SeqCst);
        self.does_last.store(does_last, Ordering::SeqCst);
    }

    /// Ends at the next write that is this one, which is still done or not.
    pub(crate) fn end_at(&self, moment: Moment, does_last: bool) {
        self.begin(i64::MAX, does_last);
        *self.moment.lock().unwrap() = Some(moment);
    }

    /// Another process, that does not die.
    pub(crate) fn go_on(&self) {
        *self.moment.lock().unwrap() = None;
        self.begin(i64::MAX, true);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.writes_left.load(Ordering::SeqCst) <= 0
    }

    pub(crate) fn writes_left(&self) -> i64 {
        self.writes_left.load(Ordering::SeqCst)
    }

    /// Whether a write is done, and whether its answer arrives.
    fn write(&self, key: &ObjectKey) -> (bool, bool) {
        let moment = self.moment.lock().unwrap();
        let is_it = |moment: &Moment| moment.key == key.as_str();
        if moment.as_ref().is_some_and(is_it) && !self.is_over() {
            self.writes_left.store(1, Ordering::SeqCst);
        }
        match self.writes_left.fetch_sub(1, Ordering::SeqCst) {
            2.. => (true, true),
            1 => (self.does_last.load(Ordering::SeqCst), false),
            _ => (false, false),
        }
    }
}

/// A store in memory that a mortal process writes to.
#[derive(Debug)]
pub(crate) struct Mortal {
    inner: MemoryStore,
    life: Arc<Life>,
}

impl fmt::Display for Mortal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the process is dead")]
struct Dead;

impl Mortal {
    pub(crate) fn new(name: &str, life: &Arc<Life>) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(name),
            life: life.clone(),
        })
    }

    fn dead(&self, key: &ObjectKey) -> StoreError {
        StoreError::failed(self, key, Operation::Put, Dead)
    }

    fn read(&self, key: &ObjectKey) -> Result<(), StoreError> {
        if self.life.is_over() {
            Err(self.dead(key))
        } else {
            Ok(())
        }
    }

    async fn write<T>(
        &self,
        key: &ObjectKey,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.life.write(key) {
            (true, true) => call.await,
            (true, false) => call.await.and(Err(self.dead(key))),
            (false, _) => Err(self.dead(key)),
        }
    }
}

#[async_trait]
impl ObjectRead for Mortal {
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
impl ObjectStore for Mortal {
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

/// Leases whose holders are all dead, so that the next process takes over at once.
pub(crate) fn leases_of_the_dead() -> BucketLocks {
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

/// A world on these stores: the data, and the bucket [`BUCKET`].
pub(crate) fn world_on(data: Arc<dyn ObjectStore>, bucket: Arc<dyn ObjectStore>) -> World {
    let mut world = World::new();
    world.data = data;
    world.bucket_locks = leases_of_the_dead();
    let mut buckets = world.buckets.0.lock().unwrap();
    buckets.insert(BUCKET.into(), bucket);
    drop(buckets);
    world
}

pub(crate) fn bucket_of(world: &World) -> Arc<dyn ObjectStore> {
    world.buckets.0.lock().unwrap()[BUCKET].clone()
}

/// Gives every `step`th of these pictures of an actor an object in the bucket as well.
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

/// A set of 16, 2 and 3 pictures, half of them with an object in a bucket: 3 leave, 2 come.
pub(crate) async fn fill(world: &World) {
    let pictures = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &pictures).await;
    give_objects(world, ACTOR, &pictures, 2).await;
}

/// An empty world in the hands of a process that dies when its life is over.
pub(crate) fn empty_mortal_world() -> (World, Arc<Life>) {
    let life = Life::long();
    let world = world_on(Mortal::new("data", &life), Mortal::new("s3://sets", &life));
    (world, life)
}

/// The set of [`fill`] in such a world.
pub(crate) async fn mortal_world() -> (World, Arc<Life>) {
    let (world, life) = empty_mortal_world();
    fill(&world).await;
    (world, life)
}

/// Everything but journals and locks: key and bytes of both stores.
pub(crate) async fn everything(world: &World) -> BTreeMap<String, Bytes> {
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

/// Everything but the trash.
pub(crate) async fn without_trash(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = everything(world).await;
    all.retain(|key, _| !key.contains("/trash/"));
    all
}

/// Whether it is a picture that was generated: those of a set at first are PNGs.
pub(crate) fn is_new_picture(key: &str) -> bool {
    has_extension(key, "jpg")
}

/// Whether a key ends with a dot and `extension`.
pub(crate) fn has_extension(key: &str, extension: &str) -> bool {
    key.rsplit_once('.')
        .is_some_and(|(_, last)| last == extension)
}

/// What must be the same however often the process died: the same files with the same bytes, the run
/// in their paths left out.
pub(crate) fn comparable(all: &BTreeMap<String, Bytes>) -> BTreeMap<String, String> {
    let is_manifest = |key: &str| key.ends_with("manifest.json");
    let mut new: Vec<String> = all
        .iter()
        .filter(|(key, _)| is_new_picture(key))
        .map(|(_, bytes)| storage::sha256(bytes).to_string())
        .collect();
    new.sort();
    all.iter()
        .map(|(key, bytes)| {
            let run = key.split('/').find(|part| part.starts_with("run-"));
            let key = run.map_or_else(|| key.clone(), |run| key.replace(run, "RUN"));
            let text = if is_manifest(&key) {
                essence(bytes)
            } else if is_new_picture(&key) {
                // Which of several orders is made first is not said.
                "a new picture".to_owned()
            } else {
                storage::sha256(bytes).to_string()
            };
            (key, text)
        })
        .chain([("new pictures".to_owned(), new.join(" "))])
        .collect()
}

/// What a manifest says of its pictures; prompts are left out, for another run has others. New ones
/// are sorted: which of several orders is fetched first is not said.
fn essence(manifest: &[u8]) -> String {
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
        new_sorted(images),
        manifest["total_images"],
        new_sorted(training),
    )
}

/// What is said of pictures, by name: of old ones in their order, then of new ones by name.
fn new_sorted(told: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let (mut new, old): (Vec<_>, Vec<_>) = told.partition(|(name, _)| is_new_picture(name));
    new.sort();
    old.into_iter().chain(new).map(|(_, text)| text).collect()
}

pub(crate) fn assert_same<V: PartialEq + fmt::Debug>(
    end: &BTreeMap<String, V>,
    reference: &BTreeMap<String, V>,
    when: &str,
) {
    let keys = end.keys().chain(reference.keys());
    let tell = |all: &BTreeMap<String, V>, key: &String| {
        let told = all
            .get(key)
            .map_or_else(String::new, |value| format!("{value:?}"));
        told.chars().take(900).collect::<String>()
    };
    let diff: BTreeMap<&String, [String; 2]> = keys
        .filter(|key| end.get(*key) != reference.get(*key))
        .map(|key| (key, [tell(end, key), tell(reference, key)]))
        .collect();
    assert!(diff.is_empty(), "{when}: {diff:#?}");
}

/// As the program does it: what an earlier execution left is finished, then everything is executed.
pub(crate) async fn go_on(world: &World) {
    let report = go_on_with(world, &world.engine()).await;
    assert_eq!(report.totals.failed, 0, "{report:?}");
}

/// As [`go_on`], with this engine; an actor may fail.
pub(crate) async fn go_on_with(world: &World, engine: &Executor) -> RunReport {
    let mut how = Resume::Unfinished;
    for run in pipeline::unfinished_runs(engine).await.unwrap() {
        let resumed = pipeline::resume(engine, &run, &Silent, &world.cancel).await;
        assert!(resumed.is_ok(), "{resumed:?}");
        how = Resume::JustFinished;
    }
    let executed = world.try_start(engine, Mode::Execute, how).await;
    executed.unwrap().1
}

/// A target of four pictures, so that a set is soon looked at.
pub(crate) const SMALL_TARGET: &str = "total=4,photorealistic=50,bw_stylized=25,color_stylized=25";

/// A set of 4, 0 and 1 pictures, of which the first, third and fifth have objects: 2 leave, 1 comes.
pub(crate) async fn fill_small(world: &mut World) {
    world.policy.target = SMALL_TARGET.parse().unwrap();
    let pictures = pictures(ACTOR, [4, 0, 1], &[(0, 2), (1, 3)]);
    world.actor(ACTOR, &pictures).await;
    give_objects(world, ACTOR, &pictures, 2).await;
}

/// An empty world on stores that a test can make fail: the data, and the bucket.
pub(crate) fn empty_failing_world() -> (World, Arc<Failing<MemoryStore>>, Arc<Failing<MemoryStore>>)
{
    let failing = |name: &str| Arc::new(Failing::new(MemoryStore::new(name)));
    let (data, bucket) = (failing("data"), failing("s3://sets"));
    (world_on(data.clone(), bucket.clone()), data, bucket)
}

/// The set of [`fill_small`] on such stores.
pub(crate) async fn failing_world() -> (World, Arc<Failing<MemoryStore>>, Arc<Failing<MemoryStore>>)
{
    let (mut world, data, bucket) = empty_failing_world();
    fill_small(&mut world).await;
    (world, data, bucket)
}
