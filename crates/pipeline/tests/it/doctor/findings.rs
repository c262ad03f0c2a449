//! Every problem that an actor can have is found, and no other is reported.

use super::*;
use doctor::Severity;
use std::sync::Arc;
use storage::{Effect, Failing, MemoryStore, Operation, Rule};

const FIRST: &str = "9001_test_1.png";

/// Causes one problem.
async fn break_one(world: &World, what: &str) {
    let file = format!("{FOLDER}/{FIRST}");
    let object = format!("{OBJECTS}/{FIRST}");
    match what {
        "data" => {
            let key = format!("{FOLDER}/manifest.json");
            world.put(&key, "nonsense").await;
        }
        "no_actor_manifest" => delete_file(world, "actor_manifests/9001_manifest.json").await,
        "base_image" => delete_file(world, "actors/9001_test/base_image/base.png").await,
        "other_actor" => edit(world, |manifest| manifest["actor_id"] = json!("9002_other")).await,
        "repeated_keys" => {
            let manifest = world.manifest(ACTOR).await.to_string();
            let twice = manifest.replacen("\"images\":{", "\"images\":{\"9001_test_1.png\":{},", 1);
            world.put(&format!("{FOLDER}/manifest.json"), twice).await;
        }
        "total_images" => edit(world, |manifest| manifest["total_images"] = json!(9)).await,
        "missing" => {
            delete_file(world, &file).await;
            delete_object(world, &object).await;
        }
        "no_object" => delete_object(world, &object).await,
        "no_copy" => delete_file(world, &file).await,
        "orphans" => {
            world
                .put(&format!("{FOLDER}/new.png"), other_picture(1))
                .await;
        }
        "orphan_objects" => {
            put_object(world, &format!("{OBJECTS}/new.png"), other_picture(1)).await;
        }
        "address" => {
            edit(world, |manifest| {
                manifest["images"][FIRST]["s3_url"] = json!("ftp://nowhere");
            })
            .await;
            delete_object(world, &object).await;
        }
        "copies_differ" => {
            let mut bytes = other_picture(1);
            bytes.extend(b"more");
            put_object(world, &object, bytes).await;
        }
        "double_entries" => {
            edit(world, |manifest| {
                manifest["images"]["copy.png"] = json!({ "s3_url": format!("{URL}/{FIRST}") });
                manifest["total_images"] = json!(5);
            })
            .await;
            // The copy has a file of its own, so it is not clear which entry is right.
            world
                .put(
                    &format!("{FOLDER}/copy.png"),
                    world.get(&file).await.unwrap(),
                )
                .await;
        }
        "double_listings" => {
            edit_actor_manifest(world, |manifest| {
                let first = manifest["training_data"][0].clone();
                manifest["training_data"]
                    .as_array_mut()
                    .unwrap()
                    .push(first);
            })
            .await;
        }
        "not_a_picture" => {
            world.put(&file, "<html>404</html>").await;
            put_object(world, &object, b"<html>404</html>".to_vec()).await;
        }
        "only_in_actor_manifest" => {
            edit_actor_manifest(world, |manifest| {
                let listed = manifest["training_data"].as_array_mut().unwrap();
                listed.push(json!({ "filename": "elsewhere.png" }));
            })
            .await;
        }
        other => panic!("unknown problem {other}"),
    }
}

#[tokio::test]
async fn healthy_actor_has_no_findings() {
    let world = healthy_world().await;
    for depth in [Depth::default(), DEEP] {
        let found = examine(&world, depth).await;
        assert_eq!((found.actors, found.findings), (1, Vec::new()));
    }
}

#[tokio::test]
async fn each_problem_is_found_and_no_other() {
    use Severity::{Error, Note, Warning};
    let mut reported = Vec::new();
    for (what, severity, fixable) in [
        ("data", Error, false),
        ("no_actor_manifest", Error, false),
        ("base_image", Error, false),
        ("other_actor", Warning, false),
        ("repeated_keys", Error, false),
        ("total_images", Warning, true),
        ("missing", Error, false),
        ("no_object", Warning, false),
        ("no_copy", Warning, true),
        ("orphans", Warning, true),
        ("orphan_objects", Warning, false),
        ("address", Error, false),
        ("copies_differ", Error, false),
        ("double_entries", Warning, false),
        ("double_listings", Warning, true),
        ("not_a_picture", Warning, false),
        ("only_in_actor_manifest", Note, false),
    ] {
        let world = healthy_world().await;
        break_one(&world, what).await;
        let found = examine(&world, Depth::default()).await;
        assert_eq!(kinds(&found), [what], "{:?}", found.findings);
        let finding = &found.findings[0];
        assert_eq!(finding.severity(), severity, "{what}");
        assert_eq!(finding.is_fixable(), fixable, "{what}");
        assert_eq!(plan(&found, "r").is_empty(), !fixable, "{what}");
        reported.push(format!(
            "{}: {}: {finding} -> {}",
            finding.severity(),
            finding.subject(),
            finding.advice()
        ));
    }
    assert_eq!(reported.len(), 17);
    insta::assert_snapshot!(reported.join("\n"));
}

#[tokio::test]
async fn empty_and_invalid_files_are_not_reported_as_orphans() {
    let world = healthy_world().await;
    world.put(&format!("{FOLDER}/empty.png"), "").await;
    world.put(&format!("{FOLDER}/page.png"), "<html>").await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["not_a_picture", "not_a_picture"]);
    assert!(found.findings[0].to_string().contains("it is empty"));
    assert!(
        plan(&found, "r").is_empty(),
        "a file that is not a picture gets no entry"
    );
}

#[tokio::test]
async fn deep_check_finds_different_bytes_of_the_same_size() {
    let world = healthy_world().await;
    let mut bytes = world
        .get(&format!("{FOLDER}/{FIRST}"))
        .await
        .unwrap()
        .to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    put_object(&world, &format!("{OBJECTS}/{FIRST}"), bytes).await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(found.findings, Vec::new());
    let found = examine(&world, DEEP).await;
    assert_eq!(kinds(&found), ["copies_differ"]);
}

#[tokio::test]
async fn large_files_are_read_only_by_the_deep_check() {
    let world = healthy_world().await;
    let page = vec![b'x'; 20_000];
    world.put(&format!("{FOLDER}/{FIRST}"), page.clone()).await;
    put_object(&world, &format!("{OBJECTS}/{FIRST}"), page).await;
    assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
    assert_eq!(kinds(&examine(&world, DEEP).await), ["not_a_picture"]);
}

#[tokio::test]
async fn offline_check_asks_no_bucket() {
    let world = healthy_world().await;
    break_one(&world, "copies_differ").await;
    break_one(&world, "orphan_objects").await;
    delete_file(&world, &format!("{FOLDER}/9001_test_2.png")).await;
    let store = Failing::new(MemoryStore::new("bucket"));
    store.inject(Rule::new(Operation::ALL, Effect::Denied));
    let down: Arc<dyn storage::ObjectStore> = Arc::new(store);
    world
        .buckets
        .0
        .lock()
        .unwrap()
        .insert("bucket".into(), down);
    let offline = Depth {
        deep: true,
        offline: true,
    };
    assert_eq!(examine(&world, offline).await.findings, Vec::new());
    let found = examine(&world, Depth::default()).await;
    assert_eq!(
        kinds(&found),
        ["bucket"],
        "reported once, and no picture is called missing"
    );
    assert!(plan(&found, "r").is_empty());
}

#[tokio::test]
async fn only_selected_actors_are_examined() {
    let world = healthy_world().await;
    world
        .actor("9002_other", &pictures("9002_other", [1, 1, 1], &[]))
        .await;
    delete_file(&world, "actors/9002_other/base_image/base.png").await;
    let executor = world.executor();
    let discovery = dataset::discover(&executor.data.reader()).await.unwrap();
    let mut counts = Vec::new();
    for only in [None, Some(ACTOR), Some("9002_other")] {
        let only = only.map(|name| BTreeSet::from([tdbal_types::ActorId::new(name).unwrap()]));
        let found = examine_these(&executor, &discovery, only.as_ref(), Depth::default()).await;
        counts.push((found.actors, found.findings.len()));
    }
    assert_eq!(counts, [(2, 1), (1, 0), (1, 1)]);
}

#[tokio::test]
async fn pictures_of_an_unfinished_run_are_not_orphans() {
    let world = healthy_world().await;
    let name = "9001_test_50.png";
    world
        .put(&format!("{FOLDER}/{name}"), other_picture(1))
        .await;
    put_object(&world, &format!("{OBJECTS}/{name}"), other_picture(1)).await;
    left_behind::generated_file(&world, name).await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["unfinished"]);
}

#[tokio::test]
async fn failing_bucket_is_not_treated_as_empty() {
    for (operations, expected) in [
        (vec![Operation::List], "bucket"),
        (vec![Operation::Head], "no_copy"),
    ] {
        let world = healthy_world().await;
        delete_file(&world, &format!("{FOLDER}/{FIRST}")).await;
        let bucket = world.buckets.bucket("bucket", None).await.unwrap();
        let store = Failing::new(bucket);
        // S3 answers like this if the bucket itself does not exist.
        store.inject(Rule::new(operations, Effect::NotFound));
        let absent: Arc<dyn storage::ObjectStore> = Arc::new(store);
        world
            .buckets
            .0
            .lock()
            .unwrap()
            .insert("bucket".into(), absent);
        let found = examine(&world, Depth::default()).await;
        assert_eq!(kinds(&found), [expected]);
    }
}

#[tokio::test]
async fn without_list_permission_each_object_is_checked() {
    let world = healthy_world().await;
    delete_object(&world, &format!("{OBJECTS}/{FIRST}")).await;
    delete_file(&world, &format!("{FOLDER}/9001_test_2.png")).await;
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let store = Failing::new(bucket);
    let objects = |key: &str| key.starts_with("system_actors");
    store.inject(Rule::new([Operation::List], Effect::Denied).on(objects));
    let unlistable: Arc<dyn storage::ObjectStore> = Arc::new(store);
    world
        .buckets
        .0
        .lock()
        .unwrap()
        .insert("bucket".into(), unlistable);
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["no_object", "no_copy"]);
}
