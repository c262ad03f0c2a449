//! Sequences that once lost a picture or left an entry without its file.

use super::actions::{ACTORS, TARGETS};
use super::scenario::Scenario;
use crate::invariants::journals;
use journal::run::record::{Change, Step};
use pipeline::Resume;
use results::Mode;
use tdbal_types::{ImageName, RunId};

const FOLDER: &str = ACTORS[1];

/// Key of the training manifest of the actor without objects. Writing it commits a change.
fn training_manifest() -> String {
    format!("actors/{FOLDER}/training_data/manifest.json")
}

/// Key of the actor manifest of that actor.
fn actor_manifest() -> String {
    "actor_manifests/9002_manifest.json".to_owned()
}

/// The last recorded change of that actor, with its run.
async fn last_change(scenario: &Scenario) -> (RunId, Change) {
    let mut last = None;
    for (run, actor, records) in journals(&scenario.world.executor()).await {
        let own = actor.as_str() == FOLDER;
        for record in records.into_iter().filter(|_| own) {
            if let Step::Commit(change) = record.step {
                last = Some((run.clone(), *change));
            }
        }
    }
    last.expect("a change is recorded")
}

async fn execute_until(scenario: &mut Scenario, target: usize, key: String, completes: bool) {
    scenario.world.policy.target = TARGETS[target].parse().unwrap();
    scenario.process.crash_at_key(key, completes);
    let executor = scenario.world.executor();
    let _ = scenario
        .world
        .try_start(&executor, Mode::Execute, Resume::Unfinished)
        .await;
    assert!(scenario.process.has_crashed(), "the process crashed");
    scenario.restart();
}

async fn undo_until(scenario: &mut Scenario, run: &RunId, key: String, completes: bool) {
    scenario.process.crash_at_key(key, completes);
    let _ = scenario.undo_run(run).await;
    assert!(scenario.process.has_crashed(), "the process crashed");
    scenario.restart();
}

/// A picture to be removed is put on the keep list after the change is recorded and before it is
/// committed.
#[tokio::test]
async fn keep_between_intent_and_commit_leaves_the_file() {
    let mut scenario = Scenario::new().await;
    execute_until(&mut scenario, 0, training_manifest(), false).await;
    let (_, change) = last_change(&scenario).await;
    let leaving = change.leaving.first().expect("a picture is to be removed");
    scenario.keep_named(FOLDER, &leaving.name).await;
    scenario.finish().await;
    let entries = scenario.world.entries(FOLDER).await;
    assert!(entries.contains(&leaving.name.to_string()), "{entries:?}");
}

/// All removals are put on the keep list: the change is withdrawn and the next one is empty.
#[tokio::test]
async fn keep_of_a_removal_without_generation_leaves_the_file() {
    let mut scenario = Scenario::new().await;
    scenario.execute_whole(0).await;
    let set_of_five = scenario.add_named(1).await;
    execute_until(&mut scenario, 0, training_manifest(), false).await;
    let (_, change) = last_change(&scenario).await;
    assert!(change.added.is_empty(), "{change:?}");
    for leaving in &change.leaving {
        scenario.keep_named(FOLDER, &leaving.name).await;
    }
    scenario.finish().await;
    let files = scenario.world.files(FOLDER).await;
    for leaving in &change.leaving {
        assert!(files.contains(&leaving.name.to_string()), "{files:?}");
    }
    assert!(files.contains(&set_of_five), "{files:?}");
}

async fn executed() -> (Scenario, RunId, Change) {
    let mut scenario = Scenario::new().await;
    scenario.execute_whole(2).await;
    let (run, change) = last_change(&scenario).await;
    (scenario, run, change)
}

fn first_removed(change: &Change) -> &ImageName {
    &change.leaving.first().expect("a picture was removed").name
}

/// The undo crashes after it wrote the training manifest and before it recorded that; then a person
/// deletes one of the restored pictures.
#[tokio::test]
async fn deletion_after_an_unrecorded_undo_commit_is_final() {
    let (mut scenario, run, change) = executed().await;
    undo_until(&mut scenario, &run, training_manifest(), true).await;
    let name = first_removed(&change);
    scenario.delete_named(FOLDER, name).await;
    scenario.finish().await;
    let entries = scenario.world.entries(FOLDER).await;
    assert!(!entries.contains(&name.to_string()), "{entries:?}");
    for added in &change.added {
        assert!(!entries.contains(&added.name.to_string()), "{entries:?}");
    }
}

/// The undo is committed and crashes before it writes the actor manifest; then a person deletes one of
/// the restored pictures.
#[tokio::test]
async fn deletion_before_the_actor_manifest_of_an_undo_is_final() {
    let (mut scenario, run, change) = executed().await;
    undo_until(&mut scenario, &run, actor_manifest(), false).await;
    let name = first_removed(&change);
    scenario.delete_named(FOLDER, name).await;
    scenario.finish().await;
    let entries = scenario.world.entries(FOLDER).await;
    assert!(!entries.contains(&name.to_string()), "{entries:?}");
}

/// An execution is committed and crashes before it writes the actor manifest; then a person deletes a
/// picture that it generated.
#[tokio::test]
async fn deletion_before_the_actor_manifest_of_a_run_is_final() {
    let mut scenario = Scenario::new().await;
    execute_until(&mut scenario, 0, actor_manifest(), false).await;
    let (_, change) = last_change(&scenario).await;
    let name = &change.added.first().expect("a picture was generated").name;
    scenario.delete_named(FOLDER, name).await;
    scenario.finish().await;
    let entries = scenario.world.entries(FOLDER).await;
    assert!(!entries.contains(&name.to_string()), "{entries:?}");
}

/// An execution crashes after its commit; then a person lists a removed picture again whose file is
/// still there.
#[tokio::test]
async fn picture_listed_again_after_the_commit_keeps_its_file() {
    let mut scenario = Scenario::new().await;
    execute_until(&mut scenario, 0, training_manifest(), true).await;
    let (_, change) = last_change(&scenario).await;
    let name = first_removed(&change).clone();
    scenario.list_named(FOLDER, &name).await;
    scenario.finish().await;
    let entries = scenario.world.entries(FOLDER).await;
    assert!(entries.contains(&name.to_string()), "{entries:?}");
    let files = scenario.world.files(FOLDER).await;
    assert!(files.contains(&name.to_string()), "{files:?}");
}

/// An undo restores everything that a run removed and crashes after its commit; then a person deletes
/// all of it.
#[tokio::test]
async fn deletion_of_all_restored_pictures_is_final() {
    let mut scenario = Scenario::new().await;
    scenario.execute_whole(0).await;
    scenario.add_named(1).await;
    scenario.execute_whole(0).await;
    let (run, change) = last_change(&scenario).await;
    assert!(change.added.is_empty(), "{change:?}");
    undo_until(&mut scenario, &run, training_manifest(), true).await;
    let entries = scenario.world.entries(FOLDER).await;
    let restored = change.leaving.iter().map(|leaving| &leaving.name);
    let restored: Vec<_> = restored
        .filter(|name| entries.contains(&name.to_string()))
        .cloned()
        .collect();
    for name in &restored {
        scenario.delete_named(FOLDER, name).await;
    }
    scenario.finish().await;
    let entries = scenario.world.entries(FOLDER).await;
    for name in &restored {
        assert!(!entries.contains(&name.to_string()), "{entries:?}");
    }
}

/// An execution crashes before its commit; then a person lists one of the pictures that it generated.
#[tokio::test]
async fn generated_picture_listed_before_the_commit_stays() {
    let mut scenario = Scenario::new().await;
    execute_until(&mut scenario, 2, training_manifest(), false).await;
    let (_, change) = last_change(&scenario).await;
    let name = change.added.first().expect("a picture came").name.clone();
    scenario.list_named(FOLDER, &name).await;
    scenario.finish().await;
    let files = scenario.world.files(FOLDER).await;
    assert!(files.contains(&name.to_string()), "{files:?}");
}
