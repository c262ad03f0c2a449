//! `tdbal undo`, `tdbal doctor --fix` and `tdbal trash purge` are killed before and after every step,
//! then repeated.

use crate::fail_points::name;
use crate::invariants::{FailureContext, check};
use crate::template::{Kind, object_folder};
use crate::trap::Trap;
use crate::world::{Servers, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
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
/// Steps of `tdbal doctor --fix` that repair both manifests of an actor.
pub(crate) const REPAIR: [&str; 6] = [
    "begun",
    "commit",
    "committed",
    "actor_manifest",
    "actor_manifest_written",
    "done",
];
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

/// Damages an actor: a picture without an entry, a wrong total and a picture that is listed twice.
fn damage(world: &World<'_>) {
    let folder = world.data().join("actors/9101_a/training_data");
    std::fs::copy(folder.join("9101_a_1.png"), folder.join("mine.png")).unwrap();
    edit(&folder.join("manifest.json"), |manifest| {
        manifest["total_images"] = 99.into();
    });
    let actor_manifest = world.data().join("actor_manifests/9101_manifest.json");
    edit(&actor_manifest, |manifest| {
        let listed = manifest["training_data"].as_array_mut().unwrap();
        listed.push(listed[0].clone());
    });
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(path, manifest.to_string()).unwrap();
}

/// The snapshot without what differs between worlds: times, the mark of the last run in manifests, and
/// the name of the bucket.
fn comparable(world: &World<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut all = snapshot(world);
    for (name, bytes) in &mut all {
        if name.ends_with("manifest.json") {
            let mut manifest: Value = serde_json::from_slice(bytes).unwrap();
            remove_times(&mut manifest);
            let text = manifest.to_string().replace(&world.bucket, "BUCKET");
            *bytes = text.into_bytes();
        }
    }
    all
}

/// Fields that differ from run to run.
const TIMES: [&str; 5] = [
    "created_at",
    "generated_at",
    "last_change",
    "training_data_updated",
    "updated_at",
];

fn remove_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !TIMES.contains(&name.as_str()));
            fields.values_mut().for_each(remove_times);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_times),
        _ => {}
    }
}

/// The state after a fix that nothing kills.
fn fixed(servers: &Servers, kind: Kind) -> BTreeMap<String, Vec<u8>> {
    let world = World::new(servers, kind);
    damage(&world);
    world.run_well(&["doctor", "--fix"]);
    let logs = world.journals().logs();
    let records = logs.iter().flat_map(|log| &log.records);
    let steps: BTreeSet<&str> = records.map(|record| name(&record.step)).collect();
    for step in REPAIR {
        assert!(steps.contains(step), "no {step}: {steps:?}");
    }
    comparable(&world)
}

#[test]
fn killed_fix_repairs_manifests_when_repeated() {
    let servers = Servers::start();
    let expected = Kind::ALL.map(|kind| fixed(&servers, kind));
    let mut kills = 0;
    for point in points(&REPAIR) {
        for (kind, expected) in Kind::ALL.into_iter().zip(&expected) {
            let _context = FailureContext(format!("fix, {kind:?}, {point}"));
            let world = World::new(&servers, kind);
            damage(&world);
            kill(&world, &["doctor", "--fix"], &point);
            if kills % 2 == 0 {
                world.run_well(&["resume"]);
            }
            world.run_well(&["doctor", "--fix"]);
            let now = comparable(&world);
            let differs = |name: &&String| now.get(*name) != expected.get(*name);
            let names = now.keys().chain(expected.keys());
            let different: Vec<&String> = names.filter(differs).collect();
            assert!(different.is_empty(), "changed: {different:?}");
            let logs = world.journals().logs();
            assert!(logs.iter().all(|log| !log.state.is_open()));
            kills += 1;
        }
    }
    assert_eq!(kills, 36);
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
