//! Manifests that someone edits while a run works on the actor.

use super::*;

/// Edits the training manifest as a person does; with `file` also adds a picture and its entry.
async fn edit_manifest(data: &Arc<dyn ObjectStore>, file: Option<&str>) {
    let key = ObjectKey::new(format!("actors/{ACTOR}/training_data/manifest.json")).unwrap();
    let there = data.get(&key, 1 << 20).await.unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&there.bytes).unwrap();
    manifest["note"] = "mine".into();
    if let Some(file) = file {
        let picture = ObjectKey::new(format!("actors/{ACTOR}/training_data/{file}")).unwrap();
        let bytes = png(ImageClass::Photorealistic, 9, 6000);
        let written = data.put(&picture, bytes.into(), PutMode::Create).await;
        written.unwrap();
        let images = manifest["images"].as_object_mut().unwrap();
        images.insert(file.to_owned(), serde_json::json!({ "index": 77 }));
        manifest["total_images"] = images.len().into();
    }
    let bytes = Bytes::from(manifest.to_string());
    data.put(&key, bytes, PutMode::Overwrite).await.unwrap();
}

/// An executor whose manifest is edited while the first picture is ordered.
fn executor_with_edit(world: &World, file: Option<&'static str>) -> Executor {
    let mut executor = world.executor();
    let data = world.data.clone();
    let hook = move |number| -> futures_util::future::BoxFuture<'static, _> {
        let data = data.clone();
        Box::pin(async move {
            if number == 0 {
                edit_manifest(&data, file).await;
            }
            None
        })
    };
    executor.generator = Some(Arc::new(
        ScriptedGenerator::new(&world.generator).on_start(hook),
    ));
    executor
}

/// Asserts that the set stays as the person left it, and the bought picture is in the trash.
async fn assert_quarantined(world: &World, report: &RunReport, says: &str) {
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    let folder = format!("trash/{}/rejected/{ACTOR}", report.run_id);
    let kept = format!("new pictures kept in {folder}: 1;");
    assert!(error.contains(says), "{error}");
    assert!(error.contains(&kept), "{error}");
    assert_eq!(world.keys(&folder).await.len(), 1);
    assert!(report.actors[0].removed.is_empty());
    assert_orders_accounted_for(world, &world.executor()).await;
    let left = pipeline::unfinished_runs(&world.executor()).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn manifest_edit_during_generation_is_preserved() {
    let (world, _, _) = failing_world().await;
    let executor = executor_with_edit(&world, None);
    let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    // The edit leaves every picture entry as it was, so the change applies on top of it.
    assert_eq!(report.totals.changed, 1, "{report:?}");
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (4, 1)
    );
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
}

#[tokio::test]
async fn set_changed_during_generation_is_not_modified() {
    let (world, _, _) = failing_world().await;
    let file = "9001_test_mine.png";
    let executor = executor_with_edit(&world, Some(file));
    let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    assert_quarantined(&world, &report, &format!("{file} appeared")).await;
    assert_eq!(world.entries(ACTOR).await.len(), 6);
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    let id = "actor_manifests/9001_manifest.json";
    let listed = world.get(id).await.unwrap();
    assert!(!String::from_utf8_lossy(&listed).contains(".jpg"));
    // The next run makes a new decision.
    resume_and_execute(&world).await;
    assert_eq!(world.manifest(ACTOR).await["note"], "mine");
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (4, 2)
    );
    assert!(
        world.entries(ACTOR).await.contains(&file.to_owned()),
        "the picture that the person added is the best of its class"
    );
}

async fn withdrawals(executor: &Executor) -> usize {
    let reported = journals(executor).await;
    let records = reported.iter().flat_map(|(_, _, records)| records);
    let is_withdrawn = |record: &&journal::run::record::Record| {
        matches!(record.step, journal::run::record::Step::Withdrawn { .. })
    };
    records.filter(is_withdrawn).count()
}

#[tokio::test]
async fn commit_that_loses_a_race_is_decided_again() {
    for times in [1, 3, u64::MAX] {
        let (world, data, _) = failing_world().await;
        let manifest = format!("actors/{ACTOR}/training_data/manifest.json");
        let rule = Rule::new([Operation::Put], Effect::Changed).on(move |key| key == manifest);
        data.inject(rule.times(times));
        let executor = world.executor();
        let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
        let report = executed.unwrap().1;
        let withdrawn = withdrawals(&executor).await as u64;
        if times == u64::MAX {
            assert_quarantined(
                &world,
                &report,
                "other processes kept writing the training manifest",
            )
            .await;
            assert!(withdrawn > 3, "{withdrawn}");
            assert_eq!(world.entries(ACTOR).await.len(), 5);
        } else {
            assert_eq!(report.totals.changed, 1, "{report:?}");
            assert_eq!(withdrawn, times);
            assert_eq!(world.entries(ACTOR).await.len(), 4);
        }
        assert_eq!(world.generator.bought(), 1, "nothing is bought again");
        assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
    }
}

#[tokio::test]
async fn concurrent_actor_manifest_write_is_retried() {
    let (world, data, _) = failing_world().await;
    let key = "actor_manifests/9001_manifest.json";
    let rule = Rule::new([Operation::Put], Effect::Changed).on(move |put| put == key);
    data.inject(rule.times(2));
    let executor = world.executor();
    let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
    assert_eq!(
        executed.unwrap().1.totals.changed,
        1,
        "the write is retried"
    );
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
}
