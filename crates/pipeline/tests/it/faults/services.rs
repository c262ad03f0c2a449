//! A model or a generator that fails.

use super::*;

#[tokio::test]
async fn unavailable_model_for_new_pictures_keeps_the_old_ones() {
    let (world, _, _) = failing_world().await;
    let report = world
        .run_judged_by(Arc::new(UnavailableModel::default()), Mode::Execute)
        .await;
    let error = error_of(&report);
    assert!(error.contains("could not be looked at"), "{error}");
    assert!(report.actors[0].removed.is_empty());
    assert_eq!(
        world.entries(ACTOR).await.len(),
        6,
        "the generated picture is kept"
    );
    assert_complete(&world).await;
    // Once the model is available, the next run judges the new picture with the others.
    resume_and_execute(&world).await;
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (4, 1)
    );
    assert_complete(&world).await;
}

#[tokio::test]
async fn model_without_credit_stops_the_run_until_it_is_resumed() {
    let reference = run_without_faults().await;
    let (world, _, _) = failing_world().await;
    let away = UnavailableModel {
        stops_run: true,
        ..UnavailableModel::default()
    };
    let report = world.run_judged_by(Arc::new(away), Mode::Execute).await;
    assert!(matches!(&report.stopped, Some(Stopped::Error(why)) if why.contains("credit")));
    assert_eq!(report.actors[0].status, ActorStatus::Remaining);
    assert_eq!(world.entries(ACTOR).await.len(), 5, "the set is as it was");
    resume_and_execute(&world).await;
    assert_eq!(world.generator.bought(), 1);
    assert_same(&comparable(&snapshot(&world).await), &reference, "resumed");
}

fn unreachable(id: &PredictionId) -> GenerateError {
    GenerateError::Transport {
        tried: "ask about it".into(),
        id: Some(id.clone()),
        cost: Usd::from_dollars(PRICE),
        source: "connection reset".into(),
    }
}

fn no_credit() -> GenerateError {
    GenerateError::StopsRun {
        reason: StopReason::NoCredit,
        source: None,
    }
}

fn deadline(id: &PredictionId) -> GenerateError {
    GenerateError::Deadline {
        id: id.clone(),
        waited: Duration::from_mins(10),
        status: "processing".into(),
        cost: Usd::from_dollars(PRICE),
    }
}

#[tokio::test]
async fn late_picture_is_awaited_and_not_ordered_again() {
    let reference = run_without_faults().await;
    let late: [fn(&PredictionId) -> GenerateError; 2] = [deadline, unreachable];
    for (case, error) in late.into_iter().enumerate() {
        let (world, _, _) = failing_world().await;
        let executor = scripted(&world, |generator| {
            generator.on_finish(move |_, id| Some(error(id)))
        });
        let before = snapshot(&world).await;
        for _ in 0..2 {
            let report = execute_with_resume(&world, &executor).await;
            assert!(error_of(&report).contains("tdbal resume"), "{report:?}");
        }
        let mut now = snapshot(&world).await;
        now.retain(|key, _| !key.contains("/trash/"));
        assert_same(
            &now,
            &before,
            &format!("case {case}: nothing of the set was touched"),
        );
        // The picture arrives after all.
        resume_and_execute(&world).await;
        assert_eq!(world.generator.bought(), 1, "case {case}");
        assert_same(
            &comparable(&snapshot(&world).await),
            &reference,
            "the late picture",
        );
    }
}

#[tokio::test]
async fn failed_status_query_is_retried_at_once() {
    let (world, _, _) = failing_world().await;
    let executor = scripted(&world, |generator| {
        generator.on_finish(|number, id| (number == 0).then(|| unreachable(id)))
    });
    let report = execute_with(&world, &executor).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed, "{report:?}");
    assert_eq!(world.generator.bought(), 1);
}

#[tokio::test]
async fn output_gone_after_an_hour_is_recorded_as_failed() {
    let (mut world, _, _) = failing_world().await;
    let executor = scripted(&world, |generator| {
        generator.on_finish(|_, id| Some(deadline(id)))
    });
    execute_with(&world, &executor).await;
    let expired = |world: &World| {
        scripted(world, |generator| {
            generator.on_finish(|_, id| {
                (id.as_str() == "p0").then(|| GenerateError::OutputGone {
                    id: id.clone(),
                    cost: Usd::from_dollars(PRICE),
                })
            })
        })
    };
    // Within an hour the output should exist: perhaps the token is of another account.
    let report = execute_with_resume(&world, &expired(&world)).await;
    assert!(
        error_of(&report).contains("less than an hour ago"),
        "{report:?}"
    );
    assert_eq!(world.generator.bought(), 1);
    world.clock = Clock::fixed("2026-11-22T13:01:00Z".parse().unwrap());
    let report = resume_and_execute_with(&world, &expired(&world)).await;
    assert_eq!(report.totals.failed, 0, "{report:?}");
    assert_eq!(
        world.generator.bought(),
        2,
        "one is recorded as lost, one arrived"
    );
    assert_complete(&world).await;
    assert_eq!(world.entries(ACTOR).await.len(), 4);
}

/// An actor that lacks two pictures, of two classes.
async fn world_missing_two() -> World {
    let (mut world, _, _) = empty_failing_world();
    world.policy.target = SMALL_TARGET.parse().unwrap();
    world.actor(ACTOR, &pictures(ACTOR, [2, 0, 0], &[])).await;
    world
}

#[tokio::test]
async fn no_credit_midway_stops_the_run_and_keeps_arrivals() {
    let world = world_missing_two().await;
    let executor = scripted(&world, |generator| {
        generator.on_start(|number| {
            let refused = number > 0;
            Box::pin(async move { refused.then(no_credit) })
        })
    });
    let report = execute_with(&world, &executor).await;
    assert!(matches!(&report.stopped, Some(Stopped::Error(why)) if why.contains("credit")));
    assert_eq!(world.entries(ACTOR).await.len(), 2, "the set is as it was");
    // Retries without credit change nothing.
    for _ in 0..4 {
        let executor = scripted(&world, |generator| {
            generator.on_start(|_| Box::pin(async { Some(no_credit()) }))
        });
        execute_with_resume(&world, &executor).await;
    }
    assert_eq!(world.generator.bought(), 1);
    let executor = world.executor();
    let report = execute_with_resume(&world, &executor).await;
    assert_eq!(report.totals.changed, 1, "{report:?}");
    assert_eq!(world.generator.bought(), 2);
    assert_eq!(world.entries(ACTOR).await.len(), 4);
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
    assert_orders_accounted_for(&world, &executor).await;
}

#[tokio::test]
async fn refused_token_during_fetch_does_not_abandon_the_picture() {
    let reference = run_without_faults().await;
    let (world, _, _) = failing_world().await;
    let executor = scripted(&world, |generator| {
        generator.on_finish(|_, _| {
            Some(GenerateError::StopsRun {
                reason: StopReason::BadToken,
                source: None,
            })
        })
    });
    let report = execute_with(&world, &executor).await;
    assert!(matches!(&report.stopped, Some(Stopped::Error(why)) if why.contains("token")));
    resume_and_execute(&world).await;
    assert_eq!(world.generator.bought(), 1);
    assert_same(&comparable(&snapshot(&world).await), &reference, "resumed");
}

#[tokio::test]
async fn scripted_generator_sees_every_call() {
    let (world, _, _) = failing_world().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    let executor = scripted(&world, |generator| {
        generator.on_finish(move |_, _| {
            seen.fetch_add(1, Ordering::SeqCst);
            None
        })
    });
    execute_with(&world, &executor).await;
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}
