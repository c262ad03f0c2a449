//! `--fix`: the result is healthy, nothing is done twice, failed writes can be completed, and the fix
//! can be undone.

use super::*;
use execution::undo::UndoStatus;
use results::Silent;
use std::sync::Arc;
use storage::{Effect, Failing, MemoryStore, ObjectRead as _, Operation, Rule};

#[tokio::test]
async fn fix_repairs_everything_fixable_and_removes_nothing() {
    let world = healthy_world().await;
    damage(&world).await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(
        kinds(&found),
        [
            "total_images",
            "double_entries",
            "double_listings",
            "no_copy",
            "orphans"
        ]
    );
    let plan = plan(&found, "fix-1");
    insta::assert_snapshot!(plan.lines().join("\n"));
    let before = snapshot(&world).await;
    let report = fix(&world, &plan).await;
    assert_eq!(report.failed(), 0, "{report:?}");
    let after = snapshot(&world).await;
    let missing: Vec<&String> = before.difference(&after).map(|(key, _)| key).collect();
    assert_eq!(
        missing,
        [
            "actor_manifests/9001_manifest.json",
            &format!("{FOLDER}/manifest.json")
        ],
        "only manifests differ"
    );
    let manifest = world.manifest(ACTOR).await;
    assert_eq!(
        world.entries(ACTOR).await,
        [
            "9001_test_1.png",
            "9001_test_2.png",
            "9001_test_3.png",
            "9001_test_4.png",
            "9001_test_9.png",
            "extra.png"
        ]
    );
    assert_eq!(manifest["total_images"], 6);
    let adopted = &manifest["images"]["9001_test_9.png"];
    assert_eq!(adopted["s3_url"], format!("{URL}/9001_test_9.png"));
    assert_eq!(adopted["index"], 9);
    let extra = &manifest["images"]["extra.png"];
    assert_eq!(extra["s3_url"], Value::Null);
    assert_eq!(extra["index"], 10, "after all others");
    assert_eq!(extra["local_path"], format!("data/{FOLDER}/extra.png"));
    let set = pictures(ACTOR, [2, 1, 1], &[]);
    let fetched = world.get(&format!("{FOLDER}/9001_test_2.png")).await;
    assert_eq!(fetched.unwrap(), set[1].1);
    for depth in [Depth::default(), DEEP] {
        let found = examine(&world, depth).await;
        assert_eq!(found.findings, Vec::new());
        assert!(
            super::plan(&found, "fix-2").is_empty(),
            "nothing is left to fix"
        );
    }
}

#[tokio::test]
async fn fix_records_its_plan_first_and_can_be_repeated() {
    let world = healthy_world().await;
    damage(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    fix(&world, &plan).await;
    let journals = world.executor().data.journals;
    let document = journals.document(&run("fix-1"), "fix.json").await.unwrap();
    let written: FixPlan = serde_json::from_slice(&document.unwrap()).unwrap();
    assert_eq!(written, plan);
    let after = snapshot(&world).await;
    assert_eq!(fix(&world, &plan).await.failed(), 0);
    assert_eq!(snapshot(&world).await, after);
    assert_eq!(journals.open_logs().await.unwrap(), []);
    // Another plan cannot use the same name.
    let mut other = plan;
    other.actors.clear();
    let cancel = CancellationToken::new();
    let refused = doctor::fix(&world.executor(), &other, &cancel).await;
    assert!(matches!(
        refused,
        Err(execution::RunError::OtherPlan { .. })
    ));
}

#[tokio::test]
async fn fix_writes_a_missing_training_manifest() {
    let world = healthy_world().await;
    delete_file(&world, &format!("{FOLDER}/manifest.json")).await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["orphans"]);
    assert_eq!(fix(&world, &plan(&found, "fix-1")).await.failed(), 0);
    assert_eq!(world.entries(ACTOR).await.len(), 4);
    assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
}

#[tokio::test]
async fn fix_refuses_actors_that_changed_since_the_examination() {
    for what in ["manifest", "orphan"] {
        let world = healthy_world().await;
        damage(&world).await;
        let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
        if what == "manifest" {
            edit(&world, |manifest| manifest["note"] = json!("mine")).await;
        } else {
            world
                .put(&format!("{FOLDER}/extra.png"), other_picture(9))
                .await;
        }
        let before = snapshot(&world).await;
        let report = fix(&world, &plan).await;
        let error = report.actors[0].error.as_deref().unwrap();
        assert!(error.contains("changed"), "{what}: {error}");
        assert_eq!(snapshot(&world).await, before, "{what}");
        let again = super::plan(&examine(&world, Depth::default()).await, "fix-2");
        assert_eq!(fix(&world, &again).await.failed(), 0);
        assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
    }
}

#[tokio::test]
async fn fix_skips_changed_or_invalid_objects_and_does_the_rest() {
    for bytes in [other_picture(3), b"<html>no picture at all</html>".to_vec()] {
        let world = healthy_world().await;
        damage(&world).await;
        let plan = plan(&examine(&world, DEEP).await, "fix-1");
        assert!(plan.actors[0].fetch[0].sha256.is_some());
        put_object(&world, &format!("{OBJECTS}/9001_test_2.png"), bytes).await;
        let report = fix(&world, &plan).await;
        let error = report.actors[0].error.as_deref().unwrap();
        assert!(
            error.contains("could not download 9001_test_2.png"),
            "{error}"
        );
        assert_eq!(world.get(&format!("{FOLDER}/9001_test_2.png")).await, None);
        assert_eq!(
            world.entries(ACTOR).await.len(),
            6,
            "the other fixes are done"
        );
        let open = world.executor().data.journals.open_logs().await.unwrap();
        assert_eq!(open, [], "the actor is not left open");
    }
}

#[tokio::test]
async fn fix_does_not_overwrite_a_file_that_appeared() {
    let world = healthy_world().await;
    damage(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    let key = format!("{FOLDER}/9001_test_2.png");
    world.put(&key, other_picture(4)).await;
    assert_eq!(fix(&world, &plan).await.failed(), 1);
    assert_eq!(world.get(&key).await.unwrap(), other_picture(4));
}

#[tokio::test]
async fn fix_drops_double_entries_only_without_a_file() {
    let world = healthy_world().await;
    edit(&world, |manifest| {
        for name in ["copy.png", "own.png"] {
            manifest["images"][name] = json!({ "s3_url": format!("{URL}/9001_test_1.png") });
        }
        manifest["total_images"] = json!(6);
    })
    .await;
    world
        .put(&format!("{FOLDER}/own.png"), other_picture(1))
        .await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(fix(&world, &plan(&found, "fix-1")).await.failed(), 0);
    let entries = world.entries(ACTOR).await;
    assert!(!entries.contains(&"copy.png".to_owned()));
    assert!(entries.contains(&"own.png".to_owned()));
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["double_entries", "copies_differ"]);
    assert!(plan(&found, "fix-2").is_empty());
}

#[tokio::test]
async fn fix_can_be_undone() {
    let world = healthy_world().await;
    damage(&world).await;
    let before = snapshot(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    fix(&world, &plan).await;
    let (executor, cancel) = (world.executor(), CancellationToken::new());
    let undone =
        execution::undo::undo(&executor, &run("fix-1"), None, false, &Silent, &cancel).await;
    let undone = undone.unwrap();
    assert_eq!(undone.actors[0].status, UndoStatus::Undone, "{undone:?}");
    let mut after = snapshot(&world).await;
    // The fetched copy stays: its object is in the bucket anyway.
    after.retain(|(key, _)| *key != format!("{FOLDER}/9001_test_2.png"));
    assert_eq!(after, before);
}

/// A damaged actor on a data store whose writes a test can make fail.
async fn failing_store_world() -> (World, Arc<Failing<MemoryStore>>) {
    let mut world = World::new();
    let store = Arc::new(Failing::new(MemoryStore::new("data")));
    world.data = store.clone();
    add_healthy_actor(&world).await;
    damage(&world).await;
    (world, store)
}

/// Fails from the n-th write to the data on, before or after it is done, then completes the fix.
/// Returns whether the fix needed fewer writes.
async fn fails_at(nth: u64, after_write: bool) -> bool {
    let (world, store) = failing_store_world().await;
    let before = snapshot(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    if after_write {
        let lost = Rule::new(Operation::WRITES, Effect::AnswerLost);
        store.inject(lost.only(nth));
        store.inject(Rule::new(Operation::WRITES, Effect::Permanent).from(nth + 1));
    } else {
        store.inject(Rule::new(Operation::WRITES, Effect::Permanent).from(nth));
    }
    let cancel = CancellationToken::new();
    let executor = world.executor();
    let fixed = doctor::fix(&executor, &plan, &cancel).await;
    let completed = fixed.is_ok_and(|report| report.failed() == 0);
    store.heal();
    let when = format!("write {nth}, after: {after_write}");
    // As the program does: finish what was started, then examine everything again.
    let executor = world.executor();
    for report in doctor::resume_all(&executor, &cancel).await.unwrap() {
        assert_eq!(report.failed(), 0, "{when}: {report:?}");
    }
    let found = examine(&world, Depth::default()).await;
    let again = super::plan(&found, "fix-2");
    if !again.is_empty() {
        let report = fix(&world, &again).await;
        assert_eq!(report.failed(), 0, "{when}: {report:?}");
    }
    let found = examine(&world, DEEP).await;
    assert_eq!(found.findings, Vec::new(), "{when}");
    assert_eq!(world.entries(ACTOR).await.len(), 6, "{when}");
    let left = snapshot(&world).await;
    let missing = before.difference(&left).count();
    assert_eq!(missing, 2, "{when}: only the two manifests differ");
    let last = executor.data.store.list(".tdbal/open").await.unwrap();
    assert!(last.is_empty(), "{when}: {last:?}");
    completed
}

#[tokio::test]
async fn fix_that_fails_at_any_data_write_can_be_completed() {
    let mut failures = 0;
    for after_write in [false, true] {
        for nth in 1.. {
            assert!(nth < 100, "the fix never completes");
            if fails_at(nth, after_write).await {
                break;
            }
            failures += 1;
        }
    }
    assert!(failures > 30, "{failures}");
}

#[tokio::test]
async fn unfinished_fix_can_be_resumed() {
    let (world, store) = failing_store_world().await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    let manifest = format!("{FOLDER}/manifest.json");
    let rule = Rule::new([Operation::Put], Effect::Transient);
    store.inject(rule.on(move |key| key == manifest));
    assert_eq!(fix(&world, &plan).await.failed(), 1);
    store.heal();
    let executor = world.executor();
    assert_eq!(
        pipeline::unfinished_runs(&executor).await.unwrap(),
        [run("fix-1")]
    );
    let found = examine(&world, Depth::default()).await;
    assert!(kinds(&found).contains(&"unfinished".to_owned()));
    let resumed = pipeline::resume(&executor, &run("fix-1"), &Silent, &world.cancel).await;
    assert_eq!(resumed.unwrap().totals.changed, 1);
    assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
}

#[tokio::test]
async fn cancelled_fix_changes_nothing() {
    let world = healthy_world().await;
    damage(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    let before = snapshot(&world).await;
    world.cancel.cancel();
    let report = doctor::fix(&world.executor(), &plan, &world.cancel).await;
    assert_eq!(
        report.unwrap().actors[0].error.as_deref(),
        Some("interrupted")
    );
    assert_eq!(snapshot(&world).await, before);
}
