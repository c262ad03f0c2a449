//! `tdbal undo`, `tdbal doctor --fix` and `tdbal trash purge` are killed before and after every step,
//! then repeated.

use crate::invariants::{FailureContext, check};
use crate::template::{Kind, object_folder};
use crate::trap::Trap;
use crate::world::{Servers, World};
use std::collections::BTreeMap;
use test_support::dataset::DataSet;

const EXECUTE: &[&str] = &["--all", "--execute"];

/// Steps of `tdbal undo`.
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
/// Steps of `tdbal doctor --fix` that fetch a missing local copy.
pub(crate) const FETCH: [&str; 4] = ["begun", "fetch", "fetched", "done"];
/// Steps of `tdbal trash purge`.
pub(crate) const PURGE: [&str; 1] = ["purged"];

/// Names and bytes of all data and objects, without the trash and the state folder.
fn snapshot(world: &World<'_>) -> BTreeMap<String, Vec<u8>> {
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
    let plans = world.journals().plans();
    assert_eq!(plans.len(), 1);
    plans.keys().next().unwrap().to_string()
}

/// Runs a command that is killed at a fail point.
fn kill(world: &World<'_>, args: &[&str], point: &str) {
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

/// Fail points before and after each step.
fn points(steps: &'static [&'static str]) -> impl Iterator<Item = String> {
    let moments = ["before", "after"];
    steps
        .iter()
        .flat_map(move |step| moments.map(|moment| format!("{moment}:{step}")))
}

fn assert_same(world: &World<'_>, before: &BTreeMap<String, Vec<u8>>) {
    let now = snapshot(world);
    let differs = |name: &&String| now.get(*name) != before.get(*name);
    let different: Vec<&String> = now.keys().chain(before.keys()).filter(differs).collect();
    assert!(different.is_empty(), "changed: {different:?}");
}

#[test]
fn killed_undo_restores_every_byte_when_repeated() {
    let servers = Servers::start();
    let mut kills = 0;
    for point in points(&UNDO) {
        let kind = Kind::ALL[kills % 3];
        let _context = FailureContext(format!("undo, {kind:?}, {point}"));
        let world = World::new(&servers, kind);
        let before = snapshot(&world);
        world.run_well(EXECUTE);
        check(&world);
        let run = run_of(&world);
        kill(&world, &["undo", &run], &point);
        if kills % 2 == 0 {
            world.run_well(&["resume"]);
        }
        world.run_well(&["undo", &run]);
        assert_same(&world, &before);
        assert!(
            world
                .journals()
                .logs()
                .iter()
                .all(|log| !log.state.is_open())
        );
        kills += 1;
    }
    assert_eq!(kills, 16);
}

#[test]
fn killed_fix_fetches_missing_copies_when_repeated() {
    let servers = Servers::start();
    let mut kills = 0;
    for point in points(&FETCH) {
        let _context = FailureContext(format!("doctor, {point}"));
        let world = World::new(&servers, Kind::Objects);
        // One actor has no local copies at all; another one lost a single copy.
        let mut whole = snapshot(&world);
        for actor in ["9101_a", "9102_b"] {
            for name in world.template.actors[actor].pictures.keys() {
                let object = &whole[&format!("{}/{name}", object_folder(actor))];
                let copy = format!("data/actors/{actor}/training_data/{name}");
                whole.insert(copy, object.clone());
            }
        }
        let folder = world.data().join("actors/9101_a/training_data");
        std::fs::remove_file(folder.join("9101_a_3.png")).unwrap();
        kill(&world, &["doctor", "--fix"], &point);
        if kills % 2 == 0 {
            world.run_well(&["resume"]);
        }
        world.run_well(&["doctor", "--fix"]);
        assert_same(&world, &whole);
        let logs = world.journals().logs();
        assert!(logs.iter().all(|log| !log.state.is_open()));
        kills += 1;
    }
    assert_eq!(kills, 8);
}

#[test]
fn killed_purge_deletes_only_the_trash_when_repeated() {
    let servers = Servers::start();
    let mut kills = 0;
    for point in points(&PURGE) {
        let _context = FailureContext(format!("purge, {point}"));
        let world = World::new(&servers, Kind::Objects);
        world.run_well(EXECUTE);
        let after = snapshot(&world);
        let purge = ["trash", "purge", "--older-than", "0s", "--yes"];
        kill(&world, &purge, &point);
        world.run_well(&purge);
        assert_same(&world, &after);
        for root in [world.data(), world.objects()] {
            let files = DataSet::new(root).files().into_keys();
            let trash: Vec<String> = files.filter(|name| name.starts_with("trash/")).collect();
            assert!(trash.is_empty(), "{trash:?}");
        }
        kills += 1;
    }
    assert_eq!(kills, 2);
}
