//! Runs that limits refuse, and that a refused run changes nothing.

mod conditions;
mod listings;
mod protection;

use crate::crashing_store::{
    add_actor, assert_same, bucket_of, failing_world, has_extension, resume_and_execute, snapshot,
    world_with_stores,
};
use crate::invariants::{assert_consistent, assert_orders_accounted_for, journals};
use crate::world::{ACTOR, Behaviour, Generator, World, pictures};
use bytes::Bytes;
use dataset::people::keep_list::KeepEntry;
use execution::{Executor, RunError};
use journal::run::record::{Ending, Step};
use pipeline::Resume;
use results::{ActorStatus, Mode, RunReport, Silent};
use run_plan::limits::Limits;
use run_plan::plan::RunPlan;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use storage::{Condition, MemoryStore, ObjectKey, ObjectRead as _, ObjectStore as _};
use tdbal_types::{ActorId, ImageName, Usd};

async fn execute(world: &World) -> Result<RunReport, RunError> {
    execute_with(world, &world.executor()).await
}

async fn execute_with(world: &World, executor: &Executor) -> Result<RunReport, RunError> {
    let executed = world.try_start(executor, Mode::Execute, Resume::No).await;
    executed.map(|(_, report)| report)
}

async fn plan(world: &World) -> RunPlan {
    let executor = world.executor();
    let planned = world.try_start(&executor, Mode::DryRun, Resume::No).await;
    planned.unwrap().0
}

fn status<'a>(report: &'a RunReport, actor: &str) -> &'a ActorStatus {
    let found = report.actors.iter().find(|one| one.actor.as_str() == actor);
    &found.unwrap().status
}

fn error_of<'a>(report: &'a RunReport, actor: &str) -> &'a str {
    match status(report, actor) {
        ActorStatus::Failed { error } => error,
        other => panic!("{other:?}"),
    }
}

/// The snapshot with journals and locks.
async fn snapshot_with_journals(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = snapshot(world).await;
    for store in [world.data.clone(), bucket_of(world)] {
        for meta in store.list(".tdbal").await.unwrap() {
            let object = store.get(&meta.key, u64::MAX).await.unwrap();
            all.insert(format!("{store}/{}", meta.key), object.bytes);
        }
    }
    all
}

/// One actor with 21 pictures, half of them with objects: 3 to remove and 2 to generate.
async fn one_actor() -> World {
    let world = world_with_stores(
        Arc::new(MemoryStore::new("data")),
        Arc::new(MemoryStore::new("s3://sets")),
    );
    add_actor(&world).await;
    world
}

#[tokio::test]
async fn exceeded_run_limit_refuses_before_any_change() {
    let none = Limits::default;
    let cases = [
        (
            Limits {
                max_delete: Some(2),
                ..none()
            },
            Limits {
                max_delete: Some(3),
                ..none()
            },
            "--max-delete 3 would allow it",
        ),
        (
            Limits {
                max_generate: Some(1),
                ..none()
            },
            Limits {
                max_generate: Some(2),
                ..none()
            },
            "--max-generate 2 would allow it",
        ),
        (
            Limits {
                budget: Some(Usd::from_dollars(0.08)),
                ..none()
            },
            Limits {
                budget: Some(Usd::from_dollars(0.09)),
                ..none()
            },
            "--budget 0.09 would allow it",
        ),
    ];
    for (too_low, enough, says) in cases {
        let mut world = one_actor().await;
        // A fresh evaluation costs the same each time.
        world.fresh = true;
        let plan = plan(&world).await;
        let before = snapshot_with_journals(&world).await;
        world.limits = too_low;
        let refused = execute(&world).await.unwrap_err();
        assert!(refused.is_limit(), "{refused:?}");
        let text = refused.to_string();
        assert!(
            text.contains(says) && text.contains("nothing was touched"),
            "{text}"
        );
        let executor = world.executor();
        let refused = pipeline::apply(&executor, &plan, &Silent, &world.cancel).await;
        assert!(matches!(refused, Err(RunError::Limits(_))), "{refused:?}");
        assert_same(&snapshot_with_journals(&world).await, &before, says);
        assert_eq!(world.generator.bought(), 0, "{says}");
        world.limits = enough;
        let report = execute(&world).await.unwrap();
        assert_eq!(report.totals.changed, 1, "{says}: {report:?}");
    }
}

#[tokio::test]
async fn all_exceeded_limits_are_reported_together() {
    let mut world = one_actor().await;
    world.limits.max_delete = Some(0);
    world.limits.max_generate = Some(0);
    let text = execute(&world).await.unwrap_err().to_string();
    assert!(
        text.contains("--max-delete 3") && text.contains("--max-generate 2"),
        "{text}"
    );
}

#[tokio::test]
async fn exceeded_actor_limit_refuses_only_that_actor() {
    let limits = |limits: Limits| limits;
    let none = Limits::default;
    let cases = [
        (
            limits(Limits {
                max_delete_per_actor: Some(3),
                ..none()
            }),
            "--max-delete-per-actor 11",
        ),
        (none(), "--max-delete-percent 53"),
        (
            limits(Limits {
                max_delete_percent: 100.0,
                min_keep: 11,
                ..none()
            }),
            "--min-keep 10",
        ),
    ];
    for (limits, says) in cases {
        let mut world = one_actor().await;
        // 11 of its 21 pictures are to be removed.
        let other = "9002_many";
        world.actor(other, &pictures(other, [1, 4, 16], &[])).await;
        if limits.min_keep == 0 && limits.max_delete_per_actor.is_none() {
            // By default at most half of the pictures may be removed.
            world.policy.target = "total=20,photorealistic=60,bw_stylized=20,color_stylized=20"
                .parse()
                .unwrap();
        }
        world.limits = limits;
        let plan = plan(&world).await;
        let removed = |actor: &str| {
            let planned = plan.actors.iter().find(|one| one.actor.as_str() == actor);
            planned
                .unwrap()
                .assessed()
                .unwrap()
                .plan
                .count(balance_planner::Action::Remove)
        };
        let many = removed(other);
        let folder = format!("actors/{other}/");
        let of_other = |all: BTreeMap<String, Bytes>| -> BTreeMap<String, Bytes> {
            all.into_iter()
                .filter(|(key, _)| key.contains(&folder))
                .collect()
        };
        let before = of_other(snapshot(&world).await);
        let report = execute(&world).await.unwrap();
        let error = error_of(&report, other);
        assert!(error.contains("nothing was touched"), "{error}");
        let flag = says.split(' ').next().unwrap();
        assert!(error.contains(flag), "{many} of 21: {error}");
        assert_same(&of_other(snapshot(&world).await), &before, says);
        assert_eq!(*status(&report, ACTOR), ActorStatus::Changed, "{report:?}");
        assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
        let reported = journals(&world.executor()).await;
        let steps = reported
            .iter()
            .filter(|(_, actor, _)| actor.as_str() == other)
            .flat_map(|(_, _, records)| records.iter().map(|record| &record.step));
        let steps: Vec<&Step> = steps.collect();
        let ending = &Step::Done {
            ending: Ending::Refused {
                error: error.to_owned(),
            },
        };
        assert_eq!(steps, [ending], "only the refusal is recorded");
    }
}

#[tokio::test]
async fn generation_stops_within_budget_and_commits_what_arrived() {
    let mut world = one_actor().await;
    // The first of two orders fails and is charged, so a third would exceed the budget.
    world.generator = Arc::new(Generator::new(|order| match order {
        0 => Behaviour::Flagged,
        _ => Behaviour::Good,
    }));
    world.limits.budget = Some(Usd::from_dollars(0.1));
    let report = execute(&world).await.unwrap();
    let error = error_of(&report, ACTOR);
    assert!(error.contains("1 of 2 pictures were generated"), "{error}");
    assert!(
        error.contains("the budget of $0.10 does not cover another picture"),
        "{error}"
    );
    assert_eq!(world.generator.bought(), 2);
    assert!(
        report.totals.cost_usd <= Usd::from_dollars(0.1),
        "{report:?}"
    );
    assert_eq!(
        world.entries(ACTOR).await.len(),
        22,
        "the generated picture is in the set"
    );
    assert!(report.actors[0].removed.is_empty());
    assert_consistent(&world, ACTOR, &BTreeSet::new()).await;
    assert_orders_accounted_for(&world, &world.executor()).await;
    world.limits.budget = None;
    resume_and_execute(&world).await;
    assert_eq!(
        (world.entries(ACTOR).await.len(), world.generator.bought()),
        (20, 3)
    );
}

#[tokio::test]
async fn resumed_run_counts_earlier_spending_against_the_budget() {
    // The order is lost and cannot be found, so it may have been charged.
    let (mut world, _, _) = failing_world().await;
    world.generator = Arc::new(Generator::new(|order| match order {
        0 => Behaviour::Unknowable,
        _ => Behaviour::Good,
    }));
    let report = execute(&world).await.unwrap();
    assert!(error_of(&report, ACTOR).contains("--accept-double-charge"));
    world.accept_double_charge = true;
    // The evaluation cost $0.001 and the lost order $0.04: another order would exceed the budget.
    world.limits.budget = Some(Usd::from_dollars(0.05));
    let executor = world.executor();
    let runs = pipeline::unfinished_runs(&executor).await.unwrap();
    let report = pipeline::resume(&executor, &runs[0], &Silent, &world.cancel)
        .await
        .unwrap();
    let error = error_of(&report, ACTOR);
    assert!(
        error.contains("the budget of $0.05 does not cover another picture"),
        "{error}"
    );
    assert_eq!(world.generator.bought(), 1);
    assert_eq!(world.entries(ACTOR).await.len(), 5, "nothing was removed");
}
