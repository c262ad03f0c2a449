//! History, list of runs, trash and undo as people see them.

use crate::crashing_store::{
    add_actor, assert_same, failing_world, is_generated, resume_and_execute, snapshot,
    snapshot_without_trash, world_with_stores,
};
use crate::invariants::{assert_consistent, journals};
use crate::world::{ACTOR, Behaviour, Generator, World};
use execution::trash::TrashOfRun;
use execution::undo::{UndoReport, UndoStatus};
use execution::{ExecutionError, Executor};
use jiff::{SignedDuration, Timestamp};
use journal::run::record::Step;
use pipeline::{HistoryQuery, Resume};
use results::{Mode, Silent};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use storage::{Effect, MemoryStore, Operation, Rule};
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, ImageName, RunId};

fn run(number: usize) -> RunId {
    RunId::new(format!("run-{number}")).unwrap()
}

async fn undo(executor: &Executor, world: &World, number: usize) -> UndoReport {
    execution::undo::undo(executor, &run(number), None, false, &Silent, &world.cancel)
        .await
        .unwrap()
}

/// One actor with 21 pictures: 3 are to be removed and 2 generated; the first generated picture is of
/// the wrong class.
async fn world_with_rejection() -> World {
    let mut world = world_with_stores(
        Arc::new(MemoryStore::new("data")),
        Arc::new(MemoryStore::new("s3://sets")),
    );
    world.generator = Arc::new(Generator::new(|_| Behaviour::FirstOfWrongClass));
    add_actor(&world).await;
    world
}

/// Key of a generated picture in the set. Its number depends on which order finished first.
async fn generated_key(world: &World) -> String {
    let folder = format!("data/actors/{ACTOR}/training_data/");
    let everything = snapshot(world).await;
    let new = |key: &&String| key.starts_with(&folder) && is_generated(key);
    let key = everything.keys().find(new).unwrap();
    key.trim_start_matches("data/").to_owned()
}

async fn history_of(executor: &Executor, file: &str) -> String {
    let query = HistoryQuery {
        run: None,
        actor: None,
        file: Some(ImageName::new(file).unwrap()),
    };
    let lines = pipeline::history(&executor.data, &query).await.unwrap();
    let mut text = format!("{file}\n");
    for line in lines {
        assert_eq!(line.file.as_deref(), Some(file));
        let _ = writeln!(
            text,
            "  {} {} {}: {}",
            line.time, line.run_id, line.what, line.detail
        );
    }
    text
}

#[tokio::test]
async fn history_of_a_picture_tells_what_when_why_and_by_whom() {
    let mut world = world_with_rejection().await;
    resume_and_execute(&world).await;
    world.clock = Clock::fixed("2026-11-23T08:00:00Z".parse().unwrap());
    let executor = world.executor();
    let done = undo(&executor, &world, 0).await;
    assert_eq!(done.actors[0].status, UndoStatus::Undone);
    let mut text = String::new();
    // Removed with and without an object, kept, rejected, generated. All of it is undone.
    for file in ["1.png", "2.png", "7.png", "22.jpg", "23.jpg"] {
        text.push_str(&history_of(&executor, &format!("{ACTOR}_{file}")).await);
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn history_can_be_filtered_by_run_and_actor() {
    let world = world_with_rejection().await;
    let other = "9002_more";
    world
        .actor(other, &crate::world::pictures(other, [14, 4, 3], &[]))
        .await;
    resume_and_execute(&world).await;
    let executor = world.executor();
    undo(&executor, &world, 0).await;
    resume_and_execute(&world).await;
    let query_history =
        async |query: HistoryQuery| pipeline::history(&executor.data, &query).await.unwrap();
    let all = query_history(HistoryQuery::default()).await;
    let mut seen = 0;
    for actor in [ACTOR, other] {
        for number in [0, 1] {
            let actor = ActorId::new(actor).unwrap();
            let lines = query_history(HistoryQuery {
                run: Some(run(number)),
                actor: Some(actor.clone()),
                file: None,
            })
            .await;
            assert!(lines.len() > 20, "{actor} {number}: {}", lines.len());
            let fits = lines
                .iter()
                .all(|line| line.actor == actor && line.run_id == run(number));
            assert!(fits);
            assert!(
                lines.is_sorted_by(|a, b| a.time <= b.time),
                "{actor} {number}"
            );
            seen += lines.len();
        }
    }
    assert_eq!(
        seen,
        all.len(),
        "each line belongs to one run and one actor"
    );
}

#[tokio::test]
async fn run_list_shows_the_state_of_each_run() {
    let mut world = world_with_rejection().await;
    resume_and_execute(&world).await;
    let states = async |world: &World| -> Vec<String> {
        let executor = world.executor();
        let runs = pipeline::runs(&executor.data).await.unwrap();
        let describe = |line: &pipeline::RunLine| {
            format!(
                "{} {} actors {} removed {} generated {} {} {}",
                line.run_id,
                line.time,
                line.actors,
                line.removed,
                line.generated,
                line.cost_usd,
                line.state
            )
        };
        runs.iter().map(describe).collect()
    };
    let first_run = "run-0 2026-11-22T12:00:00.000000 actors 1 removed 3 generated 2 $0.12";
    assert_eq!(states(&world).await, [format!("{first_run} complete")]);
    undo(&world.executor(), &world, 0).await;
    assert_eq!(states(&world).await, [format!("{first_run} undone")]);
    // A second run that stays unfinished.
    world.generator = Arc::new(Generator::new(|_| Behaviour::Unknowable));
    let executor = world.executor();
    let _ = world.try_start(&executor, Mode::Execute, Resume::No).await;
    let left = states(&world).await;
    assert_eq!(left.len(), 2);
    assert!(left[1].ends_with(" unfinished"), "{left:?}");
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

async fn trash_of(world: &World) -> Vec<TrashOfRun> {
    execution::trash::trash(&world.executor(), None)
        .await
        .unwrap()
}

#[tokio::test]
async fn trash_lists_every_file_of_a_run_in_every_store() {
    let world = world_with_rejection().await;
    resume_and_execute(&world).await;
    let trash = trash_of(&world).await;
    assert_eq!(trash.len(), 1);
    let listed: BTreeSet<String> = trash[0]
        .files
        .iter()
        .map(|file| format!("{}/{}", file.store, file.key))
        .collect();
    let there: BTreeSet<String> = snapshot(&world)
        .await
        .into_keys()
        .filter(|key| key.contains("/trash/"))
        .map(|key| key.replace("bucket/", "s3://sets/"))
        .collect();
    assert_eq!(listed, there);
    // Three pictures, two of them with objects; a rejected one with its object; two manifests.
    assert!(listed.len() >= 7, "{listed:?}");
    assert!(trash[0].size() > 1000);
    assert_eq!(trash[0].in_use, None);
    let only = execution::trash::trash(&world.executor(), Some(&run(7)))
        .await
        .unwrap();
    assert!(only.is_empty());
}

#[tokio::test]
async fn only_old_unused_trash_can_be_purged() {
    let world = world_with_rejection().await;
    resume_and_execute(&world).await;
    let trash = trash_of(&world).await;
    let planned: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    assert_eq!(trash[0].at, Some(planned));
    for (after, is_old_enough) in [(0, false), (6, false), (7, false), (8, true)] {
        let now = planned + days(after);
        assert_eq!(
            trash[0].may_go(now, days(7)),
            is_old_enough,
            "after {after} days"
        );
    }
    let mut in_use = trash[0].clone();
    in_use.in_use = Some("the run is unfinished".into());
    assert!(!in_use.may_go(planned + days(100), days(7)));
    let mut of_no_time = trash[0].clone();
    of_no_time.at = None;
    assert!(!of_no_time.may_go(planned + days(100), days(7)));
}

#[tokio::test]
async fn purge_deletes_the_trash_and_prevents_undo() {
    let world = world_with_rejection().await;
    resume_and_execute(&world).await;
    let before = snapshot_without_trash(&world).await;
    let trash = trash_of(&world).await;
    let executor = world.executor();
    let deleted = execution::trash::purge(&executor, &trash[0]).await.unwrap();
    assert_eq!(deleted, trash[0].files.len());
    assert!(trash_of(&world).await.is_empty());
    assert_same(&snapshot(&world).await, &before, "only the trash is gone");
    let reported = journals(&executor).await;
    let records = reported.iter().flat_map(|(_, _, records)| records);
    let purged = records.filter(|record| record.step == Step::Purged);
    assert_eq!(purged.count(), 1);
    let refused = undo(&executor, &world, 0).await;
    let UndoStatus::Refused { error } = &refused.actors[0].status else {
        panic!("{refused:?}")
    };
    assert!(error.contains("purged"), "{error}");
    assert_same(&snapshot(&world).await, &before, "the undo changed nothing");
    // Purging again is not an error and adds no record.
    assert_eq!(
        execution::trash::purge(&executor, &trash[0]).await.unwrap(),
        deleted
    );
    let query = HistoryQuery::default();
    let lines = pipeline::history(&executor.data, &query).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.what == "purged").count(), 1);
}

#[tokio::test]
async fn purge_refuses_the_trash_of_an_unfinished_run() {
    // The first actor is done; the second one cannot be finished yet.
    let (world, data, _) = failing_world().await;
    let other = "9002_more";
    world
        .actor(other, &crate::world::pictures(other, [4, 0, 1], &[]))
        .await;
    let stuck = |key: &str| key == "actor_manifests/9002_manifest.json";
    data.inject(Rule::new([Operation::Put], Effect::Permanent).on(stuck));
    let executor = world.executor();
    let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    assert_eq!(
        (report.totals.changed, report.totals.failed),
        (1, 1),
        "{report:?}"
    );
    let trash = trash_of(&world).await;
    let in_use = trash[0].in_use.as_deref().unwrap();
    assert!(
        in_use.contains(other) && in_use.contains("tdbal resume"),
        "{in_use}"
    );
    let before = snapshot(&world).await;
    let refused = execution::trash::purge(&executor, &trash[0]).await;
    assert!(
        matches!(refused, Err(ExecutionError::OtherRun { .. })),
        "{refused:?}"
    );
    assert_same(&snapshot(&world).await, &before, "nothing was purged");
    // No record claims that it was purged: once the run is finished, it can be undone.
    data.heal();
    let resumed = pipeline::resume(&executor, &run(0), &Silent, &world.cancel).await;
    assert_eq!(resumed.unwrap().totals.failed, 0);
    let undone = undo(&executor, &world, 0).await;
    for actor in &undone.actors {
        assert_eq!(actor.status, UndoStatus::Undone, "{undone:?}");
    }
    assert_eq!(undone.actors.len(), 2);
    for actor in [ACTOR, other] {
        assert_consistent(&world, actor, &BTreeSet::new()).await;
        assert_eq!(world.entries(actor).await.len(), 5);
    }
}

#[tokio::test]
async fn refused_undo_names_the_obstacle_and_changes_nothing() {
    let old = format!("actors/{ACTOR}/training_data/{ACTOR}_1.png");
    let copy = format!("trash/run-0/{old}");
    let changed = "which the run generated, was changed or deleted";
    // A case without a key concerns a picture that the run generated.
    let cases = [
        (None, Some("mine"), changed),
        (None, None, changed),
        (Some(&old), Some("mine"), "now holds something else"),
        (Some(&copy), Some("damaged"), "is missing or damaged"),
        (Some(&copy), None, "is missing or damaged"),
    ];
    for (key, bytes, says) in cases {
        let world = world_with_rejection().await;
        resume_and_execute(&world).await;
        let key = match key {
            Some(key) => key.clone(),
            None => generated_key(&world).await,
        };
        match bytes {
            Some(bytes) => world.put(&key, bytes).await,
            None => {
                let key = storage::ObjectKey::new(key.as_str()).unwrap();
                let always = storage::Condition::Always;
                world.data.delete(&key, always).await.unwrap();
            }
        }
        let before = snapshot(&world).await;
        let executor = world.executor();
        let refused = undo(&executor, &world, 0).await;
        let UndoStatus::Refused { error } = &refused.actors[0].status else {
            panic!("{key}: {refused:?}")
        };
        assert!(error.contains(says), "{key}: {error}");
        assert_same(&snapshot(&world).await, &before, &key);
        let left = pipeline::unfinished_runs(&executor).await.unwrap();
        assert!(left.is_empty(), "{key}: {left:?}");
    }
}

/// A generated picture that cannot be deleted stays in the set, and the undo still finishes.
#[tokio::test]
async fn undo_with_an_undeletable_picture_does_not_block_the_actor() {
    let (world, _, bucket) = failing_world().await;
    resume_and_execute(&world).await;
    let new = |key: &str| key.starts_with("pictures/") && is_generated(key);
    bucket.inject(Rule::new([Operation::Delete], Effect::Denied).on(new));
    let executor = world.executor();
    let done = undo(&executor, &world, 0).await;
    let UndoStatus::Failed { error } = &done.actors[0].status else {
        panic!("{done:?}")
    };
    assert!(
        error.contains(".jpg") && error.contains("could not be removed"),
        "{error}"
    );
    assert_eq!(
        world.entries(ACTOR).await.len(),
        6,
        "five are restored, one generated picture stays"
    );
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
    bucket.heal();
    resume_and_execute(&world).await;
    assert_eq!(
        world.entries(ACTOR).await.len(),
        4,
        "the next run removes it"
    );
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
}

/// Undo restores a removed file that no manifest listed, even if the manifest was edited since.
#[tokio::test]
async fn undo_restores_files_that_no_manifest_listed() {
    let (world, _, _) = failing_world().await;
    let stray = format!("actors/{ACTOR}/training_data/{ACTOR}_stray.png");
    let picture = crate::world::png(tdbal_types::ImageClass::Photorealistic, 1, 4711);
    world.put(&stray, picture.clone()).await;
    resume_and_execute(&world).await;
    assert_eq!(world.get(&stray).await, None);
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    let mut manifest = world.manifest(ACTOR).await;
    manifest["note"] = "mine".into();
    world.put(&key, manifest.to_string()).await;
    let executor = world.executor();
    let done = undo(&executor, &world, 0).await;
    assert_eq!(done.actors[0].status, UndoStatus::Undone, "{done:?}");
    assert_eq!(world.get(&stray).await.unwrap(), picture);
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    assert_eq!(world.entries(ACTOR).await.len(), 5);
    let foreign = BTreeSet::from([format!("{ACTOR}_stray.png")]);
    assert_consistent(&world, ACTOR, &foreign).await;
}

/// Names are never reused, wherever their pictures are now.
#[tokio::test]
async fn names_in_any_trash_are_never_reused() {
    // The picture with the highest number exists only as an object; it is removed.
    let (world, _, _) = failing_world().await;
    let last = format!("{ACTOR}_5.png");
    let local = storage::ObjectKey::new(format!("actors/{ACTOR}/training_data/{last}")).unwrap();
    let always = storage::Condition::Always;
    world.data.delete(&local, always).await.unwrap();
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    let mut manifest = world.manifest(ACTOR).await;
    manifest.as_object_mut().unwrap().remove("last_index");
    world.put(&key, manifest.to_string()).await;
    let mut used = BTreeSet::new();
    let targets = [
        "total=4,photorealistic=75,bw_stylized=25,color_stylized=0",
        "total=4,photorealistic=75,bw_stylized=0,color_stylized=25",
        "total=4,photorealistic=50,bw_stylized=50,color_stylized=0",
    ];
    let mut world = world;
    for target in targets {
        world.policy.target = target.parse().unwrap();
        world.limits.max_delete_percent = 100.0;
        let report = world.run(Mode::Execute).await;
        for name in &report.actors[0].generated {
            let number = name.trailing_number().unwrap();
            assert!(used.insert(number) && number > 5, "{name} in {target}");
        }
        // A person deletes the counters from the manifest.
        let mut manifest = world.manifest(ACTOR).await;
        let fields = manifest.as_object_mut().unwrap();
        fields.retain(|field, _| ["actor_id", "images", "total_images"].contains(&field.as_str()));
        world.put(&key, manifest.to_string()).await;
    }
    assert!(used.len() >= 3, "{used:?}");
}
