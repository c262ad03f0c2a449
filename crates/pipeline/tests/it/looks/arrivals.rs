//! Generated pictures are inspected before they join a set.

use super::{Asked, Calls, Judge, calls, judging_world, no_credit, quality};
use crate::crashing_store::{CrashingStore, SimulatedProcess, world_with_stores};
use crate::invariants::{assert_consistent, assert_orders_accounted_for, journals};
use crate::world::{ACTOR, Behaviour, Generator, World, pictures, salt};
use balance_planner::QualityFloors;
use execution::Executor;
use journal::run::record::Step;
use journal::run::state::ActorState;
use pipeline::{HistoryQuery, Resume};
use results::report::Stopped;
use results::{ActorStatus, Mode, RunReport, Silent};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tdbal_types::{Digest, ImageClass, Usd};
use verdict::{JudgingSettings, LookPolicy};
use vision_eval::LookKind;

/// An actor that lacks one ink picture, and a generator with this behaviour.
async fn world_missing_one(behave: fn(usize) -> Behaviour) -> World {
    let mut world = judging_world();
    let set = pictures(ACTOR, [13, 3, 3], &[]);
    world.actor(ACTOR, &set).await;
    world.generator = Arc::new(Generator::new(behave));
    world.policy.floors = QualityFloors {
        bw_stylized: Some(quality(4)),
        ..QualityFloors::default()
    };
    world
}

/// Reasons for rejections in the journal and in the history.
async fn rejections(executor: &Executor) -> (Vec<String>, Vec<String>) {
    let records = journals(executor).await.into_iter().flat_map(|(_, _, r)| r);
    let journal = records.filter_map(|record| match record.step {
        Step::Reject { reason, .. } => Some(reason),
        _ => None,
    });
    let history = pipeline::history(&executor.data, &HistoryQuery::default())
        .await
        .unwrap();
    let reported = history.into_iter().filter(|line| line.what == "rejected");
    (
        journal.collect(),
        reported.map(|line| line.detail).collect(),
    )
}

async fn rejected_files(world: &World, run: usize) -> usize {
    let folder = format!("trash/run-{run}/rejected/{ACTOR}");
    world.keys(&folder).await.len()
}

async fn execute(world: &World, judge: &Arc<Judge>) -> (Executor, RunReport) {
    let executor = world.executor_judged_by(judge.clone());
    let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
    let report = executed.unwrap().1;
    (executor, report)
}

/// This behaviour for the first order, and a good picture for every other.
fn first(order: usize, behaviour: Behaviour) -> Behaviour {
    if order == 0 {
        behaviour
    } else {
        Behaviour::Good
    }
}

/// A model that wrongly sees ink in its first close look.
fn model_wrong_once() -> Judge {
    let looks = AtomicUsize::new(0);
    Judge::with_errors(move |look, _, opinion| {
        if look == LookKind::Close && looks.fetch_add(1, Ordering::Relaxed) == 0 {
            opinion.class = ImageClass::BwStylized;
        }
    })
}

#[tokio::test]
async fn unsuitable_picture_is_rejected_and_ordered_with_new_prompt() {
    type Case = (fn(usize) -> Behaviour, fn() -> Judge, &'static str);
    let cases: [Case; 4] = [
        (
            |order| first(order, Behaviour::WrongClass),
            Judge::honest,
            "it was ordered as bw_stylized but looks photorealistic",
        ),
        (
            |order| first(order, Behaviour::Poor),
            Judge::honest,
            "its quality 2 is below the minimum of 4",
        ),
        (
            |order| first(order, Behaviour::WrongClass),
            model_wrong_once,
            "its class is uncertain: its pixels contradict the looks",
        ),
        (
            |order| first(order, Behaviour::Like(salt(ACTOR, 14))),
            Judge::honest,
            "it is nearly the same as a picture that the set has",
        ),
    ];
    for (behave, judge, why) in cases {
        let world = world_missing_one(behave).await;
        let judge = Arc::new(judge());
        let (executor, report) = execute(&world, &judge).await;
        let reported = &report.actors[0];
        assert_eq!(reported.status, ActorStatus::Changed, "{why}");
        assert_eq!(
            (reported.generated.len(), reported.removed.len()),
            (1, 0),
            "{why}"
        );
        assert_eq!(judge.count(), calls(2, 2), "{why}");
        // The report has the cost of the pictures and of the looks at them.
        assert_eq!(
            reported.generation_cost_usd,
            Usd::from_dollars(0.08),
            "{why}"
        );
        assert_eq!(
            reported.evaluation_cost_usd,
            Usd::from_dollars(0.004),
            "{why}"
        );
        let prompts = world.generator.prompts.lock().unwrap().clone();
        assert_eq!(prompts.len(), 2, "{why}");
        assert_ne!(prompts[0], prompts[1], "{why}");
        let why = vec![why.to_owned()];
        assert_eq!(rejections(&executor).await, (why.clone(), why));
        assert_eq!(rejected_files(&world, 0).await, 1);
        assert_eq!(world.entries(ACTOR).await.len(), 20);
        // The accepted picture is judged like the others from now on.
        let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
        assert_eq!(report.actors[0].status, ActorStatus::Balanced);
        assert_eq!(judge.count(), calls(2, 0));
    }
}

#[tokio::test]
async fn place_stays_empty_after_the_maximum_attempts() {
    for attempts in [1, 2, 3] {
        let mut world = world_missing_one(|_| Behaviour::Poor).await;
        world.attempts = attempts;
        let judge = Arc::new(Judge::honest());
        let (executor, report) = execute(&world, &judge).await;
        let ActorStatus::Failed { error } = &report.actors[0].status else {
            panic!("{report:?}");
        };
        assert!(
            error.contains("0 of 1 pictures were generated")
                && error.contains("is below the minimum of 4"),
            "{error}"
        );
        assert_eq!(judge.count(), calls(2, attempts));
        assert_eq!(world.generator.bought(), attempts);
        let prompts = world.generator.prompts.lock().unwrap().clone();
        assert_eq!(prompts.into_iter().collect::<BTreeSet<_>>().len(), attempts);
        assert_eq!(rejected_files(&world, 0).await, attempts);
        let (journal, history) = rejections(&executor).await;
        assert_eq!((journal.len(), history.len()), (attempts, attempts));
        assert_eq!(world.entries(ACTOR).await.len(), 19, "the set is as it was");
    }
}

#[tokio::test]
async fn near_duplicate_new_pictures_count_once() {
    let mut world = judging_world();
    world.generator = Arc::new(Generator::new(|order| {
        if order < 2 {
            Behaviour::Like(4711)
        } else {
            Behaviour::Good
        }
    }));
    let set = pictures(ACTOR, [13, 2, 3], &[]);
    world.actor(ACTOR, &set).await;
    let judge = Arc::new(Judge::honest());
    let (executor, report) = execute(&world, &judge).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    // The second has the same bytes as the first, so it needs no look.
    assert_eq!((world.generator.bought(), judge.count()), (3, calls(2, 2)));
    let (journal, _) = rejections(&executor).await;
    assert_eq!(
        journal,
        ["it is the base image or a picture that the set has"]
    );
}

#[tokio::test]
async fn sheet_policy_inspects_new_pictures_on_one_sheet() {
    let mut world = judging_world();
    world.generator = Arc::new(Generator::new(|order| first(order, Behaviour::WrongClass)));
    world.judging.look = LookPolicy::Sheet;
    let set = pictures(ACTOR, [13, 2, 3], &[]);
    world.actor(ACTOR, &set).await;
    let judge = Arc::new(Judge::honest());
    let (executor, report) = execute(&world, &judge).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    let asked = judge.take();
    let expected = Calls {
        sheets: 2,
        generated: 2,
        ..Calls::default()
    };
    assert_eq!(Calls::of(&asked), expected);
    let shown: Vec<usize> = asked
        .iter()
        .filter(|one| one.look == LookKind::Generated)
        .map(|one| one.pictures.len())
        .collect();
    assert_eq!(
        shown,
        [2, 1],
        "two pictures, then the one that was ordered again"
    );
    assert_eq!(rejections(&executor).await.0.len(), 1);
}

#[tokio::test]
async fn failed_inspection_is_done_when_the_run_resumes() {
    let world = world_missing_one(|_| Behaviour::Good).await;
    let failing =
        Judge::honest().failing_when(|question| (question == 2).then(|| no_credit(0.002)));
    let failing = Arc::new(failing);
    let (_, report) = execute(&world, &failing).await;
    assert!(matches!(&report.stopped, Some(Stopped::Error(why)) if why.contains("credit")));
    assert_eq!(report.actors[0].status, ActorStatus::Remaining);
    let cost = Usd::from_dollars(0.004);
    assert_eq!(report.actors[0].evaluation_cost_usd, cost);
    assert_eq!(failing.count(), calls(2, 0));
    assert_eq!(world.entries(ACTOR).await.len(), 19, "the set is as it was");

    let judge = Arc::new(Judge::honest());
    let executor = world.executor_judged_by(judge.clone());
    let runs = pipeline::unfinished_runs(&executor).await.unwrap();
    assert_eq!(runs.len(), 1);
    let resumed = pipeline::resume(&executor, &runs[0], &Silent, &world.cancel).await;
    assert_eq!(resumed.unwrap().actors[0].status, ActorStatus::Changed);
    assert_eq!((judge.count(), world.generator.bought()), (calls(0, 1), 1));
    assert_eq!(world.entries(ACTOR).await.len(), 20);
}

fn close(asked: Vec<Asked>) -> Vec<Digest> {
    let close = asked.into_iter().filter(|one| one.look == LookKind::Close);
    close.map(|one| one.pictures[0]).collect()
}

/// An actor that lacks two ink pictures, on the stores of a simulated process.
async fn crashing_world() -> (World, Arc<SimulatedProcess>) {
    let process = SimulatedProcess::start();
    let mut world = world_with_stores(
        CrashingStore::new("data", &process),
        CrashingStore::new("s3://sets", &process),
    );
    world.judging = JudgingSettings::default();
    let target = "total=6,photorealistic=34,bw_stylized=50,color_stylized=16";
    world.policy.target = target.parse().unwrap();
    let set = pictures(ACTOR, [2, 1, 1], &[]);
    world.actor(ACTOR, &set).await;
    (world, process)
}

#[tokio::test]
async fn crash_at_any_write_pays_each_inspection_once() {
    let (world, process) = crashing_world().await;
    process.restart();
    let judge = Arc::new(Judge::honest());
    let (_, report) = execute(&world, &judge).await;
    assert_eq!(report.actors[0].generated.len(), 2, "{report:?}");
    let writes = process.writes();
    process.restart();
    assert_eq!(judge.count(), calls(2, 2));
    assert!(writes > 15, "{writes} writes");
    for at in 1..=writes {
        let when = format!("crash at write {at}");
        let (world, process) = crashing_world().await;
        let judge = Arc::new(Judge::honest());
        let executor = world.executor_judged_by(judge.clone());
        process.crash_at_write(at, at % 2 == 0);
        let _ = world.try_start(&executor, Mode::Execute, Resume::No).await;
        assert!(process.has_crashed(), "{when}");
        process.restart();
        for run in pipeline::unfinished_runs(&executor).await.unwrap() {
            let resumed = pipeline::resume(&executor, &run, &Silent, &world.cancel).await;
            assert!(resumed.is_ok(), "{when}: {resumed:?}");
        }
        let executed = world
            .try_start(&executor, Mode::Execute, Resume::JustFinished)
            .await;
        assert_eq!(executed.unwrap().1.totals.failed, 0, "{when}");
        assert_eq!(world.entries(ACTOR).await.len(), 6, "{when}");
        assert_eq!(world.generator.bought(), 2, "{when}");
        let close_looks = close(judge.take());
        let distinct: BTreeSet<_> = close_looks.iter().copied().collect();
        assert_eq!((close_looks.len(), distinct.len()), (2, 2), "{when}");
        let states = journals(&executor).await;
        let reported: Usd = states
            .iter()
            .map(|(_, _, records)| ActorState::of(records).look_cost)
            .sum();
        assert_eq!(reported, Usd::from_dollars(0.002), "{when}");
        assert_orders_accounted_for(&world, &executor).await;
        assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
    }
}
