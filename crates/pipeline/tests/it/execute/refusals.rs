//! Actors that an execution refuses to change.

use super::*;

#[tokio::test]
async fn missing_base_image_prevents_removal() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [16, 2, 3], &[])).await;
    let key = ObjectKey::new(format!("actors/{ACTOR}/base_image/base.png")).unwrap();
    world
        .data
        .delete(&key, storage::Condition::Always)
        .await
        .unwrap();
    for mode in [Mode::DryRun, Mode::Execute] {
        let report = world.run(mode).await;
        let ActorStatus::Failed { error } = &report.actors[0].status else {
            panic!("{:?}", report.actors[0].status)
        };
        assert!(error.starts_with("Base image not found"), "{error}");
    }
    assert_eq!(world.files(ACTOR).await.len(), 21);
    assert_eq!(world.generator.bought(), 0);
}

#[tokio::test]
async fn missing_actor_manifest_warns_in_dry_run_and_fails_execution() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[])).await;
    let key = ObjectKey::new("actor_manifests/9001_manifest.json").unwrap();
    world
        .data
        .delete(&key, storage::Condition::Always)
        .await
        .unwrap();
    let dry_run = world.run(Mode::DryRun).await;
    assert_eq!(dry_run.totals.to_change, 1);
    assert!(dry_run.actors[0].warnings[0].contains("Failed to load manifest"));
    let done = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &done.actors[0].status else {
        panic!("{done:?}")
    };
    assert!(error.starts_with("Failed to load manifest"), "{error}");
    assert_eq!(world.files(ACTOR).await.len(), 21);
}

/// A model that changes the set while it judges it.
#[derive(Debug)]
struct ConcurrentEditor {
    inner: LookingModel,
    data: Arc<dyn storage::ObjectStore>,
    key: String,
}

impl std::fmt::Display for ConcurrentEditor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("editor")
    }
}

#[async_trait]
impl vision_eval::VisionModel for ConcurrentEditor {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        let bytes = png(ImageClass::Photorealistic, 3, 4242).into();
        let key = ObjectKey::new(self.key.as_str()).unwrap();
        self.data
            .put(&key, bytes, PutMode::Overwrite)
            .await
            .unwrap();
        self.inner.ask(question).await
    }

    fn identity(&self) -> ModelIdentity {
        self.inner.identity()
    }

    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        self.inner.estimate(look, pictures, width, height)
    }
}

#[tokio::test]
async fn set_changed_since_evaluation_is_not_modified() {
    for file in [format!("{ACTOR}_2.png"), format!("{ACTOR}_99.png")] {
        let world = World::new();
        world.actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[])).await;
        let editor = ConcurrentEditor {
            inner: LookingModel::default(),
            data: world.data.clone(),
            key: format!("actors/{ACTOR}/training_data/{file}"),
        };
        let report = world.run_judged_by(Arc::new(editor), Mode::Execute).await;
        let ActorStatus::Failed { error } = &report.actors[0].status else {
            panic!("{report:?}")
        };
        assert!(
            error.contains(&file) && error.contains("nothing was touched"),
            "{error}"
        );
        assert!(world.keys("trash").await.is_empty());
    }
}

#[tokio::test]
async fn unusable_answer_leaves_the_actor_unassessed() {
    let mut world = World::new();
    let distort = |reply: &mut serde_json::Value| {
        reply["pictures"].as_array_mut().unwrap().pop();
    };
    world.model = Arc::new(LookingModel {
        distort: Some(distort),
        ..LookingModel::default()
    });
    world.actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Unassessed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(error.starts_with("unassessed: "), "{error}");
    assert_eq!(
        world.model.calls.load(std::sync::atomic::Ordering::Relaxed),
        2,
        "the question is asked once more"
    );
    assert_eq!(world.files(ACTOR).await.len(), 21);
    let progress = world.output_json("progress-execute.json");
    assert!(
        progress["failed_actors"][0]["error"]
            .as_str()
            .unwrap()
            .starts_with("unassessed:")
    );
}

#[tokio::test]
async fn missing_picture_leaves_the_actor_unassessed() {
    let world = World::new();
    let set = pictures(ACTOR, [14, 4, 3], &[]);
    world.actor(ACTOR, &set).await;
    let key = ObjectKey::new(format!("actors/{ACTOR}/training_data/{ACTOR}_7.png")).unwrap();
    world
        .data
        .delete(&key, storage::Condition::Always)
        .await
        .unwrap();
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Unassessed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(error.contains(&format!("{ACTOR}_7.png")), "{error}");
}

#[tokio::test]
async fn cancelled_run_changes_nothing_and_lists_all_as_remaining() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[])).await;
    world.cancel.cancel();
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.stopped, Some(results::report::Stopped::Interrupted));
    assert_eq!(report.totals.remaining, 1);
    assert_eq!(world.output_json("progress-execute.json")["total_count"], 1);
}

#[tokio::test]
async fn object_that_differs_from_its_copy_is_not_removed() {
    let mut world = World::new();
    let mut set = pictures(ACTOR, [13, 4, 3], &[]);
    set.push((format!("{ACTOR}_50.png"), b"cut off".to_vec()));
    world.actor(ACTOR, &set).await;
    set[20].1 = png(ImageClass::Photorealistic, 9, 50);
    with_objects_of(&world, &set).await;
    world.policy.remove_unreadable = true;
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    let differs = format!("{ACTOR}_50.png differs between the folder and the bucket");
    assert!(error.contains(&differs), "{error}");
    assert_eq!(objects(&world, "system_actors").await.len(), 21);
    assert!(world.keys("trash").await.is_empty());
}
