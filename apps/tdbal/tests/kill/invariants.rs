//! What holds in the end, however often the program was killed.

use crate::journal_reader::Log;
use crate::template::{Actor, Kind, WANTED, object_folder};
use crate::world::{World, say};
use balance_planner::Action;
use journal::run::record::{Ending, OrderKey, Step};
use journal::run::state::ChangeState;
use run_plan::plan::{PlannedChange, RunPlan};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use storage::place::Trashed;
use storage::sha256;
use tdbal_types::{ClassCounts, Digest, ImageName, RunId};
use test_support::pictures::decode;

type Pictures = BTreeMap<String, Digest>;

/// What the journals say about paid predictions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Pictures that joined sets.
    pub(crate) taken: usize,
    /// Reasons for rejected pictures.
    pub(crate) rejected: Vec<String>,
    /// Failed predictions.
    pub(crate) failed: usize,
    /// Predictions that may exist and were given up.
    pub(crate) given_up: usize,
}

/// Prints what was being tested if the test fails.
pub(crate) struct FailureContext(pub(crate) String);

impl Drop for FailureContext {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&self.0);
        }
    }
}

/// Checks everything: nothing is lost, orphaned or paid twice, and manifests, folders and buckets agree.
pub(crate) fn check(world: &World<'_>) -> Account {
    let journals = world.journals();
    let (logs, plans) = (journals.logs(), journals.plans());
    for log in &logs {
        assert!(!log.state.is_open(), "{} is left open", log.actor);
    }
    // A kill between the end of a journal and the removal of its marker leaves a marker without
    // effect, which `tdbal doctor --fix` removes.
    for (run, actor) in journals.markers() {
        let left = logs.iter().find(|log| log.run == run && log.actor == actor);
        assert!(
            left.is_none_or(|log| !log.state.is_open()),
            "{actor} is marked as open"
        );
    }
    let account = account(world, &logs);
    let mut added = 0;
    for (name, actor) in &world.template.actors {
        let own = logs.iter().filter(|log| log.actor.as_str() == *name);
        let own: Vec<&Log> = own.collect();
        let expected = expected(world, actor, &own, &plans);
        added += expected
            .keys()
            .filter(|name| !actor.pictures.contains_key(*name))
            .count();
        check_actor(world, name, actor, &expected);
    }
    assert_eq!(
        account.taken, added,
        "{account:?}: every accepted picture is in a set"
    );
    account
}

/// Whether every set is exactly on target.
pub(crate) fn check_targets(world: &World<'_>) {
    for (name, actor) in &world.template.actors {
        let folder = if actor.has_copies {
            world.data().join(format!("actors/{name}/training_data"))
        } else {
            world.objects().join(object_folder(name))
        };
        let classes: ClassCounts = pictures_in(&folder)
            .into_values()
            .map(|bytes| decode(&bytes).unwrap().0)
            .collect();
        assert_eq!(classes, WANTED, "{name}");
    }
}

/// The pictures that an actor has according to plans and journals.
fn expected(
    world: &World<'_>,
    actor: &Actor,
    logs: &[&Log],
    plans: &BTreeMap<RunId, RunPlan>,
) -> Pictures {
    let mut pictures = actor.pictures.clone();
    for log in logs {
        let section = &log.state.change;
        let planned = plans[&log.run]
            .actors
            .iter()
            .find(|planned| planned.actor == log.actor)
            .and_then(|planned| planned.assessed())
            .unwrap();
        check_rejected(world, log);
        if !section.committed {
            assert!(
                section.removed.is_empty(),
                "nothing is removed before the commit"
            );
            continue;
        }
        let before = pictures.clone();
        for (name, places) in &section.removed {
            let digest = before[name.as_str()];
            check_trash(world, name, &digest, places);
            let of_template = actor.pictures.contains_key(name.as_str());
            let count = usize::from(actor.has_objects) + usize::from(actor.has_copies);
            assert!(!of_template || places.len() == count, "{name}: {places:?}");
            if !section.reinstated.contains(name) {
                pictures.remove(name.as_str());
            }
        }
        let change = section.change.as_ref().unwrap();
        for added in &change.added {
            let clash = pictures.insert(added.name.to_string(), added.sha256);
            assert_eq!(clash, None, "{} had that name before", added.name);
        }
        if log.state.undo.as_ref().is_some_and(|undo| undo.done) {
            pictures = before;
        } else {
            check_plan(planned, log, section);
        }
    }
    pictures
}

/// Removed and new pictures are exactly those of the plan.
fn check_plan(planned: &PlannedChange, log: &Log, section: &ChangeState) {
    let removed: BTreeSet<&ImageName> = section
        .removed
        .keys()
        .filter(|name| !section.reinstated.contains(*name))
        .collect();
    let to_remove = planned.plan.with(Action::Remove);
    let to_remove: BTreeSet<&ImageName> = to_remove.map(|decision| &decision.name).collect();
    let generated: ClassCounts = log
        .state
        .taken()
        .iter()
        .map(|(key, ..)| key.class)
        .collect();
    match log.state.ending {
        Some(Ending::Complete) => {
            assert_eq!(removed, to_remove, "{}", log.actor);
            assert_eq!(generated, planned.plan.generate, "{}", log.actor);
        }
        _ => {
            assert!(removed.is_subset(&to_remove), "{}", log.actor);
            for (class, count) in generated.iter() {
                assert!(count <= planned.plan.generate[class], "{}", log.actor);
            }
        }
    }
}

/// A removed picture is in the trash of every store that had it, byte for byte.
fn check_trash(world: &World<'_>, name: &ImageName, digest: &Digest, places: &[Trashed]) {
    assert!(!places.is_empty(), "{name} is in no trash");
    for place in places {
        let bytes = world.bytes(&place.place.store, place.trash.as_str());
        let there = bytes.map(|bytes| sha256(&bytes));
        assert_eq!(there.as_ref(), Some(digest), "{name} at {}", place.trash);
    }
}

/// A rejected picture is in the trash, if it was ever stored.
fn check_rejected(world: &World<'_>, log: &Log) {
    for (key, paid) in log.state.paid().filter(|(_, paid)| paid.reject.is_some()) {
        let Some(file) = paid.file.as_ref().filter(|file| file.stored.is_some()) else {
            continue;
        };
        let places = file.trashed.as_ref();
        let places = places.unwrap_or_else(|| panic!("{key} of {} is not quarantined", log.actor));
        check_trash(world, &file.name, &file.sha256, places);
    }
}

/// Manifest, folder, bucket and actor manifest have the same pictures.
fn check_actor(world: &World<'_>, name: &str, actor: &Actor, expected: &Pictures) {
    let data = world.data();
    let folder = data.join(format!("actors/{name}/training_data"));
    let manifest = json(&folder.join("manifest.json"));
    let images = manifest["images"].as_object().unwrap();
    let in_manifest: BTreeSet<&String> = images.keys().collect();
    let names: BTreeSet<&String> = expected.keys().collect();
    assert_eq!(in_manifest, names, "{name}: the training manifest");
    assert_eq!(manifest["total_images"], expected.len(), "{name}");

    let in_folder = digests_in(&folder);
    let copies: Pictures = expected
        .iter()
        .filter(|(picture, _)| actor.has_copies || !actor.pictures.contains_key(*picture))
        .map(|(picture, digest)| (picture.clone(), *digest))
        .collect();
    assert_eq!(in_folder, copies, "{name}: the folder");

    if actor.has_objects {
        let in_bucket = digests_in(&world.objects().join(object_folder(name)));
        assert_eq!(in_bucket, *expected, "{name}: the bucket");
        for (picture, entry) in images {
            let url = format!("s3://{}/{}/{picture}", world.bucket, object_folder(name));
            assert_eq!(entry["s3_url"], url, "{name}");
        }
    } else if world.kind == Kind::Objects {
        assert!(
            !world.objects().join(object_folder(name)).exists(),
            "{name}"
        );
    }

    let id = name.split('_').next().unwrap();
    let own = json(&data.join(format!("actor_manifests/{id}_manifest.json")));
    let listed = own["training_data"].as_array().unwrap();
    let in_own: BTreeSet<&str> = listed
        .iter()
        .map(|entry| entry["filename"].as_str().unwrap())
        .collect();
    let names: BTreeSet<&str> = expected.keys().map(String::as_str).collect();
    assert_eq!(
        (in_own, listed.len()),
        (names, expected.len()),
        "{name}: the actor manifest"
    );
    assert_eq!(
        own["statistics"]["training_images_count"],
        expected.len(),
        "{name}"
    );
}

/// Outcome of a prediction.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Pending,
    Stored,
    Rejected(String),
    Failed,
}

impl Outcome {
    fn reason(&self) -> Option<String> {
        match self {
            Self::Rejected(why) => Some(why.clone()),
            _ => None,
        }
    }
}

/// Every prediction that exists is recorded once, with its outcome.
fn account(world: &World<'_>, logs: &[Log]) -> Account {
    let mut outcomes: BTreeMap<String, Outcome> = BTreeMap::new();
    let mut given_up = 0;
    for log in logs {
        let mut current: BTreeMap<OrderKey, (String, u64)> = BTreeMap::new();
        for record in &log.records {
            match &record.step {
                Step::Order { order, price, .. } => {
                    current.insert(*order, (String::new(), price.nanos()));
                }
                Step::Ordered {
                    order, prediction, ..
                } => {
                    let id = prediction.to_string();
                    current.get_mut(order).unwrap().0.clone_from(&id);
                    let twice = outcomes.insert(id, Outcome::Pending);
                    assert_eq!(twice, None, "{order} of {}", log.actor);
                }
                Step::Stored { order, .. } => {
                    outcomes.insert(current[order].0.clone(), Outcome::Stored);
                }
                Step::Reject { order, reason } => {
                    let why = format!("{order} of {}: {reason}", log.actor);
                    outcomes.insert(current[order].0.clone(), Outcome::Rejected(why));
                }
                Step::OrderFailed {
                    prediction: Some(id),
                    ..
                } => {
                    outcomes.insert(id.to_string(), Outcome::Failed);
                }
                Step::OrderGivenUp { order, cost } => {
                    given_up += usize::try_from(cost.nanos() / current[order].1).unwrap();
                }
                _ => {}
            }
        }
    }
    let created: BTreeSet<String> = world.replicate.paid().into_iter().map(|c| c.id).collect();
    let unknown: Vec<&String> = outcomes
        .keys()
        .filter(|id| !created.contains(*id))
        .collect();
    assert!(
        unknown.is_empty(),
        "these predictions do not exist: {unknown:?}"
    );
    let count =
        |wanted: fn(&Outcome) -> bool| outcomes.values().filter(|outcome| wanted(outcome)).count();
    let account = Account {
        taken: count(|outcome| *outcome == Outcome::Stored),
        rejected: outcomes.values().filter_map(Outcome::reason).collect(),
        failed: count(|outcome| *outcome == Outcome::Failed),
        given_up,
    };
    let reported = account.taken + account.rejected.len() + account.failed + account.given_up;
    assert_eq!(
        created.len(),
        reported,
        "predictions created: {account:?}, {outcomes:?}"
    );
    account
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The pictures in a folder, without files that an interrupted write left.
fn pictures_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name != "manifest.json" && !name.starts_with(".tdbal"))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

fn digests_in(folder: &Path) -> Pictures {
    pictures_in(folder)
        .into_iter()
        .map(|(name, bytes)| (name, sha256(&bytes)))
        .collect()
}
