//! The commands that take back, mend and delete for good are killed before and after every step, and
//! given again.

use crate::invariant::{When, check};
use crate::template::{Kind, object_folder};
use crate::trap::Trap;
use crate::world::{Servers, World};
use std::collections::BTreeMap;
use test_support::dataset::DataSet;

const EXECUTE: &[&str] = &["--all", "--execute"];

/// Steps of `tdbal undo`, of `tdbal doctor --fix` where a local copy is missing, and of
/// `tdbal trash purge`.
pub(crate) const UNDO: [&str; 8] = [
    "undo",
    "returned",
    "commit",
    "committed",
    "removed",
    "actor_manifest",
    "actor_manifest_written",
    "undone",
];
pub(crate) const FETCH: [&str; 4] = ["begun", "fetch", "fetched", "done"];
pub(crate) const PURGE: [&str; 1] = ["purged"];

/// All data and all objects, without trash and state.
fn everything(world: &World<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut all = DataSet::new(world.objects()).files();
    if world.kind != Kind::Bucket {
        let files = DataSet::new(world.data()).files();
        all.extend(
            files
                .into_iter()
                .map(|(name, bytes)| (format!("data/{name}"), bytes)),
        );
    }
    let is_kept = |name: &str| {
        name.split('/')
            .any(|part| part == "trash" || part.starts_with(".tdbal"))
    };
    all.retain(|name, _| !is_kept(name));
    all
}

fn run_of(world: &World<'_>) -> String {
    let plans = world.book().plans();
    assert_eq!(plans.len(), 1);
    plans.keys().next().unwrap().to_string()
}

/// Gives a command that is killed at a step.
fn die(world: &World<'_>, args: &[&str], point: &str) {
    let mut command = world.tdbal(args);
    command.env("TDBAL_FAIL_POINT", point);
    let ended = world.run_in(&Trap::open(), command);
    assert!(
        ended.was_killed(),
        "{args:?}: {}\n{}{}",
        ended.status,
        ended.out,
        ended.err
    );
}

/// All deaths of a command: before and after each step.
fn points(steps: &'static [&'static str]) -> impl Iterator<Item = String> {
    let moments = ["before", "after"];
    steps
        .iter()
        .flat_map(move |step| moments.map(|moment| format!("{moment}:{step}")))
}

fn assert_same(world: &World<'_>, before: &BTreeMap<String, Vec<u8>>) {
    let now = everything(world);
    let differs = |name: &&String| now.get(*name) != before.get(*name);
    let different: Vec<&String> = now.keys().chain(before.keys()).filter(differs).collect();
    assert!(different.is_empty(), "not as it was: {different:?}");
}

#[test]
fn an_undo_that_dies_anywhere_and_is_asked_for_again_gives_every_byte_back() {
    let servers = Servers::start();
    let mut deaths = 0;
    for point in points(&UNDO) {
        let kind = Kind::ALL[deaths % 3];
        let _when = When(format!("undo, {kind:?}, {point}"));
        let world = World::new(&servers, kind);
        let before = everything(&world);
        world.run_well(EXECUTE);
        check(&world);
        let run = run_of(&world);
        die(&world, &["undo", &run], &point);
        if deaths % 2 == 0 {
            world.run_well(&["resume"]);
        }
        world.run_well(&["undo", &run]);
        assert_same(&world, &before);
        assert!(world.book().logs().iter().all(|log| !log.state.is_open()));
        deaths += 1;
    }
    assert_eq!(deaths, 16);
}

#[test]
fn a_doctor_that_dies_anywhere_and_is_asked_again_fetches_what_is_missing() {
    let servers = Servers::start();
    let mut deaths = 0;
    for point in points(&FETCH) {
        let _when = When(format!("doctor, {point}"));
        let world = World::new(&servers, Kind::Objects);
        // Of one actor there is no local copy at all; of another, one is taken away.
        let mut whole = everything(&world);
        for actor in ["9101_a", "9102_b"] {
            for name in world.template.actors[actor].pictures.keys() {
                let object = &whole[&format!("{}/{name}", object_folder(actor))];
                let copy = format!("data/actors/{actor}/training_data/{name}");
                whole.insert(copy, object.clone());
            }
        }
        let folder = world.data().join("actors/9101_a/training_data");
        std::fs::remove_file(folder.join("9101_a_3.png")).unwrap();
        die(&world, &["doctor", "--fix"], &point);
        if deaths % 2 == 0 {
            world.run_well(&["resume"]);
        }
        world.run_well(&["doctor", "--fix"]);
        assert_same(&world, &whole);
        let logs = world.book().logs();
        assert!(logs.iter().all(|log| !log.state.is_open()));
        deaths += 1;
    }
    assert_eq!(deaths, 8);
}

#[test]
fn a_purge_that_dies_is_ended_by_the_next_one_and_touches_nothing_but_the_trash() {
    let servers = Servers::start();
    let mut deaths = 0;
    for point in points(&PURGE) {
        let _when = When(format!("purge, {point}"));
        let world = World::new(&servers, Kind::Objects);
        world.run_well(EXECUTE);
        let after = everything(&world);
        let purge = ["trash", "purge", "--older-than", "0s", "--yes"];
        die(&world, &purge, &point);
        world.run_well(&purge);
        assert_same(&world, &after);
        for root in [world.data(), world.objects()] {
            let files = DataSet::new(root).files().into_keys();
            let trash: Vec<String> = files.filter(|name| name.starts_with("trash/")).collect();
            assert!(trash.is_empty(), "{trash:?}");
        }
        deaths += 1;
    }
    assert_eq!(deaths, 2);
}
