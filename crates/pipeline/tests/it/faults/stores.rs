//! Stores and journals that fail.

use super::*;

/// A rule that never fails a call and counts the calls it sees.
fn counter(operations: &[Operation], count: &Arc<AtomicU64>) -> Rule {
    let count = count.clone();
    let rule = Rule::new(operations.iter().copied(), Effect::Permanent);
    rule.only(u64::MAX).on(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        true
    })
}

fn is_record(key: &str) -> bool {
    key.starts_with(".tdbal/runs/") && key.contains("/actors/")
}

#[tokio::test]
async fn failed_record_stops_the_actor_until_it_can_be_written() {
    let reference = run_without_faults().await;
    let (world, _, _) = failing_world().await;
    resume_and_execute(&world).await;
    let records = world.keys(".tdbal/runs").await;
    let records = records.iter().filter(|key| is_record(key)).count() as u64;
    assert!(records > 10, "{records} records");
    for effect in [Effect::Transient, Effect::Permanent, Effect::AnswerLost] {
        for n in 1..=records {
            let (world, data, _) = failing_world().await;
            data.inject(Rule::new([Operation::Put], effect).on(is_record).only(n));
            let report = execute(&world).await.unwrap();
            assert!(!error_of(&report).is_empty(), "{effect:?} of record {n}");
            data.heal();
            resume_and_execute(&world).await;
            let end = comparable(&snapshot(&world).await);
            assert_same(&end, &reference, &format!("{effect:?} of record {n}"));
            assert_eq!(world.generator.bought(), 1, "{effect:?} of record {n}");
            assert_complete(&world).await;
        }
    }
}

#[tokio::test]
async fn disk_full_from_any_write_loses_nothing() {
    let full = [Operation::Put, Operation::Copy];
    let reference = run_without_faults().await;
    let (world, data, _) = failing_world().await;
    let count = Arc::new(AtomicU64::new(0));
    data.inject(counter(&full, &count));
    resume_and_execute(&world).await;
    let writes = count.load(Ordering::SeqCst);
    assert!(writes > 25, "{writes} writes");
    for n in 1..=writes {
        let (world, data, _) = failing_world().await;
        data.inject(Rule::new(full, Effect::Permanent).from(n));
        let _ = execute(&world).await;
        // Resuming while the disk is still full must not make it worse.
        let executor = world.executor();
        for run in pipeline::unfinished_runs(&executor).await.unwrap() {
            let _ = pipeline::resume(&executor, &run, &results::Silent, &world.cancel).await;
        }
        data.heal();
        resume_and_execute(&world).await;
        let end = comparable(&snapshot(&world).await);
        assert_same(&end, &reference, &format!("full from write {n} on"));
        assert_eq!(world.generator.bought(), 1, "full from write {n} on");
        assert_complete(&world).await;
    }
}

#[tokio::test]
async fn overloaded_bucket_at_any_call_loses_nothing() {
    let any = [
        Operation::Get,
        Operation::Head,
        Operation::List,
        Operation::Put,
        Operation::Copy,
        Operation::Delete,
    ];
    let (world, _, bucket) = failing_world().await;
    let count = Arc::new(AtomicU64::new(0));
    bucket.inject(counter(&any, &count));
    resume_and_execute(&world).await;
    let calls = count.load(Ordering::SeqCst);
    assert!(calls > 15, "{calls} calls");
    let mut failed = 0;
    for effect in [Effect::Transient, Effect::AnswerLost] {
        for n in 1..=calls {
            let (world, _, bucket) = failing_world().await;
            bucket.inject(Rule::new(any, effect).only(n));
            let disturbed = execute(&world).await;
            failed += usize::from(!matches!(disturbed, Ok(report) if report.totals.changed == 1));
            bucket.heal();
            resume_and_execute(&world).await;
            assert_complete(&world).await;
            assert_eq!(
                world.entries(ACTOR).await.len(),
                4,
                "{effect:?} at call {n}"
            );
            assert_eq!(world.generator.bought(), 1, "{effect:?} at call {n}");
        }
    }
    assert!(failed > 10, "{failed} runs were disturbed");
}

/// Either the object or the local copy of a picture cannot be deleted.
#[tokio::test]
async fn undeletable_picture_stays_in_the_set_complete() {
    let local = format!("actors/{ACTOR}/training_data/{ACTOR}_1.png");
    let object = format!("pictures/{ACTOR}/{ACTOR}_1.png");
    let effects = [
        Effect::Denied,
        Effect::Changed,
        Effect::Transient,
        Effect::Permanent,
        Effect::AnswerLost,
    ];
    for effect in effects {
        for key in [&local, &object] {
            let when = format!("{effect:?} on {key}");
            let (world, data, bucket) = failing_world().await;
            let wanted = key.clone();
            let rule = Rule::new([Operation::Delete], effect).on(move |key| key == wanted);
            let store = if *key == local { &data } else { &bucket };
            store.inject(rule);
            let before = snapshot(&world).await;
            let report = execute(&world).await.unwrap();
            let error = error_of(&report);
            assert!(error.contains(&format!("{ACTOR}_1.png")), "{when}: {error}");
            assert!(error.contains("still in the set"), "{when}: {error}");
            assert_eq!(report.actors[0].removed.len(), 1, "{when}");
            let after = snapshot(&world).await;
            for place in [format!("data/{local}"), format!("bucket/{object}")] {
                assert_eq!(after.get(&place), before.get(&place), "{when}: {place}");
            }
            let copy = format!("bucket/trash/{}/{object}", report.run_id);
            assert!(
                after.contains_key(&copy),
                "{when}: its copy in the trash is kept"
            );
            assert_complete(&world).await;
            let trash = execution::trash::trash(&world.executor(), None)
                .await
                .unwrap();
            let listed = trash.iter().flat_map(|run| &run.files);
            let listed = listed.filter(|file| file.key.file_name() == format!("{ACTOR}_1.png"));
            assert_eq!(listed.count(), 2, "{when}: the trash lists both copies");
            store.heal();
            resume_and_execute(&world).await;
            assert_complete(&world).await;
            assert_eq!(world.entries(ACTOR).await.len(), 4, "{when}");
            assert_eq!(world.generator.bought(), 1, "{when}");
        }
    }
}

#[tokio::test]
async fn bucket_lost_between_deletions_leaves_no_entry_without_file() {
    // The object is deleted, the local copy cannot be, and then the object cannot be restored.
    let (world, data, bucket) = failing_world().await;
    let local = |key: &str| key.ends_with("_1.png") && key.starts_with("actors/");
    data.inject(Rule::new([Operation::Delete], Effect::Denied).on(local));
    let object = |key: &str| key.starts_with("pictures/") && key.ends_with("_1.png");
    bucket.inject(Rule::new([Operation::Copy], Effect::Transient).on(object));
    let report = execute(&world).await.unwrap();
    let error = error_of(&report);
    assert!(error.contains("resume"), "{error}");
    data.heal();
    bucket.heal();
    resume_and_execute(&world).await;
    assert_complete(&world).await;
    assert_eq!(world.entries(ACTOR).await.len(), 4);
}
