//! What an execution does to files, objects and manifests.

use crate::world::{ACTOR, Behaviour, Generator, LookingModel, World, pictures, png};
use async_trait::async_trait;
use results::audit::{AuditAction, Outcome};
use results::{ActorStatus, Mode};
use serde_json::json;
use std::sync::Arc;
use storage::{ObjectKey, ObjectRead as _, ObjectStore as _, ObjectStores as _, PutMode};
use tdbal_types::ImageClass;
use vision_eval::{Estimate, LookKind, ModelIdentity, Question, Reply, VisionError};

const URL: &str = "https://bucket.s3.us-west-1.amazonaws.com/system_actors/training_data/9001_test";

/// Gives every picture of the world's actor an object as well.
async fn with_objects(world: &World, set: &[(String, Vec<u8>)], keep_local: bool) {
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let mut manifest = world.manifest(ACTOR).await;
    for (name, bytes) in set {
        let key = format!("system_actors/training_data/{ACTOR}/{name}");
        let key = ObjectKey::new(key).unwrap();
        bucket
            .put(&key, bytes.clone().into(), PutMode::Create)
            .await
            .unwrap();
        manifest["images"][name]["s3_url"] = json!(format!("{URL}/{name}"));
        if !keep_local {
            let local = ObjectKey::new(format!("actors/{ACTOR}/training_data/{name}")).unwrap();
            world
                .data
                .delete(&local, storage::Condition::Always)
                .await
                .unwrap();
        }
    }
    world
        .put(
            &format!("actors/{ACTOR}/training_data/manifest.json"),
            manifest.to_string(),
        )
        .await;
}

async fn objects(world: &World, prefix: &str) -> Vec<String> {
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    bucket
        .list(prefix)
        .await
        .unwrap()
        .into_iter()
        .map(|meta| meta.key.to_string())
        .collect()
}

#[tokio::test]
async fn a_set_ends_on_target_with_manifests_and_folder_in_step() {
    let world = World::new();
    world
        .actor(
            ACTOR,
            &pictures(ACTOR, [16, 2, 3], &[(0, 1), (1, 1), (2, 1)]),
        )
        .await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    assert_eq!((report.totals.removed, report.totals.generated), (3, 2));
    let mut entries = world.entries(ACTOR).await;
    entries.sort();
    assert_eq!(entries, world.files(ACTOR).await);
    assert_eq!(entries.len(), 20);

    let manifest = world.manifest(ACTOR).await;
    let entry = &manifest["images"][format!("{ACTOR}_22.jpg")];
    assert_eq!(entry["type"], "bw_stylized");
    assert_eq!(entry["generated_by"], "tdbal test");
    assert_eq!(
        entry["local_path"],
        format!("data/actors/{ACTOR}/training_data/{ACTOR}_22.jpg")
    );
    assert_eq!(entry["index"], 22);
    assert_eq!(manifest["generations"][0]["image_count"], 2);
    let stored = world
        .get(&format!("actors/{ACTOR}/training_data/{ACTOR}_22.jpg"))
        .await
        .unwrap();
    assert!(
        stored.starts_with(&[0xff, 0xd8]),
        "a PNG is stored as the JPEG that its name says"
    );

    let bytes = world
        .get("actor_manifests/9001_manifest.json")
        .await
        .unwrap();
    let actor_manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        actor_manifest["training_data"].as_array().unwrap().len(),
        20
    );
    assert_eq!(actor_manifest["statistics"]["training_images_count"], 20);
}

#[tokio::test]
async fn what_leaves_is_in_the_trash_byte_for_byte_with_the_manifests_of_before() {
    let world = World::new();
    let set = pictures(ACTOR, [14, 4, 3], &[(3, 1)]);
    world.actor(ACTOR, &set).await;
    with_objects(&world, &set, true).await;
    let manifest = world.manifest(ACTOR).await;
    let report = world.run(Mode::Execute).await;
    let file = format!("{ACTOR}_4.png");
    assert_eq!(report.actors[0].removed[0].as_str(), file);
    let run = &report.run_id;
    let trashed = world
        .get(&format!("trash/{run}/actors/{ACTOR}/training_data/{file}"))
        .await;
    assert_eq!(trashed.unwrap(), set[3].1);
    let kept = world
        .get(&format!(
            "trash/{run}/actors/{ACTOR}/training_data/manifest.json"
        ))
        .await;
    let kept: serde_json::Value = serde_json::from_slice(&kept.unwrap()).unwrap();
    assert_eq!(kept, manifest);
    let key = format!("system_actors/training_data/{ACTOR}/{file}");
    assert_eq!(
        objects(&world, "trash").await,
        [format!("trash/{run}/{key}")]
    );
    assert!(!objects(&world, "system_actors").await.contains(&key));
}

#[tokio::test]
async fn pictures_that_are_only_objects_are_judged_and_removed_and_joined_by_new_ones() {
    let world = World::new();
    let set = pictures(ACTOR, [15, 3, 3], &[(3, 1)]);
    world.actor(ACTOR, &set).await;
    with_objects(&world, &set, false).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed, "{report:?}");
    let new = format!("{ACTOR}_22.jpg");
    assert_eq!(report.actors[0].generated[0].as_str(), new);
    assert_eq!(
        world.manifest(ACTOR).await["images"][&new]["s3_url"],
        format!("{URL}/{new}")
    );
    let there = objects(&world, "system_actors").await;
    assert_eq!(there.len(), 20);
    assert!(there.contains(&format!("system_actors/training_data/{ACTOR}/{new}")));
}

#[tokio::test]
async fn an_object_that_a_picture_shares_that_stays_is_not_removed() {
    let world = World::new();
    let set = pictures(ACTOR, [14, 4, 3], &[(3, 1)]);
    world.actor(ACTOR, &set).await;
    with_objects(&world, &set, true).await;
    let mut manifest = world.manifest(ACTOR).await;
    let shared = format!("{URL}/{ACTOR}_5.png");
    manifest["images"][format!("{ACTOR}_4.png")]["s3_url"] = json!(shared);
    world
        .put(
            &format!("actors/{ACTOR}/training_data/manifest.json"),
            manifest.to_string(),
        )
        .await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.totals.removed, 1);
    let key = format!("system_actors/training_data/{ACTOR}/{ACTOR}_5.png");
    assert!(objects(&world, "system_actors").await.contains(&key));
}

#[tokio::test]
async fn a_picture_of_the_wrong_class_is_ordered_anew_and_kept_aside() {
    let mut world = World::new();
    let behave = |n| {
        if n == 0 {
            Behaviour::WrongClass
        } else {
            Behaviour::Good
        }
    };
    world.generator = Arc::new(Generator::new(behave));
    world.actor(ACTOR, &pictures(ACTOR, [13, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    assert_eq!(report.actors[0].generated.len(), 1);
    assert_eq!(
        report.actors[0].generation_cost_usd,
        tdbal_types::Usd::from_dollars(0.08)
    );
    let aside = world
        .keys(&format!("trash/{}/rejected", report.run_id))
        .await;
    assert_eq!(aside.len(), 1, "what was paid for is not thrown away");
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_found_and_not_sent_again() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|_| Behaviour::Lost));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    assert_eq!(world.generator.bought(), 1);
    assert_eq!(world.files(ACTOR).await.len(), 20);
}

#[tokio::test]
async fn an_order_that_was_never_taken_is_sent_again_with_another_seed() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|n| {
        if n == 0 {
            Behaviour::NeverTaken
        } else {
            Behaviour::Good
        }
    }));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    let seeds = world.generator.seeds.lock().unwrap().clone();
    assert_eq!(seeds.len(), 2);
    assert_ne!(seeds[0], seeds[1]);
}

#[tokio::test]
async fn a_service_that_never_takes_an_order_is_not_asked_for_ever() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|_| Behaviour::NeverTaken));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert!(matches!(
        report.actors[0].status,
        ActorStatus::Failed { .. }
    ));
    assert_eq!(world.generator.bought(), 3);
    assert_eq!(world.files(ACTOR).await.len(), 21);
}

#[tokio::test]
async fn what_cannot_be_known_any_more_is_asked_about() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|n| {
        if n == 0 {
            Behaviour::Unknowable
        } else {
            Behaviour::Good
        }
    }));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{:?}", report.actors[0].status)
    };
    assert!(error.contains("--accept-double-charge"), "{error}");
    assert_eq!(world.generator.bought(), 1);
    // Asking again changes nothing; accepting that it may have been charged does.
    let _ = world.run(Mode::Execute).await;
    assert_eq!(world.generator.bought(), 1);
    world.accept_double_charge = true;
    let _ = world.run(Mode::Execute).await;
    assert_eq!(world.generator.bought(), 2);
    assert_eq!(world.files(ACTOR).await.len(), 20);
}

#[tokio::test]
async fn what_comes_broken_is_ordered_anew() {
    let mut world = World::new();
    let behave = |n| {
        if n == 0 {
            Behaviour::Broken
        } else {
            Behaviour::Good
        }
    };
    world.generator = Arc::new(Generator::new(behave));
    world.actor(ACTOR, &pictures(ACTOR, [13, 3, 3], &[])).await;
    assert_eq!(world.run(Mode::Execute).await.totals.changed, 1);
    assert_eq!(world.generator.bought(), 2);
}

#[tokio::test]
async fn without_a_base_image_nothing_is_removed() {
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
async fn without_an_actor_manifest_a_dry_run_warns_and_an_execution_touches_nothing() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[])).await;
    let key = ObjectKey::new("actor_manifests/9001_manifest.json").unwrap();
    world
        .data
        .delete(&key, storage::Condition::Always)
        .await
        .unwrap();
    let looked = world.run(Mode::DryRun).await;
    assert_eq!(looked.totals.to_change, 1);
    assert!(looked.actors[0].warnings[0].contains("Failed to load manifest"));
    let done = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &done.actors[0].status else {
        panic!("{done:?}")
    };
    assert!(error.starts_with("Failed to load manifest"), "{error}");
    assert_eq!(world.files(ACTOR).await.len(), 21);
}

#[tokio::test]
async fn an_actor_that_only_its_manifest_names_gets_a_training_manifest() {
    let world = World::new();
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 1)]);
    let mut training = Vec::new();
    for (name, bytes) in &set {
        let key = ObjectKey::new(format!("system_actors/training_data/{ACTOR}/{name}")).unwrap();
        bucket
            .put(&key, bytes.clone().into(), PutMode::Create)
            .await
            .unwrap();
        training.push(json!({ "filename": name, "s3_url": format!("{URL}/{name}") }));
    }
    let manifest = json!({ "character_name": ACTOR, "training_data": training });
    world
        .put("actor_manifests/9001_manifest.json", manifest.to_string())
        .await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed, "{report:?}");
    assert_eq!(world.entries(ACTOR).await.len(), 20);
}

#[tokio::test]
async fn every_decision_and_effect_is_in_the_audit_trail() {
    let world = World::new();
    world
        .actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[(3, 1)]))
        .await;
    world.run(Mode::Execute).await;
    let lines = world.audit();
    let count = |action| lines.iter().filter(|line| line.action == action).count();
    assert_eq!(count(AuditAction::Keep), 19);
    assert_eq!(count(AuditAction::Remove), 2);
    for action in [
        AuditAction::Generate,
        AuditAction::Predict,
        AuditAction::Look,
        AuditAction::Store,
        AuditAction::Commit,
        AuditAction::ActorManifest,
    ] {
        assert_eq!(count(action), 1, "{action:?}");
    }
    assert_eq!(
        (count(AuditAction::Trash), count(AuditAction::Delete)),
        (2, 2)
    );
    assert!(
        lines
            .iter()
            .all(|line| !matches!(line.outcome, Outcome::Failed(_)))
    );
    let removed = lines
        .iter()
        .find(|line| line.action == AuditAction::Remove)
        .unwrap();
    assert!(
        removed.reason.contains("quality 1") && removed.sha256.is_some(),
        "{removed:?}"
    );
}

/// Changes the set while it is being judged.
#[derive(Debug)]
struct Meddler {
    inner: LookingModel,
    data: Arc<dyn storage::ObjectStore>,
    key: String,
}

impl std::fmt::Display for Meddler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("meddler")
    }
}

#[async_trait]
impl vision_eval::VisionModel for Meddler {
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
async fn a_set_that_changed_since_it_was_judged_is_not_touched() {
    for file in [format!("{ACTOR}_2.png"), format!("{ACTOR}_99.png")] {
        let world = World::new();
        world.actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[])).await;
        let meddler = Meddler {
            inner: LookingModel::default(),
            data: world.data.clone(),
            key: format!("actors/{ACTOR}/training_data/{file}"),
        };
        let report = world.run_judged_by(Arc::new(meddler), Mode::Execute).await;
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
async fn an_answer_that_fits_nothing_leaves_the_actor_unassessed() {
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
        "asked once more"
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
async fn a_picture_that_cannot_be_fetched_leaves_the_actor_unassessed() {
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
async fn an_unreadable_file_goes_when_that_is_asked_for() {
    let mut world = World::new();
    let mut set = pictures(ACTOR, [13, 4, 3], &[]);
    set.insert(4, (format!("{ACTOR}_50.png"), b"nonsense".to_vec()));
    world.actor(ACTOR, &set).await;
    assert_eq!(world.run(Mode::Execute).await.totals.balanced, 1);
    world.policy.remove_unreadable = true;
    let report = world.run(Mode::Execute).await;
    assert_eq!(
        report.actors[0].removed[0].as_str(),
        format!("{ACTOR}_50.png")
    );
    assert_eq!(world.entries(ACTOR).await.len(), 20);
}

#[tokio::test]
async fn interrupted_before_the_first_actor_nothing_is_done_and_everything_remains() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[])).await;
    world.cancel.cancel();
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.stopped, Some(results::report::Stopped::Interrupted));
    assert_eq!(report.totals.remaining, 1);
    assert_eq!(world.output_json("progress-execute.json")["total_count"], 1);
}

#[tokio::test]
async fn an_object_that_nobody_looked_at_is_not_removed() {
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
    assert!(
        error.contains("another picture than its local copy"),
        "{error}"
    );
    assert_eq!(objects(&world, "system_actors").await.len(), 21);
    assert!(world.keys("trash").await.is_empty());
}

/// As [`with_objects`], but the local copies stay as they are.
async fn with_objects_of(world: &World, set: &[(String, Vec<u8>)]) {
    with_objects(world, set, true).await;
}

#[tokio::test]
async fn two_pictures_that_leave_can_share_an_object() {
    let world = World::new();
    let mut set = pictures(ACTOR, [15, 4, 3], &[(3, 1), (4, 1)]);
    set[4].1 = set[3].1.clone();
    world.actor(ACTOR, &set).await;
    with_objects(&world, &set, true).await;
    let mut manifest = world.manifest(ACTOR).await;
    manifest["images"][format!("{ACTOR}_5.png")]["s3_url"] = json!(format!("{URL}/{ACTOR}_4.png"));
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    world.put(&key, manifest.to_string()).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed, "{report:?}");
    assert_eq!(report.totals.removed, 2);
}

#[tokio::test]
async fn nothing_is_bought_that_could_not_be_stored() {
    let world = World::new();
    let set = pictures(ACTOR, [15, 3, 3], &[]);
    world.actor(ACTOR, &set).await;
    with_objects(&world, &set, true).await;
    let failing = storage::Failing::new(storage::MemoryStore::new("s3://bucket"));
    failing.inject(storage::Rule::new(
        [storage::Operation::List],
        storage::Effect::Denied,
    ));
    let failing: Arc<dyn storage::ObjectStore> = Arc::new(failing);
    world
        .buckets
        .0
        .lock()
        .unwrap()
        .insert("bucket".into(), failing);
    let report = world.run(Mode::Execute).await;
    assert!(
        matches!(report.actors[0].status, ActorStatus::Failed { .. }),
        "{report:?}"
    );
    assert_eq!(world.generator.bought(), 0);
}

#[tokio::test]
async fn what_was_bought_is_put_aside_when_the_commit_is_lost() {
    let mut world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let failing = storage::Failing::new(world.data.clone());
    let rule = storage::Rule::new([storage::Operation::Put], storage::Effect::Changed);
    failing.inject(rule.on(|key| key.starts_with("actors/") && key.ends_with("manifest.json")));
    world.data = Arc::new(failing);
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(error.contains("1 new pictures are in trash/"), "{error}");
    assert_eq!(
        world.files(ACTOR).await.len(),
        21,
        "the folder is as it was"
    );
    let aside = world
        .keys(&format!("trash/{}/rejected", report.run_id))
        .await;
    assert_eq!(aside.len(), 1);
}

#[tokio::test]
async fn nothing_is_bought_when_the_manifests_cannot_be_kept() {
    let mut world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let failing = storage::Failing::new(world.data.clone());
    let rule = storage::Rule::new([storage::Operation::Put], storage::Effect::Permanent);
    failing.inject(rule.on(|key| key.starts_with("trash/") && key.ends_with("manifest.json")));
    world.data = Arc::new(failing);
    let report = world.run(Mode::Execute).await;
    assert!(
        matches!(report.actors[0].status, ActorStatus::Failed { .. }),
        "{report:?}"
    );
    assert_eq!(world.generator.bought(), 0);
    assert_eq!(world.files(ACTOR).await.len(), 21);
}

/// Judges the set, and answers nothing usable about what was generated.
#[derive(Debug, Default)]
struct BlindToNew(LookingModel);

impl std::fmt::Display for BlindToNew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("blind to what is new")
    }
}

#[async_trait]
impl vision_eval::VisionModel for BlindToNew {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        let mut reply = self.0.ask(question).await?;
        if question.look == LookKind::Generated {
            reply.text = "nonsense".into();
        }
        Ok(reply)
    }

    fn identity(&self) -> ModelIdentity {
        self.0.identity()
    }

    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        self.0.estimate(look, pictures, width, height)
    }
}

#[tokio::test]
async fn what_nobody_could_look_at_is_kept_and_nothing_is_removed() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let model = Arc::new(BlindToNew::default());
    let report = world.run_judged_by(model, Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(error.contains("could not be looked at"), "{error}");
    assert_eq!(world.generator.bought(), 1, "it is not ordered again");
    assert_eq!(world.entries(ACTOR).await.len(), 22);
    assert!(report.actors[0].removed.is_empty());
}
