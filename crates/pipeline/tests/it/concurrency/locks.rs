//! Locks that are lost, and locks in shared buckets.

use super::*;

/// Deletes the lease of an actor, or replaces it by that of another run.
async fn take_lease_away(data: &Arc<dyn ObjectStore>, replaces: bool) {
    let key = ObjectKey::new(format!(".tdbal/locks/{ACTOR}.json")).unwrap();
    let there = data.get(&key, 1 << 16).await.unwrap();
    data.delete(&key, Condition::Always).await.unwrap();
    if replaces {
        let mut lease: serde_json::Value = serde_json::from_slice(&there.bytes).unwrap();
        lease["nonce"] = "another".into();
        lease["holder"]["run"] = "another-run".into();
        let bytes = Bytes::from(lease.to_string());
        data.put(&key, bytes, PutMode::Create).await.unwrap();
    }
}

#[tokio::test]
async fn lost_lock_stops_before_the_next_purchase() {
    for replaces in [false, true] {
        let (mut world, _, _) = crate::crashing_store::empty_failing_world();
        world.policy.target = SMALL_TARGET.parse().unwrap();
        world.actor(ACTOR, &pictures(ACTOR, [2, 0, 0], &[])).await;
        let mut executor = world.executor();
        executor.data.locks = leases(world.data.clone());
        let data = world.data.clone();
        let hook = move |number| -> futures_util::future::BoxFuture<'static, _> {
            let data = data.clone();
            Box::pin(async move {
                if number == 0 {
                    take_lease_away(&data, replaces).await;
                }
                None
            })
        };
        executor.generator = Some(Arc::new(
            ScriptedGenerator::new(&world.generator).on_start(hook),
        ));
        let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
        let report = executed.unwrap().1;
        let ActorStatus::Failed { error } = &report.actors[0].status else {
            panic!("{report:?}")
        };
        assert!(error.contains("the lock"), "{error}");
        assert!(error.contains("is lost"), "{error}");
        assert_eq!(error.contains("another-run"), replaces, "{error}");
        assert_eq!(
            world.generator.bought(),
            1,
            "the second picture was not bought"
        );
        assert_eq!(world.entries(ACTOR).await.len(), 2);
        // The next holder of the lock uses what was bought.
        resume_and_execute(&world).await;
        assert_eq!(world.generator.bought(), 2);
        assert_eq!(world.entries(ACTOR).await.len(), 4);
        assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
        assert_orders_accounted_for(&world, &world.executor()).await;
    }
}

/// Two data folders, each with its own journals and locks, have their objects in the same bucket.
#[tokio::test]
async fn data_folders_sharing_a_bucket_exclude_each_other() {
    let bucket: Arc<dyn ObjectStore> = Arc::new(MemoryStore::new("s3://sets"));
    let mut here = world_with_stores(Arc::new(MemoryStore::new("here")), bucket.clone());
    add_small_actor(&mut here).await;
    here.bucket_locks = execution::BucketLocks::new(leases);
    let elsewhere = Holder {
        run: RunId::new("run-elsewhere").unwrap(),
        host: "another".into(),
        pid: 77,
    };
    let actor = ActorId::new(ACTOR).unwrap();
    let held = leases(bucket.clone())
        .acquire(&actor, &elsewhere)
        .await
        .unwrap();
    let before = snapshot(&here).await;
    let executor = here.executor();
    let executed = here.try_start(&executor, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(
        error.contains("run run-elsewhere (process 77 on another)"),
        "{error}"
    );
    assert_same(&snapshot(&here).await, &before, "nothing changed");
    assert_eq!(here.generator.bought(), 0);
    // The lock of the folder was released.
    let own = executor
        .data
        .locks
        .acquire(&actor, &elsewhere)
        .await
        .unwrap();
    own.release().await.unwrap();
    held.release().await.unwrap();

    // An active run holds both locks.
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut executor = here.executor();
    let hook = {
        let (seen, bucket) = (seen.clone(), bucket.clone());
        let folder = executor.data.locks.clone();
        move |_| -> futures_util::future::BoxFuture<'static, _> {
            let (seen, bucket, folder) = (seen.clone(), bucket.clone(), folder.clone());
            Box::pin(async move {
                let holders = [
                    folder.list().await.unwrap(),
                    leases(bucket).list().await.unwrap(),
                ];
                seen.lock().unwrap().extend(holders);
                None
            })
        }
    };
    executor.generator = Some(Arc::new(
        ScriptedGenerator::new(&here.generator).on_start(hook),
    ));
    let executed = here.try_start(&executor, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    assert_eq!(report.totals.changed, 1, "{report:?}");
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(seen.len(), 2);
    for locks in seen {
        let lock = locks.iter().find(|lock| lock.actor == actor).unwrap();
        let holder = lock.holder.as_ref().unwrap();
        assert_eq!(holder.run, report.run_id);
        assert!(!lock.stale);
    }
    assert_consistent(&here, ACTOR, &BTreeSet::new()).await;
    let left = bucket.list(".tdbal/locks").await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
