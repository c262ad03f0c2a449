//! The process dies before or after any write: going on ends where an undisturbed run ends.

use crate::mortal::{assert_same, comparable, everything, go_on, mortal_world, without_trash};
use crate::world::{ACTOR, World};
use pipeline::{Mode, Resume, Silent, UndoStatus};
use std::collections::BTreeMap;

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

async fn take_back(world: &World) -> pipeline::UndoReport {
    let engine = world.engine();
    let run = tdbal_types::RunId::new("run-0").unwrap();
    pipeline::undo(&engine, &run, None, false, &Silent, &world.cancel)
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
    let looked = pipeline::undo(&engine, &run, None, true, &Silent, &world.cancel)
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
        let _ = pipeline::undo(&engine, &run, None, false, &Silent, &world.cancel).await;
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
