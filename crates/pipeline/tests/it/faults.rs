//! Stores, journals, model and generator that fail, one call at a time: what is left is whole, and
//! going on ends where an undisturbed run ends, with nothing bought twice.

use crate::hooked::{Away, Hooked};
use crate::in_step::{assert_accounted_for, assert_in_step};
use crate::mortal::{
    SMALL_TARGET, assert_same, bucket_of, comparable, empty_failing_world, everything,
    failing_world, go_on, go_on_with, is_new_picture,
};
use crate::world::{ACTOR, Behaviour, Generator, PRICE, World, pictures};
use execution::Executor;
use pipeline::Resume;
use replicate_gen::{GenerateError, PredictionId, StopReason};
use results::report::Stopped;
use results::{ActorStatus, Mode, RunReport};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use storage::{Effect, ObjectRead as _, Operation, Rule};
use tdbal_types::Usd;
use tdbal_types::time::Clock;

/// A rule that never strikes and counts what it looks at.
fn counter(operations: &[Operation], count: &Arc<AtomicU64>) -> Rule {
    let count = count.clone();
    let rule = Rule::new(operations.iter().copied(), Effect::Permanent);
    rule.only(u64::MAX).on(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        true
    })
}

async fn execute(world: &World) -> Result<RunReport, execution::RunError> {
    let engine = world.engine();
    let executed = world.try_start(&engine, Mode::Execute, Resume::Unfinished);
    executed.await.map(|(_, report)| report)
}

async fn execute_with(world: &World, engine: &Executor) -> RunReport {
    let executed = world.try_start(engine, Mode::Execute, Resume::Unfinished);
    executed.await.unwrap().1
}

fn error_of(report: &RunReport) -> &str {
    match &report.actors[0].status {
        ActorStatus::Failed { error } => error,
        other => panic!("{other:?}"),
    }
}

fn is_record(key: &str) -> bool {
    key.starts_with(".tdbal/runs/") && key.contains("/actors/")
}

/// How an undisturbed run ends.
async fn undisturbed() -> BTreeMap<String, String> {
    let (world, _, _) = failing_world().await;
    go_on(&world).await;
    assert_eq!(
        (world.generator.bought(), world.entries(ACTOR).await.len()),
        (1, 4)
    );
    comparable(&everything(&world).await)
}

async fn assert_whole(world: &World) {
    assert_in_step(world, ACTOR, &BTreeSet::new()).await;
    assert_accounted_for(world, &world.engine()).await;
}

#[tokio::test]
async fn a_record_that_cannot_be_written_stops_the_actor_until_it_can() {
    let reference = undisturbed().await;
    let (world, _, _) = failing_world().await;
    go_on(&world).await;
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
            go_on(&world).await;
            let end = comparable(&everything(&world).await);
            assert_same(&end, &reference, &format!("{effect:?} of record {n}"));
            assert_eq!(world.generator.bought(), 1, "{effect:?} of record {n}");
            assert_whole(&world).await;
        }
    }
}

#[tokio::test]
async fn a_disk_that_is_full_from_any_write_on_loses_nothing() {
    let full = [Operation::Put, Operation::Copy];
    let reference = undisturbed().await;
    let (world, data, _) = failing_world().await;
    let count = Arc::new(AtomicU64::new(0));
    data.inject(counter(&full, &count));
    go_on(&world).await;
    let writes = count.load(Ordering::SeqCst);
    assert!(writes > 25, "{writes} writes");
    for n in 1..=writes {
        let (world, data, _) = failing_world().await;
        data.inject(Rule::new(full, Effect::Permanent).from(n));
        let _ = execute(&world).await;
        // Nothing makes room by itself: going on with a full disk is no worse.
        let engine = world.engine();
        for run in pipeline::unfinished_runs(&engine).await.unwrap() {
            let _ = pipeline::resume(&engine, &run, &results::Silent, &world.cancel).await;
        }
        data.heal();
        go_on(&world).await;
        let end = comparable(&everything(&world).await);
        assert_same(&end, &reference, &format!("full from write {n} on"));
        assert_eq!(world.generator.bought(), 1, "full from write {n} on");
        assert_whole(&world).await;
    }
}

#[tokio::test]
async fn a_bucket_that_is_overloaded_at_any_call_loses_nothing() {
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
    go_on(&world).await;
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
            go_on(&world).await;
            assert_whole(&world).await;
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

/// Of the picture that has an object and a local copy, one cannot be deleted.
#[tokio::test]
async fn what_cannot_be_deleted_stays_in_the_set_whole() {
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
            let before = everything(&world).await;
            let report = execute(&world).await.unwrap();
            let error = error_of(&report);
            assert!(error.contains(&format!("{ACTOR}_1.png")), "{when}: {error}");
            assert!(error.contains("stay in the set"), "{when}: {error}");
            assert_eq!(report.actors[0].removed.len(), 1, "{when}");
            let after = everything(&world).await;
            for place in [format!("data/{local}"), format!("bucket/{object}")] {
                assert_eq!(after.get(&place), before.get(&place), "{when}: {place}");
            }
            let copy = format!("bucket/trash/{}/{object}", report.run_id);
            assert!(
                after.contains_key(&copy),
                "{when}: its copy in the trash is kept"
            );
            assert_whole(&world).await;
            let trash = execution::trash::trash(&world.engine(), None)
                .await
                .unwrap();
            let listed = trash.iter().flat_map(|run| &run.files);
            let listed = listed.filter(|file| file.key.file_name() == format!("{ACTOR}_1.png"));
            assert_eq!(listed.count(), 2, "{when}: the trash lists both copies");
            store.heal();
            go_on(&world).await;
            assert_whole(&world).await;
            assert_eq!(world.entries(ACTOR).await.len(), 4, "{when}");
            assert_eq!(world.generator.bought(), 1, "{when}");
        }
    }
}

#[tokio::test]
async fn a_bucket_that_goes_away_between_two_deletions_leaves_no_entry_without_its_picture() {
    // The object goes, then the local copy cannot, and then the object cannot be put back either.
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
    go_on(&world).await;
    assert_whole(&world).await;
    assert_eq!(world.entries(ACTOR).await.len(), 4);
}

#[tokio::test]
async fn a_model_that_is_down_when_pictures_come_costs_nothing_of_the_set() {
    let (world, _, _) = failing_world().await;
    let report = world
        .run_judged_by(Arc::new(Away::default()), Mode::Execute)
        .await;
    let error = error_of(&report);
    assert!(error.contains("could not be looked at"), "{error}");
    assert!(report.actors[0].removed.is_empty());
    assert_eq!(world.entries(ACTOR).await.len(), 6, "what came is kept");
    assert_whole(&world).await;
    // With the model back, the next run judges it with all others.
    go_on(&world).await;
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (4, 1)
    );
    assert_whole(&world).await;
}

#[tokio::test]
async fn a_model_without_credit_when_pictures_come_stops_the_run_and_it_goes_on_later() {
    let reference = undisturbed().await;
    let (world, _, _) = failing_world().await;
    let away = Away {
        stops_run: true,
        ..Away::default()
    };
    let report = world.run_judged_by(Arc::new(away), Mode::Execute).await;
    assert!(matches!(&report.stopped, Some(Stopped::Error(why)) if why.contains("credit")));
    assert_eq!(report.actors[0].status, ActorStatus::Remaining);
    assert_eq!(world.entries(ACTOR).await.len(), 5, "the set is as it was");
    go_on(&world).await;
    assert_eq!(world.generator.bought(), 1);
    assert_same(
        &comparable(&everything(&world).await),
        &reference,
        "resumed",
    );
}

fn hooked(world: &World, hook: impl FnOnce(Hooked) -> Hooked) -> Executor {
    let mut engine = world.engine();
    engine.generator = Some(Arc::new(hook(Hooked::new(&world.generator))));
    engine
}

fn deadline(id: &PredictionId) -> GenerateError {
    GenerateError::Deadline {
        id: id.clone(),
        waited: Duration::from_mins(10),
        status: "processing".into(),
        cost: Usd::from_dollars(PRICE),
    }
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

#[tokio::test]
async fn a_picture_that_may_come_yet_is_waited_for_and_not_ordered_again() {
    let reference = undisturbed().await;
    let late: [fn(&PredictionId) -> GenerateError; 2] = [deadline, unreachable];
    for (case, error) in late.into_iter().enumerate() {
        let (world, _, _) = failing_world().await;
        let engine = hooked(&world, |hooked| {
            hooked.on_finish(move |_, id| Some(error(id)))
        });
        let before = everything(&world).await;
        for _ in 0..2 {
            let report = execute_with_resume(&world, &engine).await;
            assert!(error_of(&report).contains("tdbal resume"), "{report:?}");
        }
        let mut now = everything(&world).await;
        now.retain(|key, _| !key.contains("/trash/"));
        assert_same(
            &now,
            &before,
            &format!("case {case}: nothing of the set was touched"),
        );
        // It comes after all.
        go_on(&world).await;
        assert_eq!(world.generator.bought(), 1, "case {case}");
        assert_same(
            &comparable(&everything(&world).await),
            &reference,
            "it came",
        );
    }
}

/// Goes on with what is unfinished, and only with that; executes where nothing is.
async fn execute_with_resume(world: &World, engine: &Executor) -> RunReport {
    match pipeline::unfinished_runs(engine).await.unwrap().first() {
        Some(run) => pipeline::resume(engine, run, &results::Silent, &world.cancel)
            .await
            .unwrap(),
        None => execute_with(world, engine).await,
    }
}

#[tokio::test]
async fn one_failed_question_for_a_picture_is_asked_again_at_once() {
    let (world, _, _) = failing_world().await;
    let engine = hooked(&world, |hooked| {
        hooked.on_finish(|number, id| (number == 0).then(|| unreachable(id)))
    });
    let report = execute_with(&world, &engine).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed, "{report:?}");
    assert_eq!(world.generator.bought(), 1);
}

#[tokio::test]
async fn an_output_that_is_gone_after_an_hour_is_a_failure_on_record() {
    let (mut world, _, _) = failing_world().await;
    let engine = hooked(&world, |hooked| {
        hooked.on_finish(|_, id| Some(deadline(id)))
    });
    execute_with(&world, &engine).await;
    let gone = |world: &World| {
        hooked(world, |hooked| {
            hooked.on_finish(|_, id| {
                (id.as_str() == "p0").then(|| GenerateError::OutputGone {
                    id: id.clone(),
                    cost: Usd::from_dollars(PRICE),
                })
            })
        })
    };
    // Within the hour it should be there: perhaps another account is asked.
    let report = execute_with_resume(&world, &gone(&world)).await;
    assert!(
        error_of(&report).contains("less than an hour ago"),
        "{report:?}"
    );
    assert_eq!(world.generator.bought(), 1);
    world.clock = Clock::fixed("2026-11-22T13:01:00Z".parse().unwrap());
    let report = go_on_with(&world, &gone(&world)).await;
    assert_eq!(report.totals.failed, 0, "{report:?}");
    assert_eq!(
        world.generator.bought(),
        2,
        "one is lost and recorded, one came"
    );
    assert_whole(&world).await;
    assert_eq!(world.entries(ACTOR).await.len(), 4);
}

/// A set that lacks two pictures, of two classes.
async fn lacking_two() -> World {
    let (mut world, _, _) = empty_failing_world();
    world.policy.target = SMALL_TARGET.parse().unwrap();
    world.actor(ACTOR, &pictures(ACTOR, [2, 0, 0], &[])).await;
    world
}

#[tokio::test]
async fn no_credit_in_the_middle_stops_the_run_and_what_came_is_kept_for_later() {
    let world = lacking_two().await;
    let engine = hooked(&world, |hooked| {
        hooked.on_start(|number| {
            let refused = number > 0;
            Box::pin(async move { refused.then(no_credit) })
        })
    });
    let report = execute_with(&world, &engine).await;
    assert!(matches!(&report.stopped, Some(Stopped::Error(why)) if why.contains("credit")));
    assert_eq!(world.entries(ACTOR).await.len(), 2, "the set is as it was");
    // However often it is tried without credit.
    for _ in 0..4 {
        let engine = hooked(&world, |hooked| {
            hooked.on_start(|_| Box::pin(async { Some(no_credit()) }))
        });
        execute_with_resume(&world, &engine).await;
    }
    assert_eq!(world.generator.bought(), 1);
    let engine = world.engine();
    let report = execute_with_resume(&world, &engine).await;
    assert_eq!(report.totals.changed, 1, "{report:?}");
    assert_eq!(world.generator.bought(), 2);
    assert_eq!(world.entries(ACTOR).await.len(), 4);
    assert_in_step(&world, ACTOR, &BTreeSet::new()).await;
    assert_accounted_for(&world, &engine).await;
}

#[tokio::test]
async fn a_token_that_is_refused_while_a_picture_is_fetched_gives_it_up_no_more_than_a_late_one() {
    let reference = undisturbed().await;
    let (world, _, _) = failing_world().await;
    let engine = hooked(&world, |hooked| {
        hooked.on_finish(|_, _| {
            Some(GenerateError::StopsRun {
                reason: StopReason::BadToken,
                source: None,
            })
        })
    });
    let report = execute_with(&world, &engine).await;
    assert!(matches!(&report.stopped, Some(Stopped::Error(why)) if why.contains("token")));
    go_on(&world).await;
    assert_eq!(world.generator.bought(), 1);
    assert_same(
        &comparable(&everything(&world).await),
        &reference,
        "resumed",
    );
}

/// An order whose answer was lost, and a listing that could not be read: nobody knows.
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
    let engine = hooked(&world, |hooked| {
        hooked.on_find(|_| {
            Some(GenerateError::Transport {
                tried: "list predictions".into(),
                id: None,
                cost: Usd::ZERO,
                source: "503".into(),
            })
        })
    });
    let report = execute_with(&world, &engine).await;
    let error = error_of(&report);
    assert!(error.contains("could not be found out"), "{error}");
    assert_eq!(world.generator.bought(), 1);
    world
}

fn at(time: &str) -> Clock {
    Clock::fixed(format!("2026-11-22T{time}Z").parse().unwrap())
}

#[tokio::test]
async fn an_order_that_the_listing_has_is_taken_up_whatever_the_clock_says() {
    let mut cases = 0;
    for time in [
        "10:59:00", "11:58:00", "12:00:00", "12:54:00", "13:01:00", "23:00:00",
    ] {
        let mut world = lost_order(Behaviour::Lost).await;
        world.clock = at(time);
        go_on(&world).await;
        assert_eq!(world.generator.bought(), 1, "{time}");
        assert_eq!(world.entries(ACTOR).await.len(), 4, "{time}");
        assert_whole(&world).await;
        cases += 1;
    }
    assert_eq!(cases, 6);
}

#[tokio::test]
async fn an_order_that_no_listing_has_is_bought_again_only_while_a_listing_would_have_it() {
    // It was sent at noon by the clock that then was.
    let cases = [
        ("12:00:00", true),
        ("12:30:00", true),
        ("12:54:00", true),
        ("12:56:00", false),
        ("13:00:00", false),
        ("15:00:00", false),
        // A clock that is a little behind the one that wrote it down says nothing,
        ("11:58:00", true),
        // and one that went back by an hour cannot say how long ago it was.
        ("11:00:00", false),
    ];
    for (time, is_bought) in cases {
        let mut world = lost_order(Behaviour::NeverTaken).await;
        world.clock = at(time);
        let report = execute_with_resume(&world, &world.engine()).await;
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
            go_on(&world).await;
            assert_eq!(world.generator.bought(), 2, "{time}");
        }
        assert_eq!(world.entries(ACTOR).await.len(), 4, "{time}");
        assert_whole(&world).await;
    }
}

#[tokio::test]
async fn what_a_dead_run_stored_is_taken_up_though_the_service_has_it_no_more() {
    // The picture is in the folder, its object cannot be created, and an hour goes by.
    let (mut world, _, bucket) = failing_world().await;
    let new = |key: &str| key.starts_with("pictures/") && is_new_picture(key);
    bucket.inject(Rule::new([Operation::Put], Effect::Permanent).on(new));
    let report = execute(&world).await.unwrap();
    assert!(error_of(&report).contains(".jpg"), "{report:?}");
    assert_eq!(world.entries(ACTOR).await.len(), 5);
    bucket.heal();
    world.clock = at("14:00:00");
    let engine = hooked(&world, |hooked| {
        hooked.on_finish(|_, id| {
            Some(GenerateError::OutputGone {
                id: id.clone(),
                cost: Usd::from_dollars(PRICE),
            })
        })
    });
    let report = go_on_with(&world, &engine).await;
    assert_eq!(report.totals.failed, 0, "{report:?}");
    assert_eq!(world.generator.bought(), 1);
    assert_whole(&world).await;
    let objects = bucket_of(&world).list("pictures").await.unwrap();
    assert!(objects.iter().any(|meta| is_new_picture(meta.key.as_str())));
}

#[tokio::test]
async fn hooks_see_every_call() {
    let (world, _, _) = failing_world().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    let engine = hooked(&world, |hooked| {
        hooked.on_finish(move |_, _| {
            seen.fetch_add(1, Ordering::SeqCst);
            None
        })
    });
    execute_with(&world, &engine).await;
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}
