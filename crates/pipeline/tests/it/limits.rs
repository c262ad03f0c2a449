//! What a run refuses to do, and that it then has touched nothing.

use crate::in_step::{assert_accounted_for, assert_in_step, journals};
use crate::mortal::{
    assert_same, bucket_of, everything, failing_world, fill, go_on, has_extension, world_on,
};
use crate::world::{ACTOR, Behaviour, Generator, World, pictures};
use async_trait::async_trait;
use bytes::Bytes;
use dataset::people::keep_list::KeepEntry;
use execution::limits::Limits;
use execution::plan::RunPlan;
use execution::{Executor, RunError};
use journal::run::record::{Ending, Step};
use pipeline::Resume;
use results::{ActorStatus, Mode, RunReport, Silent};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use storage::{
    Condition, Deleted, Marker, MemoryStore, Object, ObjectKey, ObjectMeta, ObjectRead,
    ObjectStore, PutMode, StoreError, Version,
};
use tdbal_types::{ActorId, ImageName, Usd};

async fn execute(world: &World) -> Result<RunReport, RunError> {
    execute_with(world, &world.engine()).await
}

async fn execute_with(world: &World, engine: &Executor) -> Result<RunReport, RunError> {
    let executed = world.try_start(engine, Mode::Execute, Resume::No).await;
    executed.map(|(_, report)| report)
}

async fn plan(world: &World) -> RunPlan {
    let engine = world.engine();
    let planned = world.try_start(&engine, Mode::DryRun, Resume::No).await;
    planned.unwrap().0
}

fn status<'a>(report: &'a RunReport, actor: &str) -> &'a ActorStatus {
    let found = report.actors.iter().find(|one| one.actor.as_str() == actor);
    &found.unwrap().status
}

fn error_of<'a>(report: &'a RunReport, actor: &str) -> &'a str {
    match status(report, actor) {
        ActorStatus::Failed { error } => error,
        other => panic!("{other:?}"),
    }
}

/// Everything that there is, journals and locks as well.
async fn whole(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = everything(world).await;
    for store in [world.data.clone(), bucket_of(world)] {
        for meta in store.list(".tdbal").await.unwrap() {
            let object = store.get(&meta.key, u64::MAX).await.unwrap();
            all.insert(format!("{store}/{}", meta.key), object.bytes);
        }
    }
    all
}

/// Of 21 pictures, half of them with objects, 3 leave and 2 come.
async fn one_actor() -> World {
    let world = world_on(
        Arc::new(MemoryStore::new("data")),
        Arc::new(MemoryStore::new("s3://sets")),
    );
    fill(&world).await;
    world
}

#[tokio::test]
async fn a_limit_of_the_run_refuses_it_before_anything_is_touched() {
    let none = Limits::default;
    let cases = [
        (
            Limits {
                max_delete: Some(2),
                ..none()
            },
            Limits {
                max_delete: Some(3),
                ..none()
            },
            "--max-delete 3 would allow it",
        ),
        (
            Limits {
                max_generate: Some(1),
                ..none()
            },
            Limits {
                max_generate: Some(2),
                ..none()
            },
            "--max-generate 2 would allow it",
        ),
        (
            Limits {
                budget: Some(Usd::from_dollars(0.08)),
                ..none()
            },
            Limits {
                budget: Some(Usd::from_dollars(0.09)),
                ..none()
            },
            "--budget 0.09 would allow it",
        ),
    ];
    for (too_low, enough, says) in cases {
        let mut world = one_actor().await;
        // Looking costs the same each time.
        world.fresh = true;
        let plan = plan(&world).await;
        let before = whole(&world).await;
        world.limits = too_low;
        let refused = execute(&world).await.unwrap_err();
        assert!(refused.is_limit(), "{refused:?}");
        let text = refused.to_string();
        assert!(
            text.contains(says) && text.contains("nothing was touched"),
            "{text}"
        );
        let engine = world.engine();
        let refused = pipeline::apply(&engine, &plan, &Silent, &world.cancel).await;
        assert!(matches!(refused, Err(RunError::Limits(_))), "{refused:?}");
        assert_same(&whole(&world).await, &before, says);
        assert_eq!(world.generator.bought(), 0, "{says}");
        world.limits = enough;
        let report = execute(&world).await.unwrap();
        assert_eq!(report.totals.changed, 1, "{says}: {report:?}");
    }
}

#[tokio::test]
async fn all_limits_that_are_passed_are_told_at_once() {
    let mut world = one_actor().await;
    world.limits.max_delete = Some(0);
    world.limits.max_generate = Some(0);
    let text = execute(&world).await.unwrap_err().to_string();
    assert!(
        text.contains("--max-delete 3") && text.contains("--max-generate 2"),
        "{text}"
    );
}

#[tokio::test]
async fn a_limit_per_actor_refuses_that_actor_and_the_others_go_on() {
    let limits = |limits: Limits| limits;
    let none = Limits::default;
    let cases = [
        (
            limits(Limits {
                max_delete_per_actor: Some(3),
                ..none()
            }),
            "--max-delete-per-actor 11",
        ),
        (none(), "--max-delete-percent 53"),
        (
            limits(Limits {
                max_delete_percent: 100.0,
                min_keep: 11,
                ..none()
            }),
            "--min-keep 10",
        ),
    ];
    for (limits, says) in cases {
        let mut world = one_actor().await;
        // 11 of its 21 pictures leave.
        let other = "9002_many";
        world.actor(other, &pictures(other, [1, 4, 16], &[])).await;
        if limits.min_keep == 0 && limits.max_delete_per_actor.is_none() {
            // The default: more than half of its pictures is too much.
            world.policy.target = "total=20,photorealistic=60,bw_stylized=20,color_stylized=20"
                .parse()
                .unwrap();
        }
        world.limits = limits;
        let plan = plan(&world).await;
        let removed = |actor: &str| {
            let planned = plan.actors.iter().find(|one| one.actor.as_str() == actor);
            planned
                .unwrap()
                .assessed()
                .unwrap()
                .plan
                .count(balance_planner::Action::Remove)
        };
        let many = removed(other);
        let folder = format!("actors/{other}/");
        let of_other = |all: BTreeMap<String, Bytes>| -> BTreeMap<String, Bytes> {
            all.into_iter()
                .filter(|(key, _)| key.contains(&folder))
                .collect()
        };
        let before = of_other(everything(&world).await);
        let report = execute(&world).await.unwrap();
        let error = error_of(&report, other);
        assert!(error.contains("nothing was touched"), "{error}");
        let flag = says.split(' ').next().unwrap();
        assert!(error.contains(flag), "{many} of 21: {error}");
        assert_same(&of_other(everything(&world).await), &before, says);
        assert_eq!(*status(&report, ACTOR), ActorStatus::Changed, "{report:?}");
        assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
        let told = journals(&world.engine()).await;
        let steps = told
            .iter()
            .filter(|(_, actor, _)| actor.as_str() == other)
            .flat_map(|(_, _, records)| records.iter().map(|record| &record.step));
        let steps: Vec<&Step> = steps.collect();
        let ending = &Step::Done {
            ending: Ending::Refused {
                error: error.to_owned(),
            },
        };
        assert_eq!(
            steps,
            [ending],
            "nothing but that it was refused is on record"
        );
    }
}

#[tokio::test]
async fn generation_stops_before_it_passes_the_budget_and_what_came_is_committed() {
    let mut world = one_actor().await;
    // The first of two comes to nothing, and is paid for: the third order would be too much.
    world.generator = Arc::new(Generator::new(|order| match order {
        0 => Behaviour::Flagged,
        _ => Behaviour::Good,
    }));
    world.limits.budget = Some(Usd::from_dollars(0.1));
    let report = execute(&world).await.unwrap();
    let error = error_of(&report, ACTOR);
    assert!(error.contains("1 of 2 pictures came"), "{error}");
    assert!(
        error.contains("the budget of $0.10 does not reach"),
        "{error}"
    );
    assert_eq!(world.generator.bought(), 2);
    assert!(
        report.totals.cost_usd <= Usd::from_dollars(0.1),
        "{report:?}"
    );
    assert_eq!(
        world.entries(ACTOR).await.len(),
        22,
        "what came is in the set"
    );
    assert!(report.actors[0].removed.is_empty());
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
    assert_accounted_for(&world, &world.engine()).await;
    world.limits.budget = None;
    go_on(&world).await;
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (20, 3)
    );
}

#[tokio::test]
async fn what_was_spent_before_a_death_counts_when_the_run_goes_on() {
    // The order is lost and cannot be looked for; it may have been charged.
    let (mut world, _, _) = failing_world().await;
    world.generator = Arc::new(Generator::new(|order| match order {
        0 => Behaviour::Unknowable,
        _ => Behaviour::Good,
    }));
    let report = execute(&world).await.unwrap();
    assert!(error_of(&report, ACTOR).contains("--accept-double-charge"));
    world.accept_double_charge = true;
    // Looking cost $0.001, the lost order $0.04: another would pass the budget.
    world.limits.budget = Some(Usd::from_dollars(0.05));
    let engine = world.engine();
    let runs = pipeline::unfinished_runs(&engine).await.unwrap();
    let report = pipeline::resume(&engine, &runs[0], &Silent, &world.cancel)
        .await
        .unwrap();
    let error = error_of(&report, ACTOR);
    assert!(
        error.contains("the budget of $0.0500 does not reach"),
        "{error}"
    );
    assert_eq!(world.generator.bought(), 1);
    assert_eq!(
        world.entries(ACTOR).await.len(),
        5,
        "and nothing was removed"
    );
}

async fn remove_files(world: &World, actor: &str, count: usize) {
    let files = world.keys(&format!("actors/{actor}/training_data")).await;
    let pictures = files.iter().filter(|key| !has_extension(key, "json"));
    for key in pictures.take(count) {
        let key = ObjectKey::new(key.as_str()).unwrap();
        world.data.delete(&key, Condition::Always).await.unwrap();
    }
}

#[tokio::test]
async fn an_actor_whose_listing_lost_more_than_half_is_refused() {
    for (lost, is_refused) in [(10, false), (11, true)] {
        let mut world = one_actor().await;
        go_on(&world).await;
        remove_files(&world, ACTOR, lost).await;
        let before = everything(&world).await;
        let report = execute(&world).await.unwrap();
        let refused = matches!(
            status(&report, ACTOR),
            ActorStatus::Failed { error } if error.contains("--allow-shrunk-listing")
        );
        assert_eq!(refused, is_refused, "{lost} of 20: {report:?}");
        if is_refused {
            let error = error_of(&report, ACTOR);
            assert!(
                error.contains("20 picture files") && error.contains("has 9 of"),
                "{error}"
            );
            assert_same(&everything(&world).await, &before, "refused");
            world.allow_shrunk_listing = true;
            let report = execute(&world).await.unwrap();
            let allowed = format!("{:?}", status(&report, ACTOR));
            assert!(!allowed.contains("--allow-shrunk-listing"), "{allowed}");
        }
    }
}

#[tokio::test]
async fn a_listing_that_lost_most_of_the_actors_refuses_the_run() {
    let mut world = one_actor().await;
    for actor in ["9002_b", "9003_c", "9004_d"] {
        world.actor(actor, &pictures(actor, [13, 4, 3], &[])).await;
    }
    go_on(&world).await;
    for actor in ["9002_b", "9003_c", "9004_d"] {
        for key in world.keys(&format!("actors/{actor}")).await {
            let key = ObjectKey::new(key).unwrap();
            world.data.delete(&key, Condition::Always).await.unwrap();
        }
        let id = actor.split('_').next().unwrap();
        let key = ObjectKey::new(format!("actor_manifests/{id}_manifest.json")).unwrap();
        world.data.delete(&key, Condition::Always).await.unwrap();
    }
    let before = whole(&world).await;
    let refused = execute(&world).await.unwrap_err();
    assert!(
        matches!(refused, RunError::ListingShrank { before: 4, now: 1 }),
        "{refused:?}"
    );
    assert!(refused.is_limit());
    assert_same(&whole(&world).await, &before, "refused");
    world.allow_shrunk_listing = true;
    assert!(execute(&world).await.is_ok());
}

async fn keep(world: &World, file: &str) {
    let mark = KeepEntry {
        actor: ActorId::new(ACTOR).unwrap(),
        file: ImageName::new(file).unwrap(),
        marked_at: "t".into(),
        marked_by: "me".into(),
    };
    let engine = world.engine();
    let journals = engine.data.journals.as_ref();
    dataset::people::keep_list::edit_keep_list(journals, |marks| marks.keep(vec![mark.clone()]))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_marked_is_never_removed_and_the_next_weakest_goes_instead() {
    let world = one_actor().await;
    let weakest = format!("{ACTOR}_1.png");
    keep(&world, &weakest).await;
    let report = execute(&world).await.unwrap();
    assert_eq!(*status(&report, ACTOR), ActorStatus::Changed);
    let entries = world.entries(ACTOR).await;
    assert!(entries.contains(&weakest));
    assert_eq!((entries.len(), report.actors[0].removed.len()), (20, 3));
    // Without the mark it goes again.
    let engine = world.engine();
    let actor = ActorId::new(ACTOR).unwrap();
    let file = ImageName::new(weakest.as_str()).unwrap();
    let journals = engine.data.journals.as_ref();
    let gone = dataset::people::keep_list::edit_keep_list(journals, |marks| {
        marks.unkeep(&[(actor.clone(), file.clone())])
    });
    assert_eq!(gone.await.unwrap().len(), 1);
    let marks = dataset::people::keep_list::read_keep_list(&engine.data.reader())
        .await
        .unwrap();
    assert!(marks.of(&actor).is_empty());
}

#[tokio::test]
async fn a_mark_that_is_made_after_the_plan_is_respected() {
    let world = one_actor().await;
    let plan = plan(&world).await;
    let weakest = format!("{ACTOR}_1.png");
    keep(&world, &weakest).await;
    let before = everything(&world).await;
    let engine = world.engine();
    let report = pipeline::apply(&engine, &plan, &Silent, &world.cancel)
        .await
        .unwrap();
    let error = error_of(&report, ACTOR);
    assert!(
        error.contains(&format!("{weakest} was marked to be kept")),
        "{error}"
    );
    assert_same(&everything(&world).await, &before, "refused");
    assert_eq!(world.generator.bought(), 0);
}

#[tokio::test]
async fn from_a_set_that_is_said_to_be_good_nothing_is_removed() {
    let world = one_actor().await;
    let plan = plan(&world).await;
    let key = "actor_manifests/9001_manifest.json";
    let stored = world.get(key).await.unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&stored).unwrap();
    manifest["training_data_good"] = json!(true);
    world.put(key, manifest.to_string()).await;
    // The plan was made before it was said.
    let engine = world.engine();
    let report = pipeline::apply(&engine, &plan, &Silent, &world.cancel)
        .await
        .unwrap();
    let error = error_of(&report, ACTOR);
    assert!(error.contains("training_data_good"), "{error}");
    assert_eq!(world.entries(ACTOR).await.len(), 21);
    let report = execute(&world).await.unwrap();
    assert_eq!(*status(&report, ACTOR), ActorStatus::Changed, "{report:?}");
    assert!(report.actors[0].removed.is_empty());
    assert_eq!(
        world.entries(ACTOR).await.len(),
        23,
        "what is missing comes all the same"
    );
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
}

/// A server that does not know conditions and writes whatever it is sent.
#[derive(Debug)]
struct Careless(MemoryStore);

impl fmt::Display for Careless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl ObjectRead for Careless {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.0.get(key, limit).await
    }
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.0.head(key).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.0.list(prefix).await
    }
    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.0.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for Careless {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, _: PutMode) -> Result<Version, StoreError> {
        self.0.put(key, bytes, PutMode::Overwrite).await
    }
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.0.copy(from, to).await
    }
    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.0.delete(key, condition).await
    }
    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.0.undelete(key, marker).await
    }
}

#[tokio::test]
async fn a_bucket_that_ignores_conditions_is_not_changed_unless_that_is_allowed() {
    let world = world_on(
        Arc::new(MemoryStore::new("data")),
        Arc::new(Careless(MemoryStore::new("s3://sets"))),
    );
    fill(&world).await;
    let before = whole(&world).await;
    let refused = execute(&world).await.unwrap_err();
    let text = refused.to_string();
    assert!(matches!(refused, RunError::Unguarded { .. }), "{text}");
    assert!(
        text.contains("s3://sets") && text.contains("--allow-unguarded-bucket"),
        "{text}"
    );
    assert_same(&whole(&world).await, &before, "refused");
    assert_eq!(world.generator.bought(), 0);
    let mut engine = world.engine();
    engine.settings.allow_unguarded_bucket = true;
    let report = execute_with(&world, &engine).await.unwrap();
    assert_eq!(*status(&report, ACTOR), ActorStatus::Changed, "{report:?}");
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
}

#[tokio::test]
async fn a_dry_run_does_not_ask_whether_a_bucket_honours_conditions() {
    let world = world_on(
        Arc::new(MemoryStore::new("data")),
        Arc::new(Careless(MemoryStore::new("s3://sets"))),
    );
    fill(&world).await;
    let before = whole(&world).await;
    assert!(plan(&world).await.changes);
    assert_same(&whole(&world).await, &before, "a dry run");
}
