//! Pictures and sets that people protect from removal.

use super::*;

async fn keep(world: &World, file: &str) {
    let entry = KeepEntry {
        actor: ActorId::new(ACTOR).unwrap(),
        file: ImageName::new(file).unwrap(),
        marked_at: "t".into(),
        marked_by: "me".into(),
    };
    let executor = world.executor();
    let journals = executor.data.journals.as_ref();
    dataset::people::keep_list::edit_keep_list(journals, |keep_list| {
        keep_list.keep(vec![entry.clone()])
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn kept_picture_stays_and_the_next_weakest_is_removed() {
    let world = one_actor().await;
    let weakest = format!("{ACTOR}_1.png");
    keep(&world, &weakest).await;
    let report = execute(&world).await.unwrap();
    assert_eq!(*status(&report, ACTOR), ActorStatus::Changed);
    let entries = world.entries(ACTOR).await;
    assert!(entries.contains(&weakest));
    assert_eq!((entries.len(), report.actors[0].removed.len()), (20, 3));
    // The keep entry can be removed again.
    let executor = world.executor();
    let actor = ActorId::new(ACTOR).unwrap();
    let file = ImageName::new(weakest.as_str()).unwrap();
    let journals = executor.data.journals.as_ref();
    let removed = dataset::people::keep_list::edit_keep_list(journals, |keep_list| {
        keep_list.unkeep(&[(actor.clone(), file.clone())])
    });
    assert_eq!(removed.await.unwrap().len(), 1);
    let keep_list = dataset::people::keep_list::read_keep_list(&executor.data.reader())
        .await
        .unwrap();
    assert!(keep_list.of(&actor).is_empty());
}

#[tokio::test]
async fn keep_entry_made_after_the_plan_is_respected() {
    let world = one_actor().await;
    let plan = plan(&world).await;
    let weakest = format!("{ACTOR}_1.png");
    keep(&world, &weakest).await;
    let before = snapshot(&world).await;
    let executor = world.executor();
    let report = pipeline::apply(&executor, &plan, &Silent, &world.cancel)
        .await
        .unwrap();
    let error = error_of(&report, ACTOR);
    assert!(
        error.contains(&format!("{weakest} was added to the keep list")),
        "{error}"
    );
    assert_same(&snapshot(&world).await, &before, "refused");
    assert_eq!(world.generator.bought(), 0);
}

#[tokio::test]
async fn set_marked_good_loses_no_pictures() {
    let world = one_actor().await;
    let plan = plan(&world).await;
    let key = "actor_manifests/9001_manifest.json";
    let stored = world.get(key).await.unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&stored).unwrap();
    manifest["training_data_good"] = json!(true);
    world.put(key, manifest.to_string()).await;
    // The plan is older than the mark in the manifest.
    let executor = world.executor();
    let report = pipeline::apply(&executor, &plan, &Silent, &world.cancel)
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
        "missing pictures are generated nevertheless"
    );
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
}
