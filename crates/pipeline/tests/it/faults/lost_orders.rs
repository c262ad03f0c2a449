//! Orders whose answer was lost, and pictures that the service no longer has.

use super::*;

/// An order whose answer was lost while the listing could not be read, so its state is unknown.
async fn lost_order(behaviour: Behaviour) -> World {
    let (mut world, _, _) = failing_world().await;
    let lost = |_: usize| Behaviour::Lost;
    let never: fn(usize) -> Behaviour = |order| match order {
        0 => Behaviour::NeverTaken,
        _ => Behaviour::Good,
    };
    let behave = if behaviour == Behaviour::Lost {
        lost
    } else {
        never
    };
    world.generator = Arc::new(Generator::new(behave));
    let executor = scripted(&world, |generator| {
        generator.on_find(|_| {
            Some(GenerateError::Transport {
                tried: "list predictions".into(),
                id: None,
                cost: Usd::ZERO,
                source: "503".into(),
            })
        })
    });
    let report = execute_with(&world, &executor).await;
    let error = error_of(&report);
    assert!(error.contains("cannot find out whether"), "{error}");
    assert_eq!(world.generator.bought(), 1);
    world
}

fn at(time: &str) -> Clock {
    Clock::fixed(format!("2026-11-22T{time}Z").parse().unwrap())
}

#[tokio::test]
async fn listed_order_is_resumed_at_any_clock_time() {
    let mut cases = 0;
    for time in [
        "10:59:00", "11:58:00", "12:00:00", "12:54:00", "13:01:00", "23:00:00",
    ] {
        let mut world = lost_order(Behaviour::Lost).await;
        world.clock = at(time);
        resume_and_execute(&world).await;
        assert_eq!(world.generator.bought(), 1, "{time}");
        assert_eq!(world.entries(ACTOR).await.len(), 4, "{time}");
        assert_complete(&world).await;
        cases += 1;
    }
    assert_eq!(cases, 6);
}

#[tokio::test]
async fn unlisted_order_is_bought_again_only_within_the_hour() {
    // The order was sent at 12:00:00.
    let cases = [
        ("12:00:00", true),
        ("12:30:00", true),
        ("12:54:00", true),
        ("12:56:00", false),
        ("13:00:00", false),
        ("15:00:00", false),
        // A clock that is slightly behind is accepted,
        ("11:58:00", true),
        // but one that is an hour behind cannot tell how old the order is.
        ("11:00:00", false),
    ];
    for (time, is_bought) in cases {
        let mut world = lost_order(Behaviour::NeverTaken).await;
        world.clock = at(time);
        let report = execute_with_resume(&world, &world.executor()).await;
        if is_bought {
            assert_eq!(
                report.actors[0].status,
                ActorStatus::Changed,
                "{time}: {report:?}"
            );
            assert_eq!(world.generator.bought(), 2, "{time}");
        } else {
            let error = error_of(&report);
            assert!(error.contains("--accept-double-charge"), "{time}: {error}");
            assert_eq!(world.generator.bought(), 1, "{time}");
            assert_eq!(world.entries(ACTOR).await.len(), 5, "{time}");
            world.accept_double_charge = true;
            resume_and_execute(&world).await;
            assert_eq!(world.generator.bought(), 2, "{time}");
        }
        assert_eq!(world.entries(ACTOR).await.len(), 4, "{time}");
        assert_complete(&world).await;
    }
}

#[tokio::test]
async fn stored_picture_of_a_failed_run_is_used_without_a_refetch() {
    // The picture is in the folder, its object cannot be created, and two hours pass.
    let (mut world, _, bucket) = failing_world().await;
    let new = |key: &str| key.starts_with("pictures/") && is_generated(key);
    bucket.inject(Rule::new([Operation::Put], Effect::Permanent).on(new));
    let report = execute(&world).await.unwrap();
    assert!(error_of(&report).contains(".jpg"), "{report:?}");
    assert_eq!(world.entries(ACTOR).await.len(), 5);
    bucket.heal();
    world.clock = at("14:00:00");
    let executor = scripted(&world, |generator| {
        generator.on_finish(|_, id| {
            Some(GenerateError::OutputGone {
                id: id.clone(),
                cost: Usd::from_dollars(PRICE),
            })
        })
    });
    let report = resume_and_execute_with(&world, &executor).await;
    assert_eq!(report.totals.failed, 0, "{report:?}");
    assert_eq!(world.generator.bought(), 1);
    assert_complete(&world).await;
    let objects = bucket_of(&world).list("pictures").await.unwrap();
    assert!(objects.iter().any(|meta| is_generated(meta.key.as_str())));
}
