//! The process dies before or after any write: going on ends where an undisturbed run ends.

use crate::world::{ACTOR, World, pictures};
use actor_lock::{LeaseLocks, LeaseSettings};
use async_trait::async_trait;
use bytes::Bytes;
use pipeline::{BucketLocks, Mode, Resume, Silent, UndoStatus};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use storage::{
    Condition, Deleted, Marker, MemoryStore, Object, ObjectKey, ObjectMeta, ObjectRead,
    ObjectStore, Operation, PutMode, StoreError, Version,
};

const BUCKET: &str = "sets";

/// Counts down writes; at zero the process is dead, and nothing answers any more.
#[derive(Debug, Default)]
struct Life {
    writes_left: AtomicI64,
    /// Whether the last write is still done.
    does_last: std::sync::atomic::AtomicBool,
}

impl Life {
    fn begin(&self, writes: i64, does_last: bool) {
        self.writes_left.store(writes, Ordering::SeqCst);
        self.does_last.store(does_last, Ordering::SeqCst);
    }

    fn is_over(&self) -> bool {
        self.writes_left.load(Ordering::SeqCst) <= 0
    }

    /// Whether a write is done, and whether its answer arrives.
    fn write(&self) -> (bool, bool) {
        let left = self.writes_left.fetch_sub(1, Ordering::SeqCst);
        if left > 1 {
            (true, true)
        } else if left == 1 {
            (self.does_last.load(Ordering::SeqCst), false)
        } else {
            (false, false)
        }
    }
}

#[derive(Debug)]
struct Mortal {
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
        match self.life.write() {
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

/// A set of 16, 2 and 3 pictures, half of them with an object in a bucket: 3 leave, 2 come.
async fn mortal_world() -> (World, Arc<Life>) {
    let life = Arc::new(Life::default());
    life.begin(i64::MAX, true);
    let mortal = |name: &str| {
        Arc::new(Mortal {
            inner: MemoryStore::new(name),
            life: life.clone(),
        })
    };
    let mut world = World::new();
    world.data = mortal("data");
    // Whoever had a lease is dead.
    world.bucket_locks = BucketLocks::new(|bucket| {
        Arc::new(LeaseLocks::new(
            bucket,
            ".tdbal",
            LeaseSettings::default(),
            Arc::new(jiff::Timestamp::now),
            Arc::new(|_| Some(false)),
        ))
    });
    let bucket: Arc<dyn ObjectStore> = mortal("s3://sets");
    world
        .buckets
        .0
        .lock()
        .unwrap()
        .insert(BUCKET.into(), bucket.clone());
    let pictures = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &pictures).await;
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    let mut manifest = world.manifest(ACTOR).await;
    for (name, bytes) in pictures.iter().step_by(2) {
        let object = ObjectKey::new(format!("pictures/{name}")).unwrap();
        bucket
            .put(&object, bytes.clone().into(), PutMode::Create)
            .await
            .unwrap();
        manifest["images"][name]["s3_url"] = format!("s3://{BUCKET}/{object}").into();
    }
    world.put(&key, manifest.to_string()).await;
    (world, life)
}

/// Everything but journals and locks: key and bytes of both stores.
async fn everything(world: &World) -> BTreeMap<String, Bytes> {
    let bucket = world.buckets.0.lock().unwrap()[BUCKET].clone();
    let mut all = BTreeMap::new();
    for (name, store) in [("data", world.data.clone()), ("bucket", bucket)] {
        for meta in store.list("").await.unwrap() {
            if !meta.key.as_str().starts_with(".tdbal/") {
                let object = store.get(&meta.key, u64::MAX).await.unwrap();
                all.insert(format!("{name}/{}", meta.key), object.bytes);
            }
        }
    }
    all
}

/// What must be the same however often the process died: the same files with the same bytes, the run
/// in their paths left out.
fn comparable(all: &BTreeMap<String, Bytes>) -> BTreeMap<String, String> {
    let is_manifest = |key: &str| key.ends_with("manifest.json");
    let mut new: Vec<String> = all
        .iter()
        .filter(|(key, _)| key.ends_with(".jpg"))
        .map(|(_, bytes)| storage::sha256(bytes).to_string())
        .collect();
    new.sort();
    all.iter()
        .map(|(key, bytes)| {
            let run = key.split('/').find(|part| part.starts_with("run-"));
            let key = run.map_or_else(|| key.clone(), |run| key.replace(run, "RUN"));
            let text = if is_manifest(&key) {
                essence(bytes)
            } else if key.ends_with(".jpg") {
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

/// What a manifest says of its pictures; prompts are left out, for another run has others.
fn essence(manifest: &[u8]) -> String {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).unwrap();
    let images = manifest["images"].as_object().into_iter().flatten();
    let images: Vec<String> = images
        .map(|(name, entry)| format!("{name} {} {}", entry["s3_url"], entry["index"]))
        .collect();
    let training = manifest["training_data"].as_array().into_iter().flatten();
    let training: Vec<String> = training
        .map(|entry| entry["filename"].to_string())
        .collect();
    let statistics = &manifest["statistics"]["training_images_count"];
    format!(
        "{images:?} {} {training:?} {statistics}",
        manifest["total_images"]
    )
}

async fn go_on(world: &World) {
    let engine = world.engine();
    let mut how = Resume::Unfinished;
    for run in pipeline::unfinished_runs(&engine).await.unwrap() {
        let resumed = pipeline::resume(&engine, &run, &Silent, &world.cancel).await;
        assert!(resumed.is_ok(), "{resumed:?}");
        how = Resume::JustFinished;
    }
    let (_, report) = world.try_start(&engine, Mode::Execute, how).await.unwrap();
    assert_eq!(report.totals.failed, 0, "{report:?}");
}

/// How many writes an undisturbed execution takes, and how it ends.
async fn undisturbed() -> (i64, BTreeMap<String, String>, usize) {
    let (world, life) = mortal_world().await;
    life.begin(1_000_000, true);
    go_on(&world).await;
    let writes = 1_000_000 - life.writes_left.load(Ordering::SeqCst);
    life.begin(i64::MAX, true);
    let bought = world.generator.bought();
    assert_eq!((bought, world.entries(ACTOR).await.len()), (2, 20));
    assert!(writes > 40, "{writes} writes");
    (writes, comparable(&everything(&world).await), bought)
}

async fn die_at_every_write(does_last: bool) {
    let (writes, reference, bought) = undisturbed().await;
    for at in 1..=writes {
        let (world, life) = mortal_world().await;
        life.begin(at, does_last);
        let engine = world.engine();
        let _ = world
            .try_start(&engine, Mode::Execute, Resume::Unfinished)
            .await;
        assert!(life.is_over(), "it died at write {at}");
        life.begin(i64::MAX, true);
        go_on(&world).await;
        let end = comparable(&everything(&world).await);
        assert_same(&end, &reference, &format!("death at write {at}"));
        assert_eq!(world.generator.bought(), bought, "death at write {at}");
    }
}

fn assert_same<V: PartialEq>(
    end: &BTreeMap<String, V>,
    reference: &BTreeMap<String, V>,
    when: &str,
) {
    let diff: Vec<_> = end
        .iter()
        .filter(|(key, value)| reference.get(*key) != Some(value))
        .map(|(key, _)| key)
        .chain(reference.keys().filter(|key| !end.contains_key(*key)))
        .collect();
    assert!(diff.is_empty(), "{when}: {diff:?}");
}

#[tokio::test]
async fn a_death_before_any_write_changes_nothing_of_the_end() {
    die_at_every_write(false).await;
}

#[tokio::test]
async fn a_death_behind_any_write_changes_nothing_of_the_end() {
    die_at_every_write(true).await;
}

/// Everything but the trash.
async fn without_trash(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = everything(world).await;
    all.retain(|key, _| !key.contains("/trash/"));
    all
}

async fn take_back(world: &World) -> pipeline::UndoReport {
    let engine = world.engine();
    let run = tdbal_types::RunId::new("run-0").unwrap();
    pipeline::undo(&engine, &run, None, false, &Silent, &world.cancel)
        .await
        .unwrap()
}

#[tokio::test]
async fn undo_gives_every_byte_back() {
    let (world, _life) = mortal_world().await;
    let before = without_trash(&world).await;
    go_on(&world).await;
    let engine = world.engine();
    let run = tdbal_types::RunId::new("run-0").unwrap();
    let changed = everything(&world).await;
    let looked = pipeline::undo(&engine, &run, None, true, &Silent, &world.cancel)
        .await
        .unwrap();
    assert_eq!(looked.actors[0].status, UndoStatus::ToUndo);
    assert_eq!(
        (
            looked.actors[0].returns.len(),
            looked.actors[0].leaves.len()
        ),
        (3, 2)
    );
    assert_same(&everything(&world).await, &changed, "a dry run");
    let done = take_back(&world).await;
    assert_eq!(done.actors[0].status, UndoStatus::Undone);
    assert_same(&without_trash(&world).await, &before, "undo");
    let again = take_back(&world).await;
    assert_eq!(again.actors[0].status, UndoStatus::UndoneAlready);
}

#[tokio::test]
async fn a_death_at_any_write_of_an_undo_changes_nothing_of_its_end() {
    let (world, life) = mortal_world().await;
    go_on(&world).await;
    life.begin(1_000_000, true);
    take_back(&world).await;
    let writes = 1_000_000 - life.writes_left.load(Ordering::SeqCst);
    assert!(writes > 20, "{writes} writes");
    for at in 1..=writes {
        let (world, life) = mortal_world().await;
        let before = without_trash(&world).await;
        go_on(&world).await;
        life.begin(at, at % 2 == 0);
        let engine = world.engine();
        let run = tdbal_types::RunId::new("run-0").unwrap();
        let _ = pipeline::undo(&engine, &run, None, false, &Silent, &world.cancel).await;
        assert!(life.is_over(), "it died at write {at}");
        life.begin(i64::MAX, true);
        // Who comes next finishes it, by whatever name.
        if at % 3 == 0 && !pipeline::unfinished_runs(&engine).await.unwrap().is_empty() {
            pipeline::resume(&engine, &run, &Silent, &world.cancel)
                .await
                .unwrap();
        }
        let done = take_back(&world).await;
        assert!(
            matches!(
                done.actors[0].status,
                UndoStatus::Undone | UndoStatus::UndoneAlready
            ),
            "{at}: {done:?}"
        );
        assert_same(
            &without_trash(&world).await,
            &before,
            &format!("death at write {at}"),
        );
    }
}
