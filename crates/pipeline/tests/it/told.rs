//! What is told of what happened, and what the trash holds.

use crate::in_step::{assert_in_step, journals};
use crate::mortal::{
    assert_same, everything, failing_world, fill, go_on, is_new_picture, without_trash, world_on,
};
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

async fn undo(engine: &Executor, world: &World, number: usize) -> UndoReport {
    execution::undo::undo(engine, &run(number), None, false, &Silent, &world.cancel)
        .await
        .unwrap()
}

/// One actor, of whose 21 pictures 3 leave and 2 come; the first that comes is of the wrong class.
async fn told_world() -> World {
    let mut world = world_on(
        Arc::new(MemoryStore::new("data")),
        Arc::new(MemoryStore::new("s3://sets")),
    );
    world.generator = Arc::new(Generator::new(|_| Behaviour::FirstOfWrongClass));
    fill(&world).await;
    world
}

/// A generated picture that the set holds; which of the orders made it depends on which came first.
async fn generated_key(world: &World) -> String {
    let folder = format!("data/actors/{ACTOR}/training_data/");
    let everything = everything(world).await;
    let new = |key: &&String| key.starts_with(&folder) && is_new_picture(key);
    let key = everything.keys().find(new).unwrap();
    key.trim_start_matches("data/").to_owned()
}

async fn history_of(engine: &Executor, file: &str) -> String {
    let query = HistoryQuery {
        run: None,
        actor: None,
        file: Some(ImageName::new(file).unwrap()),
    };
    let lines = pipeline::history(&engine.data, &query).await.unwrap();
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
async fn the_history_of_a_picture_says_what_when_why_and_by_which_answer() {
    let mut world = told_world().await;
    go_on(&world).await;
    world.clock = Clock::fixed("2026-11-23T08:00:00Z".parse().unwrap());
    let engine = world.engine();
    let done = undo(&engine, &world, 0).await;
    assert_eq!(done.actors[0].status, UndoStatus::Undone);
    let mut text = String::new();
    // Removed, with an object and without; kept; rejected; generated. All of it was undone.
    for file in ["1.png", "2.png", "7.png", "22.jpg", "23.jpg"] {
        text.push_str(&history_of(&engine, &format!("{ACTOR}_{file}")).await);
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn histories_can_be_asked_for_by_run_and_actor() {
    let world = told_world().await;
    let other = "9002_more";
    world
        .actor(other, &crate::world::pictures(other, [14, 4, 3], &[]))
        .await;
    go_on(&world).await;
    let engine = world.engine();
    undo(&engine, &world, 0).await;
    go_on(&world).await;
    let ask = async |query: HistoryQuery| pipeline::history(&engine.data, &query).await.unwrap();
    let all = ask(HistoryQuery::default()).await;
    let mut seen = 0;
    for actor in [ACTOR, other] {
        for number in [0, 1] {
            let actor = ActorId::new(actor).unwrap();
            let lines = ask(HistoryQuery {
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
async fn a_list_of_runs_says_how_each_stands() {
    let mut world = told_world().await;
    go_on(&world).await;
    let states = async |world: &World| -> Vec<String> {
        let engine = world.engine();
        let runs = pipeline::runs(&engine.data).await.unwrap();
        let tell = |line: &pipeline::RunLine| {
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
        runs.iter().map(tell).collect()
    };
    let begun = "run-0 2026-11-22T12:00:00.000000 actors 1 removed 3 generated 2 $0.12";
    assert_eq!(states(&world).await, [format!("{begun} complete")]);
    undo(&world.engine(), &world, 0).await;
    assert_eq!(states(&world).await, [format!("{begun} undone")]);
    // Another, that is left in the middle.
    world.generator = Arc::new(Generator::new(|_| Behaviour::Unknowable));
    let engine = world.engine();
    let _ = world.try_start(&engine, Mode::Execute, Resume::No).await;
    let left = states(&world).await;
    assert_eq!(left.len(), 2);
    assert!(left[1].ends_with(" unfinished"), "{left:?}");
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

async fn trash_of(world: &World) -> Vec<TrashOfRun> {
    execution::trash::trash(&world.engine(), None)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_trash_lists_every_file_of_a_run_in_every_store() {
    let world = told_world().await;
    go_on(&world).await;
    let trash = trash_of(&world).await;
    assert_eq!(trash.len(), 1);
    let listed: BTreeSet<String> = trash[0]
        .files
        .iter()
        .map(|file| format!("{}/{}", file.store, file.key))
        .collect();
    let there: BTreeSet<String> = everything(&world)
        .await
        .into_keys()
        .filter(|key| key.contains("/trash/"))
        .map(|key| key.replace("bucket/", "s3://sets/"))
        .collect();
    assert_eq!(listed, there);
    // Three pictures, two of them with objects; one rejected with its object; two manifests.
    assert!(listed.len() >= 7, "{listed:?}");
    assert!(trash[0].size() > 1000);
    assert_eq!(trash[0].in_use, None);
    let only = execution::trash::trash(&world.engine(), Some(&run(7)))
        .await
        .unwrap();
    assert!(only.is_empty());
}

#[tokio::test]
async fn only_what_is_old_enough_and_needed_by_nobody_may_be_purged() {
    let world = told_world().await;
    go_on(&world).await;
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
async fn a_purge_deletes_the_trash_for_good_says_so_and_makes_an_undo_impossible() {
    let world = told_world().await;
    go_on(&world).await;
    let before = without_trash(&world).await;
    let trash = trash_of(&world).await;
    let engine = world.engine();
    let gone = execution::trash::purge(&engine, &trash[0]).await.unwrap();
    assert_eq!(gone, trash[0].files.len());
    assert!(trash_of(&world).await.is_empty());
    assert_same(&everything(&world).await, &before, "only the trash is gone");
    let told = journals(&engine).await;
    let records = told.iter().flat_map(|(_, _, records)| records);
    let purged = records.filter(|record| record.step == Step::Purged);
    assert_eq!(purged.count(), 1);
    let refused = undo(&engine, &world, 0).await;
    let UndoStatus::Refused { error } = &refused.actors[0].status else {
        panic!("{refused:?}")
    };
    assert!(error.contains("purged"), "{error}");
    assert_same(
        &everything(&world).await,
        &before,
        "the undo touched nothing",
    );
    // Purging it again is no error, and says nothing again.
    assert_eq!(
        execution::trash::purge(&engine, &trash[0]).await.unwrap(),
        gone
    );
    let query = HistoryQuery::default();
    let lines = pipeline::history(&engine.data, &query).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.what == "purged").count(), 1);
}

#[tokio::test]
async fn the_trash_of_a_run_that_is_unfinished_for_any_actor_is_not_purged() {
    // The first actor is done; the second cannot be finished.
    let (world, data, _) = failing_world().await;
    let other = "9002_more";
    world
        .actor(other, &crate::world::pictures(other, [4, 0, 1], &[]))
        .await;
    let stuck = |key: &str| key == "actor_manifests/9002_manifest.json";
    data.inject(Rule::new([Operation::Put], Effect::Permanent).on(stuck));
    let engine = world.engine();
    let executed = world.try_start(&engine, Mode::Execute, Resume::No).await;
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
    let before = everything(&world).await;
    let refused = execution::trash::purge(&engine, &trash[0]).await;
    assert!(
        matches!(refused, Err(ExecutionError::OtherRun { .. })),
        "{refused:?}"
    );
    assert_same(&everything(&world).await, &before, "nothing was purged");
    // Nothing says that it was: once the run is finished it can be taken back.
    data.heal();
    let resumed = pipeline::resume(&engine, &run(0), &Silent, &world.cancel).await;
    assert_eq!(resumed.unwrap().totals.failed, 0);
    let undone = undo(&engine, &world, 0).await;
    for actor in &undone.actors {
        assert_eq!(actor.status, UndoStatus::Undone, "{undone:?}");
    }
    assert_eq!(undone.actors.len(), 2);
    for actor in [ACTOR, other] {
        assert_in_step(&world, actor, &BTreeSet::new()).await;
        assert_eq!(world.entries(actor).await.len(), 5);
    }
}

#[tokio::test]
async fn an_undo_says_what_stands_in_its_way_and_touches_nothing() {
    let old = format!("actors/{ACTOR}/training_data/{ACTOR}_1.png");
    let copy = format!("trash/run-0/{old}");
    let changed = "which the run generated, changed or is gone";
    // A case without a key is about a picture that the run generated.
    let cases = [
        (None, Some("mine"), changed),
        (None, None, changed),
        (Some(&old), Some("mine"), "holds something else by now"),
        (Some(&copy), Some("damaged"), "is gone or damaged"),
        (Some(&copy), None, "is gone or damaged"),
    ];
    for (key, bytes, says) in cases {
        let world = told_world().await;
        go_on(&world).await;
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
        let before = everything(&world).await;
        let engine = world.engine();
        let refused = undo(&engine, &world, 0).await;
        let UndoStatus::Refused { error } = &refused.actors[0].status else {
            panic!("{key}: {refused:?}")
        };
        assert!(error.contains(says), "{key}: {error}");
        assert_same(&everything(&world).await, &before, &key);
        let left = pipeline::unfinished_runs(&engine).await.unwrap();
        assert!(left.is_empty(), "{key}: {left:?}");
    }
}

/// A generated picture that cannot be deleted stays in the set, and the undo is over all the same.
#[tokio::test]
async fn an_undo_that_cannot_take_a_new_picture_away_does_not_block_the_actor() {
    let (world, _, bucket) = failing_world().await;
    go_on(&world).await;
    let new = |key: &str| key.starts_with("pictures/") && is_new_picture(key);
    bucket.inject(Rule::new([Operation::Delete], Effect::Denied).on(new));
    let engine = world.engine();
    let done = undo(&engine, &world, 0).await;
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
        "five are back, one stays"
    );
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
    bucket.heal();
    go_on(&world).await;
    assert_eq!(
        world.entries(ACTOR).await.len(),
        4,
        "the next run sees to it"
    );
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
}

/// A file that no manifest knew is removed by a run: it comes back, also where the manifest was
/// written since.
#[tokio::test]
async fn an_undo_brings_back_what_no_manifest_knew() {
    let (world, _, _) = failing_world().await;
    let stray = format!("actors/{ACTOR}/training_data/{ACTOR}_stray.png");
    let picture = crate::world::png(tdbal_types::ImageClass::Photorealistic, 1, 4711);
    world.put(&stray, picture.clone()).await;
    go_on(&world).await;
    assert_eq!(world.get(&stray).await, None);
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    let mut manifest = world.manifest(ACTOR).await;
    manifest["note"] = "mine".into();
    world.put(&key, manifest.to_string()).await;
    let engine = world.engine();
    let done = undo(&engine, &world, 0).await;
    assert_eq!(done.actors[0].status, UndoStatus::Undone, "{done:?}");
    assert_eq!(world.get(&stray).await.unwrap(), picture);
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    assert_eq!(world.entries(ACTOR).await.len(), 5);
    let foreign = BTreeSet::from([format!("{ACTOR}_stray.png")]);
    assert_in_step(&world, ACTOR, &foreign).await;
}

/// Names are never given out again, wherever their pictures are by now.
#[tokio::test]
async fn a_name_in_any_trash_is_not_given_out_again() {
    // A picture that is only an object has the highest number; it is removed.
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
        // Somebody forgets what the manifests remember.
        let mut manifest = world.manifest(ACTOR).await;
        let fields = manifest.as_object_mut().unwrap();
        fields.retain(|field, _| ["actor_id", "images", "total_images"].contains(&field.as_str()));
        world.put(&key, manifest.to_string()).await;
    }
    assert!(used.len() >= 3, "{used:?}");
}
