//! Two at once on one data set: each actor is changed by one of them, nothing is bought twice, nothing
//! that anybody wrote is lost, and the other says who has the actor.

use crate::hooked::Hooked;
use crate::in_step::{assert_accounted_for, assert_in_step, commits, journals};
use crate::mortal::{
    SMALL_TARGET, assert_same, everything, failing_world, fill_small, go_on, world_on,
};
use crate::world::{ACTOR, Behaviour, Generator, World, pictures, png};
use actor_lock::{ActorLocks, FileLocks, Holder, LeaseLocks, LeaseSettings};
use async_trait::async_trait;
use bytes::Bytes;
use execution::plan::RunPlan;
use execution::{Executor, Process, RunError};
use pipeline::Resume;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use results::{ActorStatus, Mode, OutputFolder, RunReport, Silent};
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

/// A store that lets others go first now and then, as a network does.
#[derive(Debug)]
struct Slow {
    inner: MemoryStore,
    dice: Mutex<StdRng>,
}

impl Slow {
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

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectRead for Slow {
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
impl ObjectStore for Slow {
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
enum Kind {
    Files,
    Leases,
}

fn leases(store: Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> {
    Arc::new(LeaseLocks::new(
        store,
        ".tdbal",
        LeaseSettings::default(),
        Arc::new(jiff::Timestamp::now),
        // Both live, and each knows it of the other.
        Arc::new(|_| Some(true)),
    ))
}

/// Two actors, of each of which 2 pictures leave and to each of which 1 comes; the first has objects.
async fn two_actors(seed: u64) -> World {
    let mut world = world_on(Slow::new("data", seed), Slow::new("s3://sets", seed + 1));
    world.bucket_locks = execution::BucketLocks::new(leases);
    fill_small(&mut world).await;
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

/// One of two processes on the same data.
fn process(world: &World, pid: u32, kind: Kind, output: &tempfile::TempDir) -> Executor {
    let mut engine = world.engine();
    engine.evaluation.output = OutputFolder::new(output.path());
    engine.data.locks = match kind {
        Kind::Files => Arc::new(FileLocks::new(world.output.path().join("locks"))),
        Kind::Leases => leases(world.data.clone()),
    };
    engine.process = Process {
        host: "test".into(),
        pid,
    };
    engine
}

async fn plan(world: &World) -> RunPlan {
    let engine = world.engine();
    let planned = world.try_start(&engine, Mode::DryRun, Resume::No).await;
    let (plan, report) = planned.unwrap();
    assert!(report.totals.to_change > 0, "{report:?}");
    plan
}

/// Applies two plans at the same time on threads of their own.
async fn apply_both(
    engines: [Executor; 2],
    plans: [&RunPlan; 2],
) -> [Result<RunReport, RunError>; 2] {
    let begin = Arc::new(tokio::sync::Barrier::new(2));
    let [one, two] = engines;
    let spawn = |engine: Executor, plan: RunPlan| {
        let begin = begin.clone();
        tokio::spawn(async move {
            begin.wait().await;
            let cancel = tokio_util::sync::CancellationToken::new();
            pipeline::apply(&engine, &plan, &Silent, &cancel).await
        })
    };
    let (one, two) = (spawn(one, plans[0].clone()), spawn(two, plans[1].clone()));
    let (one, two) = tokio::join!(one, two);
    [one.unwrap(), two.unwrap()]
}

/// Whether somebody was told that another has the actor, or was there before.
fn is_told(error: &str) -> bool {
    [
        "is working on this actor",
        "since it was evaluated",
        "left this actor unfinished",
    ]
    .iter()
    .any(|said| error.contains(said))
}

async fn assert_done_once(world: &World, results: &[Result<RunReport, RunError>; 2], when: &str) {
    for result in results {
        match result {
            Ok(report) => {
                for actor in &report.actors {
                    match &actor.status {
                        ActorStatus::Changed => {}
                        ActorStatus::Failed { error } => assert!(is_told(error), "{when}: {error}"),
                        other => panic!("{when}: {other:?}"),
                    }
                }
            }
            Err(RunError::AppliedAlready { .. }) => {}
            Err(error) => panic!("{when}: {error}"),
        }
    }
    let engine = world.engine();
    let committed = commits(&engine).await;
    for actor in ACTORS {
        let actor = ActorId::new(actor).unwrap();
        assert_eq!(committed.get(&actor), Some(&1), "{when}: {actor}");
        assert_in_step(world, actor.as_str(), &BTreeSet::new()).await;
        assert_eq!(world.entries(actor.as_str()).await.len(), 4, "{when}");
    }
    assert_eq!(world.generator.bought(), 2, "{when}");
    assert_accounted_for(world, &engine).await;
    assert_nothing_is_left_to_do(world, &engine, when).await;
}

/// What could not be begun because another had the actor is gone on with later, finds that the set
/// changed, and touches nothing.
async fn assert_nothing_is_left_to_do(world: &World, engine: &Executor, when: &str) {
    let before = everything(world).await;
    for run in pipeline::unfinished_runs(engine).await.unwrap() {
        let resumed = pipeline::resume(engine, &run, &Silent, &world.cancel).await;
        assert!(resumed.is_ok(), "{when}: {resumed:?}");
    }
    let left = pipeline::unfinished_runs(engine).await.unwrap();
    assert!(left.is_empty(), "{when}: {left:?}");
    assert_same(&everything(world).await, &before, when);
    assert_eq!(world.generator.bought(), 2, "{when}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_apply_one_plan_together_each_actor_is_changed_by_one() {
    let mut rounds = 0;
    for kind in [Kind::Files, Kind::Leases] {
        for seed in 0..8 {
            let world = two_actors(seed).await;
            let plan = plan(&world).await;
            let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
            let engines = [
                process(&world, 1, kind, &outputs[0]),
                process(&world, 2, kind, &outputs[1]),
            ];
            let results = apply_both(engines, [&plan, &plan]).await;
            let when = format!("{kind:?}, seed {seed}");
            assert_done_once(&world, &results, &when).await;
            rounds += 1;
        }
    }
    assert_eq!(rounds, 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_apply_different_plans_together_each_actor_is_changed_by_one() {
    let mut rounds = 0;
    for kind in [Kind::Files, Kind::Leases] {
        for seed in 100..108 {
            let world = two_actors(seed).await;
            let plans = [plan(&world).await, plan(&world).await];
            assert_ne!(plans[0].run_id, plans[1].run_id);
            let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
            let engines = [
                process(&world, 1, kind, &outputs[0]),
                process(&world, 2, kind, &outputs[1]),
            ];
            let results = apply_both(engines, [&plans[0], &plans[1]]).await;
            let when = format!("{kind:?}, seed {seed}");
            assert_done_once(&world, &results, &when).await;
            rounds += 1;
        }
    }
    assert_eq!(rounds, 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_executions_together_leave_what_one_would() {
    for kind in [Kind::Files, Kind::Leases] {
        let world = Arc::new(two_actors(7).await);
        let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let execute = |pid: u32| {
            let engine = process(&world, pid, kind, &outputs[pid as usize - 1]);
            let world = world.clone();
            let runtime = tokio::runtime::Handle::current();
            tokio::task::spawn_blocking(move || {
                let execute = world.try_start(&engine, Mode::Execute, Resume::No);
                runtime.block_on(execute).map(|(_, report)| report)
            })
        };
        let (one, two) = tokio::join!(execute(1), execute(2));
        let results = [one.unwrap(), two.unwrap()];
        // Who comes later may find a set that is balanced, or one in the hands of the other.
        let statuses = results
            .iter()
            .flat_map(|result| &result.as_ref().unwrap().actors);
        let changed = statuses
            .filter(|actor| actor.status == ActorStatus::Changed)
            .count();
        assert_eq!(changed, 2, "{kind:?}: {results:?}");
        assert_eq!(world.generator.bought(), 2, "{kind:?}");
        for actor in ACTORS {
            assert_in_step(&world, actor, &BTreeSet::new()).await;
        }
    }
}

/// The holder of an actor is at the generator while another comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_second_is_told_who_has_the_actor() {
    for kind in [Kind::Files, Kind::Leases] {
        let world = two_actors(3).await;
        let plans = [plan(&world).await, plan(&world).await];
        let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let (ordering, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut first = process(&world, 1, kind, &outputs[0]);
        first.settings.jobs = 1;
        let hook = {
            let (ordering, go_on) = (ordering.clone(), go_on.clone());
            move |number| {
                let (ordering, go_on) = (ordering.clone(), go_on.clone());
                let waits = async move {
                    if number == 0 {
                        ordering.notify_one();
                        go_on.notified().await;
                    }
                    None
                };
                let waits: futures_util::future::BoxFuture<'static, _> = Box::pin(waits);
                waits
            }
        };
        first.generator = Some(Arc::new(Hooked::new(&world.generator).on_start(hook)));
        let plan = plans[0].clone();
        let applying = tokio::spawn(async move {
            let cancel = tokio_util::sync::CancellationToken::new();
            pipeline::apply(&first, &plan, &Silent, &cancel).await
        });
        ordering.notified().await;
        let second = process(&world, 2, kind, &outputs[1]);
        let cancel = tokio_util::sync::CancellationToken::new();
        for plan in &plans {
            let told = pipeline::apply(&second, plan, &Silent, &cancel)
                .await
                .unwrap();
            let held = told
                .actors
                .iter()
                .find(|actor| actor.actor.as_str() == ACTORS[0]);
            let ActorStatus::Failed { error } = &held.unwrap().status else {
                panic!("{kind:?}: {told:?}")
            };
            let holder = format!("run {} (process 1 on test)", plans[0].run_id);
            assert!(error.contains(&holder), "{kind:?}: {error}");
            assert!(error.contains("is working on this actor"), "{kind:?}: {error}");
        }
        go_on.notify_one();
        let report = applying.await.unwrap().unwrap();
        let first = report
            .actors
            .iter()
            .find(|actor| actor.actor.as_str() == ACTORS[0]);
        assert_eq!(first.unwrap().status, ActorStatus::Changed, "{kind:?}");
        assert_eq!(world.generator.bought(), 2, "{kind:?}");
        for actor in ACTORS {
            assert_in_step(&world, actor, &BTreeSet::new()).await;
            assert_eq!(world.entries(actor).await.len(), 4, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_second_plan_of_what_is_done_by_now_is_refused_and_touches_nothing() {
    let world = two_actors(5).await;
    let plans = [plan(&world).await, plan(&world).await];
    let engine = world.engine();
    pipeline::apply(&engine, &plans[0], &Silent, &world.cancel)
        .await
        .unwrap();
    let before = everything(&world).await;
    let report = pipeline::apply(&engine, &plans[1], &Silent, &world.cancel)
        .await
        .unwrap();
    assert_eq!(report.totals.failed, 2, "{report:?}");
    for actor in &report.actors {
        let ActorStatus::Failed { error } = &actor.status else {
            panic!("{actor:?}")
        };
        assert!(
            error.contains("the training manifest changed since it was evaluated"),
            "{error}"
        );
    }
    assert_same(&everything(&world).await, &before, "refused");
    let again = pipeline::apply(&engine, &plans[0], &Silent, &world.cancel).await;
    assert!(
        matches!(again, Err(RunError::AppliedAlready { .. })),
        "{again:?}"
    );
    assert_eq!(world.generator.bought(), 2);
}

#[tokio::test]
async fn a_plan_that_was_changed_by_hand_is_not_the_one_that_was_begun() {
    let mut world = two_actors(6).await;
    world.generator = Arc::new(Generator::new(|_| Behaviour::Unknowable));
    let plan = plan(&world).await;
    let engine = world.engine();
    let begun = pipeline::apply(&engine, &plan, &Silent, &world.cancel).await;
    assert_eq!(
        begun.unwrap().totals.failed,
        2,
        "nobody knows what became of the orders"
    );
    let mut other = plan.clone();
    other.created_at = "2026-11-23T00:00:00.000000".into();
    let refused = pipeline::apply(&engine, &other, &Silent, &world.cancel).await;
    assert!(
        matches!(refused, Err(RunError::OtherPlan { .. })),
        "{refused:?}"
    );
}

/// What somebody does to the lease of an actor.
async fn meddle(data: &Arc<dyn ObjectStore>, replaces: bool) {
    let key = ObjectKey::new(format!(".tdbal/locks/{ACTOR}.json")).unwrap();
    let there = data.get(&key, 1 << 16).await.unwrap();
    data.delete(&key, Condition::Always).await.unwrap();
    if replaces {
        let mut lease: serde_json::Value = serde_json::from_slice(&there.bytes).unwrap();
        lease["nonce"] = "another".into();
        lease["holder"]["run"] = "another-run".into();
        let bytes = Bytes::from(lease.to_string());
        data.put(&key, bytes, PutMode::Create).await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_that_is_lost_stops_before_the_next_purchase() {
    for replaces in [false, true] {
        let (mut world, _, _) = crate::mortal::empty_failing_world();
        world.policy.target = SMALL_TARGET.parse().unwrap();
        world.actor(ACTOR, &pictures(ACTOR, [2, 0, 0], &[])).await;
        let mut engine = world.engine();
        engine.data.locks = leases(world.data.clone());
        let data = world.data.clone();
        let hook = move |number| -> futures_util::future::BoxFuture<'static, _> {
            let data = data.clone();
            Box::pin(async move {
                if number == 0 {
                    meddle(&data, replaces).await;
                }
                None
            })
        };
        engine.generator = Some(Arc::new(Hooked::new(&world.generator).on_start(hook)));
        let executed = world.try_start(&engine, Mode::Execute, Resume::No).await;
        let report = executed.unwrap().1;
        let ActorStatus::Failed { error } = &report.actors[0].status else {
            panic!("{report:?}")
        };
        assert!(error.contains("the lock"), "{error}");
        assert!(error.contains("is lost"), "{error}");
        assert_eq!(error.contains("another-run"), replaces, "{error}");
        assert_eq!(world.generator.bought(), 1, "the second was not bought");
        assert_eq!(world.entries(ACTOR).await.len(), 2);
        // Whoever has the lock next takes up what was bought.
        go_on(&world).await;
        assert_eq!(world.generator.bought(), 2);
        assert_eq!(world.entries(ACTOR).await.len(), 4);
        assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
        assert_accounted_for(&world, &world.engine()).await;
    }
}

/// Writes something into the training manifest, as a person with an editor does; with `file` also an
/// entry for a picture.
async fn edit_manifest(data: &Arc<dyn ObjectStore>, file: Option<&str>) {
    let key = ObjectKey::new(format!("actors/{ACTOR}/training_data/manifest.json")).unwrap();
    let there = data.get(&key, 1 << 20).await.unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&there.bytes).unwrap();
    manifest["note"] = "mine".into();
    if let Some(file) = file {
        let picture = ObjectKey::new(format!("actors/{ACTOR}/training_data/{file}")).unwrap();
        let bytes = png(ImageClass::Photorealistic, 9, 6000);
        let written = data.put(&picture, bytes.into(), PutMode::Create).await;
        written.unwrap();
        let images = manifest["images"].as_object_mut().unwrap();
        images.insert(file.to_owned(), serde_json::json!({ "index": 77 }));
        manifest["total_images"] = images.len().into();
    }
    let bytes = Bytes::from(manifest.to_string());
    data.put(&key, bytes, PutMode::Overwrite).await.unwrap();
}

/// An engine whose generator does that while a picture is ordered.
fn edited_meanwhile(world: &World, file: Option<&'static str>) -> Executor {
    let mut engine = world.engine();
    let data = world.data.clone();
    let hook = move |number| -> futures_util::future::BoxFuture<'static, _> {
        let data = data.clone();
        Box::pin(async move {
            if number == 0 {
                edit_manifest(&data, file).await;
            }
            None
        })
    };
    engine.generator = Some(Arc::new(Hooked::new(&world.generator).on_start(hook)));
    engine
}

/// The set stays as somebody left it; what was bought meanwhile is in the trash.
async fn assert_set_aside(world: &World, report: &RunReport, says: &str) {
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    let folder = format!("trash/{}/rejected/{ACTOR}", report.run_id);
    assert!(error.contains(says), "{error}");
    assert!(error.contains("1 new pictures are in"), "{error}");
    assert!(error.contains(&folder), "{error}");
    assert_eq!(world.keys(&folder).await.len(), 1);
    assert!(report.actors[0].removed.is_empty());
    assert_accounted_for(world, &world.engine()).await;
    let left = pipeline::unfinished_runs(&world.engine()).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn what_is_written_into_a_manifest_while_pictures_are_made_stays_in_it() {
    let (world, _, _) = failing_world().await;
    let engine = edited_meanwhile(&world, None);
    let executed = world.try_start(&engine, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    // It says the same of every picture, so that the change can be made on top of it.
    assert_eq!(report.totals.changed, 1, "{report:?}");
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (4, 1)
    );
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
}

#[tokio::test]
async fn a_set_that_somebody_changes_while_pictures_are_made_stays_as_it_is() {
    let (world, _, _) = failing_world().await;
    let file = "9001_test_mine.png";
    let engine = edited_meanwhile(&world, Some(file));
    let executed = world.try_start(&engine, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    assert_set_aside(&world, &report, &format!("{file} appeared")).await;
    assert_eq!(world.entries(ACTOR).await.len(), 6);
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    let id = "actor_manifests/9001_manifest.json";
    let listed = world.get(id).await.unwrap();
    assert!(!String::from_utf8_lossy(&listed).contains(".jpg"));
    // The next run decides anew.
    go_on(&world).await;
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (4, 2)
    );
    assert!(
        world.entries(ACTOR).await.contains(&file.to_owned()),
        "it is the best of its class"
    );
}

async fn withdrawals(engine: &Executor) -> usize {
    let told = journals(engine).await;
    let records = told.iter().flat_map(|(_, _, records)| records);
    let is_withdrawn = |record: &&journal::run::record::Record| {
        matches!(record.step, journal::run::record::Step::Withdrawn { .. })
    };
    records.filter(is_withdrawn).count()
}

#[tokio::test]
async fn a_commit_that_somebody_else_was_faster_than_is_decided_upon_again() {
    for times in [1, 3, u64::MAX] {
        let (world, data, _) = failing_world().await;
        let manifest = format!("actors/{ACTOR}/training_data/manifest.json");
        let rule = Rule::new([Operation::Put], Effect::Changed).on(move |key| key == manifest);
        data.inject(rule.times(times));
        let engine = world.engine();
        let executed = world.try_start(&engine, Mode::Execute, Resume::No).await;
        let report = executed.unwrap().1;
        let withdrawn = withdrawals(&engine).await as u64;
        if times == u64::MAX {
            assert_set_aside(&world, &report, "keeps being written by someone else").await;
            assert!(withdrawn > 3, "{withdrawn}");
            assert_eq!(world.entries(ACTOR).await.len(), 5);
        } else {
            assert_eq!(report.totals.changed, 1, "{report:?}");
            assert_eq!(withdrawn, times);
            assert_eq!(world.entries(ACTOR).await.len(), 4);
        }
        assert_eq!(
            world.generator.bought(),
            1,
            "nothing is bought again for it"
        );
        assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
    }
}

#[tokio::test]
async fn an_actor_manifest_that_is_edited_meanwhile_keeps_what_was_written() {
    let (world, data, _) = failing_world().await;
    let key = "actor_manifests/9001_manifest.json";
    let rule = Rule::new([Operation::Put], Effect::Changed).on(move |put| put == key);
    data.inject(rule.times(2));
    let engine = world.engine();
    let executed = world.try_start(&engine, Mode::Execute, Resume::No).await;
    assert_eq!(executed.unwrap().1.totals.changed, 1, "it is tried again");
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
}

/// Two data folders, each with journals and locks of its own, whose sets have their objects in one
/// bucket.
#[tokio::test]
async fn two_data_folders_with_one_bucket_do_not_work_on_one_actor_at_once() {
    let bucket: Arc<dyn ObjectStore> = Arc::new(MemoryStore::new("s3://sets"));
    let mut here = world_on(Arc::new(MemoryStore::new("here")), bucket.clone());
    fill_small(&mut here).await;
    here.bucket_locks = execution::BucketLocks::new(leases);
    let elsewhere = Holder {
        run: RunId::new("run-elsewhere").unwrap(),
        host: "another".into(),
        pid: 77,
    };
    let actor = ActorId::new(ACTOR).unwrap();
    let held = leases(bucket.clone())
        .acquire(&actor, &elsewhere)
        .await
        .unwrap();
    let before = everything(&here).await;
    let engine = here.engine();
    let executed = here.try_start(&engine, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(
        error.contains("run run-elsewhere (process 77 on another)"),
        "{error}"
    );
    assert_same(&everything(&here).await, &before, "nothing was touched");
    assert_eq!(here.generator.bought(), 0);
    // The lock of the folder was given back.
    let own = engine.data.locks.acquire(&actor, &elsewhere).await.unwrap();
    own.release().await.unwrap();
    held.release().await.unwrap();

    // While it works it has both locks.
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut engine = here.engine();
    let hook = {
        let (seen, bucket) = (seen.clone(), bucket.clone());
        let folder = engine.data.locks.clone();
        move |_| -> futures_util::future::BoxFuture<'static, _> {
            let (seen, bucket, folder) = (seen.clone(), bucket.clone(), folder.clone());
            Box::pin(async move {
                let holders = [
                    folder.list().await.unwrap(),
                    leases(bucket).list().await.unwrap(),
                ];
                seen.lock().unwrap().extend(holders);
                None
            })
        }
    };
    engine.generator = Some(Arc::new(Hooked::new(&here.generator).on_start(hook)));
    let executed = here.try_start(&engine, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    assert_eq!(report.totals.changed, 1, "{report:?}");
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(seen.len(), 2);
    for locks in seen {
        let lock = locks.iter().find(|lock| lock.actor == actor).unwrap();
        let holder = lock.holder.as_ref().unwrap();
        assert_eq!(holder.run, report.run_id);
        assert!(!lock.stale);
    }
    assert_in_step(&here, ACTOR, &BTreeSet::new()).await;
    let left = bucket.list(".tdbal/locks").await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
