//! The process dies before or after any write: going on ends where an undisturbed run ends.

use crate::hooked::Hooked;
use crate::in_step::{assert_accounted_for, assert_in_step};
use crate::mortal::{
    Life, SMALL_TARGET, assert_same, comparable, empty_mortal_world, everything, give_objects,
    go_on, mortal_world, without_trash,
};
use crate::world::{ACTOR, Behaviour, Generator, World, pictures, png};
use execution::undo::UndoStatus;
use pipeline::Resume;
use replicate_gen::GenerateError;
use results::{Mode, Silent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tdbal_types::{ImageClass, Usd};

/// How many writes an undisturbed execution takes, and how it ends.
async fn undisturbed() -> (i64, BTreeMap<String, String>, usize) {
    let (world, life) = mortal_world().await;
    life.begin(1_000_000, true);
    go_on(&world).await;
    let writes = 1_000_000 - life.writes_left();
    life.go_on();
    let bought = world.generator.bought();
    assert_eq!((bought, world.entries(ACTOR).await.len()), (2, 20));
    assert!(writes > 40, "{writes} writes");
    (writes, comparable(&everything(&world).await), bought)
}

async fn die_at_every_write(does_last: bool) {
    let (writes, reference, bought) = undisturbed().await;
    for at in 1..=writes {
        let (world, life) = mortal_world().await;
        life.begin(at, does_last);
        let engine = world.engine();
        let _ = world
            .try_start(&engine, Mode::Execute, Resume::Unfinished)
            .await;
        assert!(life.is_over(), "it died at write {at}");
        life.go_on();
        go_on(&world).await;
        let end = comparable(&everything(&world).await);
        assert_same(&end, &reference, &format!("death at write {at}"));
        assert_eq!(world.generator.bought(), bought, "death at write {at}");
    }
}

#[tokio::test]
async fn a_death_before_any_write_changes_nothing_of_the_end() {
    die_at_every_write(false).await;
}

#[tokio::test]
async fn a_death_behind_any_write_changes_nothing_of_the_end() {
    die_at_every_write(true).await;
}

async fn take_back(world: &World) -> execution::undo::UndoReport {
    let engine = world.engine();
    let run = tdbal_types::RunId::new("run-0").unwrap();
    execution::undo::undo(&engine, &run, None, false, &Silent, &world.cancel)
        .await
        .unwrap()
}

#[tokio::test]
async fn undo_gives_every_byte_back() {
    let (world, _life) = mortal_world().await;
    let before = without_trash(&world).await;
    go_on(&world).await;
    let engine = world.engine();
    let run = tdbal_types::RunId::new("run-0").unwrap();
    let changed = everything(&world).await;
    let looked = execution::undo::undo(&engine, &run, None, true, &Silent, &world.cancel)
        .await
        .unwrap();
    assert_eq!(looked.actors[0].status, UndoStatus::ToUndo);
    assert_eq!(
        (
            looked.actors[0].returns.len(),
            looked.actors[0].leaves.len()
        ),
        (3, 2)
    );
    assert_same(&everything(&world).await, &changed, "a dry run");
    let done = take_back(&world).await;
    assert_eq!(done.actors[0].status, UndoStatus::Undone);
    assert_same(&without_trash(&world).await, &before, "undo");
    let again = take_back(&world).await;
    assert_eq!(again.actors[0].status, UndoStatus::UndoneAlready);
}

#[tokio::test]
async fn a_death_at_any_write_of_an_undo_changes_nothing_of_its_end() {
    let (world, life) = mortal_world().await;
    go_on(&world).await;
    life.begin(1_000_000, true);
    take_back(&world).await;
    let writes = 1_000_000 - life.writes_left();
    assert!(writes > 20, "{writes} writes");
    for at in 1..=writes {
        let (world, life) = mortal_world().await;
        let before = without_trash(&world).await;
        go_on(&world).await;
        life.begin(at, at % 2 == 0);
        let engine = world.engine();
        let run = tdbal_types::RunId::new("run-0").unwrap();
        let _ = execution::undo::undo(&engine, &run, None, false, &Silent, &world.cancel).await;
        assert!(life.is_over(), "it died at write {at}");
        life.go_on();
        // Who comes next finishes it, by whatever name.
        if at % 3 == 0 && !pipeline::unfinished_runs(&engine).await.unwrap().is_empty() {
            pipeline::resume(&engine, &run, &Silent, &world.cancel)
                .await
                .unwrap();
        }
        let done = take_back(&world).await;
        assert!(
            matches!(
                done.actors[0].status,
                UndoStatus::Undone | UndoStatus::UndoneAlready
            ),
            "{at}: {done:?}"
        );
        assert_same(
            &without_trash(&world).await,
            &before,
            &format!("death at write {at}"),
        );
    }
}

/// Two pictures are paid for, of which the answer to one order was lost, and neither has come yet;
/// meanwhile a person puts another picture into the set.
async fn world_to_give_up() -> (World, Arc<Life>) {
    let (mut world, life) = empty_mortal_world();
    world.policy.target = SMALL_TARGET.parse().unwrap();
    world.generator = Arc::new(Generator::new(|order| match order {
        1 => Behaviour::Lost,
        _ => Behaviour::Good,
    }));
    let set = pictures(ACTOR, [2, 0, 0], &[]);
    world.actor(ACTOR, &set).await;
    give_objects(&world, ACTOR, &set, 1).await;
    let mut engine = world.engine();
    let late = Hooked::new(&world.generator).on_finish(|_, id| {
        Some(GenerateError::Deadline {
            id: id.clone(),
            waited: Duration::from_mins(10),
            status: "processing".into(),
            cost: Usd::ZERO,
        })
    });
    engine.generator = Some(Arc::new(late));
    let executed = world.try_start(&engine, Mode::Execute, Resume::No).await;
    assert_eq!(executed.unwrap().1.totals.failed, 1);
    assert_eq!(world.generator.bought(), 2);
    let mine = png(ImageClass::Photorealistic, 8, 4711);
    world
        .put(&format!("actors/{ACTOR}/training_data/{MINE}"), mine)
        .await;
    (world, life)
}

const MINE: &str = "mine.png";

async fn resume_all(world: &World) {
    let engine = world.engine();
    let Ok(runs) = pipeline::unfinished_runs(&engine).await else {
        return;
    };
    for run in runs {
        let _ = pipeline::resume(&engine, &run, &Silent, &world.cancel).await;
    }
}

#[tokio::test]
async fn a_death_at_any_write_of_giving_an_actor_up_loses_nothing_that_is_paid_for() {
    let (world, life) = world_to_give_up().await;
    life.begin(1_000_000, true);
    resume_all(&world).await;
    let writes = 1_000_000 - life.writes_left();
    assert!(writes > 10, "{writes} writes");
    for at in 1..=writes {
        for does_last in [false, true] {
            let when = format!("death at write {at}, done: {does_last}");
            let (world, life) = world_to_give_up().await;
            life.begin(at, does_last);
            resume_all(&world).await;
            assert!(life.is_over(), "{when}");
            life.go_on();
            resume_all(&world).await;
            let engine = world.engine();
            let left = pipeline::unfinished_runs(&engine).await.unwrap();
            assert!(left.is_empty(), "{when}: {left:?}");
            let aside = world.keys(&format!("trash/run-0/rejected/{ACTOR}")).await;
            assert_eq!(aside.len(), 2, "{when}: {aside:?}");
            assert_eq!(world.generator.bought(), 2, "{when}");
            assert_accounted_for(&world, &engine).await;
            assert_in_step(&world, ACTOR, &BTreeSet::from([MINE.to_owned()])).await;
            assert_eq!(world.entries(ACTOR).await.len(), 2, "{when}");
        }
    }
}
