//! Two processes on the same data.

use super::*;

/// Applies two plans at the same time, each on a thread of its own.
async fn apply_both(
    executors: [Executor; 2],
    plans: [&RunPlan; 2],
) -> [Result<RunReport, RunError>; 2] {
    let begin = Arc::new(tokio::sync::Barrier::new(2));
    let [one, two] = executors;
    let spawn = |executor: Executor, plan: RunPlan| {
        let begin = begin.clone();
        tokio::spawn(async move {
            begin.wait().await;
            let cancel = tokio_util::sync::CancellationToken::new();
            pipeline::apply(&executor, &plan, &Silent, &cancel).await
        })
    };
    let (one, two) = (spawn(one, plans[0].clone()), spawn(two, plans[1].clone()));
    let (one, two) = tokio::join!(one, two);
    [one.unwrap(), two.unwrap()]
}

/// Whether the error says that the other process holds the actor or changed it before.
fn is_expected_refusal(error: &str) -> bool {
    [
        "is working on this actor",
        "since the evaluation",
        "left this actor unfinished",
    ]
    .iter()
    .any(|said| error.contains(said))
}

async fn assert_changed_once(
    world: &World,
    results: &[Result<RunReport, RunError>; 2],
    when: &str,
) {
    for result in results {
        match result {
            Ok(report) => {
                for actor in &report.actors {
                    match &actor.status {
                        ActorStatus::Changed => {}
                        ActorStatus::Failed { error } => {
                            assert!(is_expected_refusal(error), "{when}: {error}");
                        }
                        other => panic!("{when}: {other:?}"),
                    }
                }
            }
            Err(RunError::AppliedAlready { .. }) => {}
            Err(error) => panic!("{when}: {error}"),
        }
    }
    let executor = world.executor();
    let committed = commits(&executor).await;
    for actor in ACTORS {
        let actor = ActorId::new(actor).unwrap();
        assert_eq!(committed.get(&actor), Some(&1), "{when}: {actor}");
        assert_consistent(world, actor.as_str(), &BTreeSet::new()).await;
        assert_eq!(world.entries(actor.as_str()).await.len(), 4, "{when}");
    }
    assert_eq!(world.generator.bought(), 2, "{when}");
    assert_orders_accounted_for(world, &executor).await;
    assert_nothing_left_to_do(world, &executor, when).await;
}

/// Resumes what a process could not start because the other one held the actor: the set has changed,
/// and nothing is left to do.
async fn assert_nothing_left_to_do(world: &World, executor: &Executor, when: &str) {
    let before = snapshot(world).await;
    for run in pipeline::unfinished_runs(executor).await.unwrap() {
        let resumed = pipeline::resume(executor, &run, &Silent, &world.cancel).await;
        assert!(resumed.is_ok(), "{when}: {resumed:?}");
    }
    let left = pipeline::unfinished_runs(executor).await.unwrap();
    assert!(left.is_empty(), "{when}: {left:?}");
    assert_same(&snapshot(world).await, &before, when);
    assert_eq!(world.generator.bought(), 2, "{when}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_applying_one_plan_change_each_actor_once() {
    let mut rounds = 0;
    for lock_kind in [LockKind::Files, LockKind::Leases] {
        for seed in 0..8 {
            let world = two_actors(seed).await;
            let plan = plan(&world).await;
            let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
            let executors = [
                process(&world, 1, lock_kind, &outputs[0]),
                process(&world, 2, lock_kind, &outputs[1]),
            ];
            let results = apply_both(executors, [&plan, &plan]).await;
            let when = format!("{lock_kind:?}, seed {seed}");
            assert_changed_once(&world, &results, &when).await;
            rounds += 1;
        }
    }
    assert_eq!(rounds, 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_applying_two_plans_change_each_actor_once() {
    let mut rounds = 0;
    for lock_kind in [LockKind::Files, LockKind::Leases] {
        for seed in 100..108 {
            let world = two_actors(seed).await;
            let plans = [plan(&world).await, plan(&world).await];
            assert_ne!(plans[0].run_id, plans[1].run_id);
            let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
            let executors = [
                process(&world, 1, lock_kind, &outputs[0]),
                process(&world, 2, lock_kind, &outputs[1]),
            ];
            let results = apply_both(executors, [&plans[0], &plans[1]]).await;
            let when = format!("{lock_kind:?}, seed {seed}");
            assert_changed_once(&world, &results, &when).await;
            rounds += 1;
        }
    }
    assert_eq!(rounds, 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_concurrent_executions_end_like_one() {
    for lock_kind in [LockKind::Files, LockKind::Leases] {
        let world = Arc::new(two_actors(7).await);
        let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let execute = |pid: u32| {
            let executor = process(&world, pid, lock_kind, &outputs[pid as usize - 1]);
            let world = world.clone();
            let runtime = tokio::runtime::Handle::current();
            tokio::task::spawn_blocking(move || {
                let execute = world.try_start(&executor, Mode::Execute, Resume::No);
                runtime.block_on(execute).map(|(_, report)| report)
            })
        };
        let (one, two) = tokio::join!(execute(1), execute(2));
        let results = [one.unwrap(), two.unwrap()];
        // The later process may find a balanced set, or an actor that the other one holds.
        let statuses = results
            .iter()
            .flat_map(|result| &result.as_ref().unwrap().actors);
        let changed = statuses
            .filter(|actor| actor.status == ActorStatus::Changed)
            .count();
        assert_eq!(changed, 2, "{lock_kind:?}: {results:?}");
        assert_eq!(world.generator.bought(), 2, "{lock_kind:?}");
        for actor in ACTORS {
            assert_consistent(&world, actor, &BTreeSet::new()).await;
        }
    }
}

/// The holder of the actor waits for the generator when the second process starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_process_learns_who_holds_the_actor() {
    for lock_kind in [LockKind::Files, LockKind::Leases] {
        let world = two_actors(3).await;
        let plans = [plan(&world).await, plan(&world).await];
        let outputs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let (ordering, proceed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut first = process(&world, 1, lock_kind, &outputs[0]);
        first.settings.jobs = 1;
        let hook = {
            let (ordering, proceed) = (ordering.clone(), proceed.clone());
            move |number| {
                let (ordering, proceed) = (ordering.clone(), proceed.clone());
                let waits = async move {
                    if number == 0 {
                        ordering.notify_one();
                        proceed.notified().await;
                    }
                    None
                };
                let waits: futures_util::future::BoxFuture<'static, _> = Box::pin(waits);
                waits
            }
        };
        first.generator = Some(Arc::new(
            ScriptedGenerator::new(&world.generator).on_start(hook),
        ));
        let plan = plans[0].clone();
        let applying = tokio::spawn(async move {
            let cancel = tokio_util::sync::CancellationToken::new();
            pipeline::apply(&first, &plan, &Silent, &cancel).await
        });
        ordering.notified().await;
        let second = process(&world, 2, lock_kind, &outputs[1]);
        let cancel = tokio_util::sync::CancellationToken::new();
        for plan in &plans {
            let reported = pipeline::apply(&second, plan, &Silent, &cancel)
                .await
                .unwrap();
            let held = reported
                .actors
                .iter()
                .find(|actor| actor.actor.as_str() == ACTORS[0]);
            let ActorStatus::Failed { error } = &held.unwrap().status else {
                panic!("{lock_kind:?}: {reported:?}")
            };
            let holder = format!("run {} (process 1 on test)", plans[0].run_id);
            assert!(error.contains(&holder), "{lock_kind:?}: {error}");
            assert!(
                error.contains("is working on this actor"),
                "{lock_kind:?}: {error}"
            );
        }
        proceed.notify_one();
        let report = applying.await.unwrap().unwrap();
        let first = report
            .actors
            .iter()
            .find(|actor| actor.actor.as_str() == ACTORS[0]);
        assert_eq!(first.unwrap().status, ActorStatus::Changed, "{lock_kind:?}");
        assert_eq!(world.generator.bought(), 2, "{lock_kind:?}");
        for actor in ACTORS {
            assert_consistent(&world, actor, &BTreeSet::new()).await;
            assert_eq!(world.entries(actor).await.len(), 4, "{lock_kind:?}");
        }
    }
}

#[tokio::test]
async fn outdated_second_plan_is_refused_and_changes_nothing() {
    let world = two_actors(5).await;
    let plans = [plan(&world).await, plan(&world).await];
    let executor = world.executor();
    pipeline::apply(&executor, &plans[0], &Silent, &world.cancel)
        .await
        .unwrap();
    let before = snapshot(&world).await;
    let report = pipeline::apply(&executor, &plans[1], &Silent, &world.cancel)
        .await
        .unwrap();
    assert_eq!(report.totals.failed, 2, "{report:?}");
    for actor in &report.actors {
        let ActorStatus::Failed { error } = &actor.status else {
            panic!("{actor:?}")
        };
        assert!(
            error.contains("the training manifest changed since the evaluation"),
            "{error}"
        );
    }
    assert_same(&snapshot(&world).await, &before, "refused");
    let again = pipeline::apply(&executor, &plans[0], &Silent, &world.cancel).await;
    assert!(
        matches!(again, Err(RunError::AppliedAlready { .. })),
        "{again:?}"
    );
    assert_eq!(world.generator.bought(), 2);
}

#[tokio::test]
async fn resuming_a_run_refuses_an_edited_plan() {
    let mut world = two_actors(6).await;
    world.generator = Arc::new(Generator::new(|_| Behaviour::Unknowable));
    let plan = plan(&world).await;
    let executor = world.executor();
    let started = pipeline::apply(&executor, &plan, &Silent, &world.cancel).await;
    assert_eq!(
        started.unwrap().totals.failed,
        2,
        "the state of the orders is unknown"
    );
    let mut other = plan.clone();
    other.created_at = "2026-11-23T00:00:00.000000".into();
    let refused = pipeline::apply(&executor, &other, &Silent, &world.cancel).await;
    assert!(
        matches!(refused, Err(RunError::OtherPlan { .. })),
        "{refused:?}"
    );
}
