//! What `--fix` does: it ends healthy, does nothing twice, survives a death at any write, and can be
//! taken back.

use super::*;
use execution::undo::UndoStatus;
use results::Silent;
use std::sync::Arc;
use storage::{Effect, Failing, MemoryStore, ObjectRead as _, Operation, Rule};

#[tokio::test]
async fn everything_that_can_be_mended_is_mended_and_nothing_goes() {
    let world = healthy().await;
    spoil(&world).await;
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
    let before = everything(&world).await;
    let report = fix(&world, &plan).await;
    assert_eq!(report.failed(), 0, "{report:?}");
    let after = everything(&world).await;
    let gone: Vec<&String> = before.difference(&after).map(|(key, _)| key).collect();
    assert_eq!(
        gone,
        [
            "actor_manifests/9001_manifest.json",
            &format!("{FOLDER}/manifest.json")
        ],
        "only manifests are other than they were"
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
    assert_eq!(extra["index"], 10, "behind all others");
    assert_eq!(extra["local_path"], format!("data/{FOLDER}/extra.png"));
    let set = pictures(ACTOR, [2, 1, 1], &[]);
    let fetched = world.get(&format!("{FOLDER}/9001_test_2.png")).await;
    assert_eq!(fetched.unwrap(), set[1].1);
    for depth in [Depth::default(), DEEP] {
        let found = examine(&world, depth).await;
        assert_eq!(found.findings, Vec::new());
        assert!(
            super::plan(&found, "fix-2").is_empty(),
            "nothing is done twice"
        );
    }
}

#[tokio::test]
async fn what_is_done_is_written_down_first_and_can_be_asked_for_again() {
    let world = healthy().await;
    spoil(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    fix(&world, &plan).await;
    let journals = world.engine().data.journals;
    let document = journals.document(&run("fix-1"), "fix.json").await.unwrap();
    let written: FixPlan = serde_json::from_slice(&document.unwrap()).unwrap();
    assert_eq!(written, plan);
    let after = everything(&world).await;
    assert_eq!(fix(&world, &plan).await.failed(), 0);
    assert_eq!(everything(&world).await, after);
    assert_eq!(journals.open_logs().await.unwrap(), []);
    // Another plan cannot take its name.
    let mut other = plan;
    other.actors.clear();
    let cancel = CancellationToken::new();
    let refused = doctor::fix(&world.engine(), &other, &cancel).await;
    assert!(matches!(
        refused,
        Err(execution::RunError::OtherPlan { .. })
    ));
}

#[tokio::test]
async fn an_actor_without_a_training_manifest_gets_one() {
    let world = healthy().await;
    delete_file(&world, &format!("{FOLDER}/manifest.json")).await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["orphans"]);
    assert_eq!(fix(&world, &plan(&found, "fix-1")).await.failed(), 0);
    assert_eq!(world.entries(ACTOR).await.len(), 4);
    assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
}

#[tokio::test]
async fn what_changed_since_it_was_looked_at_is_left_alone() {
    for what in ["manifest", "orphan"] {
        let world = healthy().await;
        spoil(&world).await;
        let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
        if what == "manifest" {
            edit(&world, |manifest| manifest["note"] = json!("mine")).await;
        } else {
            world.put(&format!("{FOLDER}/extra.png"), another(9)).await;
        }
        let before = everything(&world).await;
        let report = fix(&world, &plan).await;
        let error = report.actors[0].error.as_deref().unwrap();
        assert!(error.contains("changed"), "{what}: {error}");
        assert_eq!(everything(&world).await, before, "{what}");
        let again = super::plan(&examine(&world, Depth::default()).await, "fix-2");
        assert_eq!(fix(&world, &again).await.failed(), 0);
        assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
    }
}

#[tokio::test]
async fn an_object_that_changed_or_is_no_picture_is_not_fetched_and_the_rest_is_done() {
    for bytes in [another(3), b"<html>no picture at all</html>".to_vec()] {
        let world = healthy().await;
        spoil(&world).await;
        let plan = plan(&examine(&world, DEEP).await, "fix-1");
        assert!(plan.actors[0].fetch[0].sha256.is_some());
        put_object(&world, &format!("{OBJECTS}/9001_test_2.png"), bytes).await;
        let report = fix(&world, &plan).await;
        let error = report.actors[0].error.as_deref().unwrap();
        assert!(
            error.contains("9001_test_2.png could not be fetched"),
            "{error}"
        );
        assert_eq!(world.get(&format!("{FOLDER}/9001_test_2.png")).await, None);
        assert_eq!(world.entries(ACTOR).await.len(), 6, "the rest is done");
        let open = world.engine().data.journals.open_logs().await.unwrap();
        assert_eq!(open, [], "and the actor is free again");
    }
}

#[tokio::test]
async fn a_file_that_came_meanwhile_is_not_written_over() {
    let world = healthy().await;
    spoil(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    let key = format!("{FOLDER}/9001_test_2.png");
    world.put(&key, another(4)).await;
    assert_eq!(fix(&world, &plan).await.failed(), 1);
    assert_eq!(world.get(&key).await.unwrap(), another(4));
}

#[tokio::test]
async fn a_double_without_a_file_goes_and_one_with_a_file_stays() {
    let world = healthy().await;
    edit(&world, |manifest| {
        for name in ["copy.png", "own.png"] {
            manifest["images"][name] = json!({ "s3_url": format!("{URL}/9001_test_1.png") });
        }
        manifest["total_images"] = json!(6);
    })
    .await;
    world.put(&format!("{FOLDER}/own.png"), another(1)).await;
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
async fn a_fix_is_taken_back_like_any_run() {
    let world = healthy().await;
    spoil(&world).await;
    let before = everything(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    fix(&world, &plan).await;
    let (engine, cancel) = (world.engine(), CancellationToken::new());
    let undone = execution::undo::undo(&engine, &run("fix-1"), None, false, &Silent, &cancel).await;
    let undone = undone.unwrap();
    assert_eq!(undone.actors[0].status, UndoStatus::Undone, "{undone:?}");
    let mut after = everything(&world).await;
    // The copy that was fetched is one of what is in the bucket anyway.
    after.retain(|(key, _)| *key != format!("{FOLDER}/9001_test_2.png"));
    assert_eq!(after, before);
}

/// A world on a store whose writes can be made to fail.
async fn mortal() -> (World, Arc<Failing<MemoryStore>>) {
    let mut world = World::new();
    let store = Arc::new(Failing::new(MemoryStore::new("data")));
    world.data = store.clone();
    settle(&world).await;
    spoil(&world).await;
    (world, store)
}

/// Dies at the n-th write to the data, before or after it is done; says whether it lived on.
async fn dies_at(nth: u64, after_write: bool) -> bool {
    let (world, store) = mortal().await;
    let before = everything(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    if after_write {
        let lost = Rule::new(Operation::WRITES, Effect::AnswerLost);
        store.inject(lost.only(nth));
        store.inject(Rule::new(Operation::WRITES, Effect::Permanent).from(nth + 1));
    } else {
        store.inject(Rule::new(Operation::WRITES, Effect::Permanent).from(nth));
    }
    let cancel = CancellationToken::new();
    let engine = world.engine();
    let died = doctor::fix(&engine, &plan, &cancel).await;
    let lived = died.is_ok_and(|report| report.failed() == 0);
    store.heal();
    let when = format!("write {nth}, after: {after_write}");
    // As the program does it: what was begun is finished, then everything is looked at anew.
    let engine = world.engine();
    for report in doctor::resume_all(&engine, &cancel).await.unwrap() {
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
    let left = everything(&world).await;
    let gone = before.difference(&left).count();
    assert_eq!(
        gone, 2,
        "{when}: only the two manifests are other than they were"
    );
    let last = engine.data.store.list(".tdbal/open").await.unwrap();
    assert!(last.is_empty(), "{when}: {last:?}");
    lived
}

#[tokio::test]
async fn a_death_at_any_write_ends_where_no_death_ends() {
    let mut deaths = 0;
    for after_write in [false, true] {
        for nth in 1.. {
            assert!(nth < 100, "it never ends");
            if dies_at(nth, after_write).await {
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 30, "{deaths}");
}

#[tokio::test]
async fn a_run_of_fixes_is_resumed_like_any_other() {
    let (world, store) = mortal().await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    let manifest = format!("{FOLDER}/manifest.json");
    let rule = Rule::new([Operation::Put], Effect::Transient);
    store.inject(rule.on(move |key| key == manifest));
    assert_eq!(fix(&world, &plan).await.failed(), 1);
    store.heal();
    let engine = world.engine();
    assert_eq!(
        pipeline::unfinished_runs(&engine).await.unwrap(),
        [run("fix-1")]
    );
    let found = examine(&world, Depth::default()).await;
    assert!(kinds(&found).contains(&"unfinished".to_owned()));
    let resumed = pipeline::resume(&engine, &run("fix-1"), &Silent, &world.cancel).await;
    assert_eq!(resumed.unwrap().totals.changed, 1);
    assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
}

#[tokio::test]
async fn nothing_is_begun_after_an_interruption() {
    let world = healthy().await;
    spoil(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "fix-1");
    let before = everything(&world).await;
    world.cancel.cancel();
    let report = doctor::fix(&world.engine(), &plan, &world.cancel).await;
    assert_eq!(
        report.unwrap().actors[0].error.as_deref(),
        Some("interrupted")
    );
    assert_eq!(everything(&world).await, before);
}
