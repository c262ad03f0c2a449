//! Changes of sets: files, objects, manifests and the audit trail.

use super::*;

#[tokio::test]
async fn set_ends_on_target_with_consistent_manifests() {
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
async fn removed_pictures_are_in_the_trash_byte_for_byte() {
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
async fn pictures_stored_only_as_objects_are_balanced() {
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
async fn object_shared_with_a_kept_picture_is_not_removed() {
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
async fn two_removed_pictures_can_share_an_object() {
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
async fn actor_without_a_training_manifest_gets_one() {
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
async fn unreadable_file_is_removed_if_requested() {
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
async fn audit_trail_has_every_decision_and_effect() {
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
