//! Sequences that once lost a picture or left an entry without its file, step by step.

use super::acts::{ACTORS, TARGETS};
use super::story::Story;
use crate::in_step::journals;
use crate::mortal::Moment;
use journal::run::record::{Change, Step};
use pipeline::Resume;
use results::Mode;
use tdbal_types::{ImageName, RunId};

const FOLDER: &str = ACTORS[1];

/// The write of the training manifest of the actor without objects: the commit of a change.
fn commit() -> Moment {
    Moment {
        key: format!("actors/{FOLDER}/training_data/manifest.json"),
    }
}

/// The write of that actor's own manifest.
fn actor_manifest() -> Moment {
    Moment {
        key: "actor_manifests/9002_manifest.json".into(),
    }
}

/// The change of that actor that was put on record last, of its run.
async fn last_change(story: &Story) -> (RunId, Change) {
    let mut last = None;
    for (run, actor, records) in journals(&story.world.engine()).await {
        let own = actor.as_str() == FOLDER;
        for record in records.into_iter().filter(|_| own) {
            if let Step::Commit(change) = record.step {
                last = Some((run.clone(), *change));
            }
        }
    }
    last.expect("a change is on record")
}

async fn execute_until(story: &mut Story, target: usize, moment: Moment, does_last: bool) {
    story.world.policy.target = TARGETS[target].parse().unwrap();
    story.life.end_at(moment, does_last);
    let engine = story.world.engine();
    let _ = story
        .world
        .try_start(&engine, Mode::Execute, Resume::Unfinished)
        .await;
    assert!(story.life.is_over(), "the process died");
    story.be_born_again();
}

async fn undo_until(story: &mut Story, run: &RunId, moment: Moment, does_last: bool) {
    story.life.end_at(moment, does_last);
    let _ = story.take_back(run).await;
    assert!(story.life.is_over(), "the process died");
    story.be_born_again();
}

/// A picture that is to leave is marked to be kept after the change is on record and before it is
/// committed.
#[tokio::test]
async fn keep_between_intent_and_commit_leaves_the_file() {
    let mut story = Story::begin().await;
    execute_until(&mut story, 0, commit(), false).await;
    let (_, change) = last_change(&story).await;
    let leaving = change.leaving.first().expect("a picture is to leave");
    story.keep_named(FOLDER, &leaving.name).await;
    story.end().await;
    let entries = story.world.entries(FOLDER).await;
    assert!(entries.contains(&leaving.name.to_string()), "{entries:?}");
}

/// Everything is kept: the change is withdrawn, and another one adds nothing and removes nothing.
#[tokio::test]
async fn keep_of_a_removal_without_generation_leaves_the_file() {
    let mut story = Story::begin().await;
    story.execute_whole(0).await;
    let set_of_five = story.add_named(1).await;
    execute_until(&mut story, 0, commit(), false).await;
    let (_, change) = last_change(&story).await;
    assert!(change.added.is_empty(), "{change:?}");
    for leaving in &change.leaving {
        story.keep_named(FOLDER, &leaving.name).await;
    }
    story.end().await;
    let files = story.world.files(FOLDER).await;
    for leaving in &change.leaving {
        assert!(files.contains(&leaving.name.to_string()), "{files:?}");
    }
    assert!(files.contains(&set_of_five), "{files:?}");
}

async fn executed() -> (Story, RunId, Change) {
    let mut story = Story::begin().await;
    story.execute_whole(2).await;
    let (run, change) = last_change(&story).await;
    (story, run, change)
}

fn first_leaving(change: &Change) -> &ImageName {
    &change.leaving.first().expect("a picture left").name
}

/// The undo wrote the training manifest and died before it could say so; then a person deletes one of
/// the pictures that came back.
#[tokio::test]
async fn deletion_after_an_unrecorded_undo_commit_is_final() {
    let (mut story, run, change) = executed().await;
    undo_until(&mut story, &run, commit(), true).await;
    let name = first_leaving(&change);
    story.delete_named(FOLDER, name).await;
    story.end().await;
    let entries = story.world.entries(FOLDER).await;
    assert!(!entries.contains(&name.to_string()), "{entries:?}");
    for added in &change.added {
        assert!(!entries.contains(&added.name.to_string()), "{entries:?}");
    }
}

/// The undo is committed and died before it wrote the actor manifest; then a person deletes one of
/// the pictures that came back.
#[tokio::test]
async fn deletion_before_the_actor_manifest_of_an_undo_is_final() {
    let (mut story, run, change) = executed().await;
    undo_until(&mut story, &run, actor_manifest(), false).await;
    let name = first_leaving(&change);
    story.delete_named(FOLDER, name).await;
    story.end().await;
    let entries = story.world.entries(FOLDER).await;
    assert!(!entries.contains(&name.to_string()), "{entries:?}");
}

/// An execution is committed and died before it wrote the actor manifest; then a person deletes a
/// picture that it generated.
#[tokio::test]
async fn deletion_before_the_actor_manifest_of_a_run_is_final() {
    let mut story = Story::begin().await;
    execute_until(&mut story, 0, actor_manifest(), false).await;
    let (_, change) = last_change(&story).await;
    let name = &change.added.first().expect("a picture came").name;
    story.delete_named(FOLDER, name).await;
    story.end().await;
    let entries = story.world.entries(FOLDER).await;
    assert!(!entries.contains(&name.to_string()), "{entries:?}");
}
