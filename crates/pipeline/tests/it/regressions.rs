//! The causes of the failures of the original system (the scripts that tdbal replaces), one test each.
//! Cause 1, numbers on the sheet, is tested in `composite`; cause 10, exit statuses, with the binary.

use crate::world::{ACTOR, Behaviour, Generator, LookingModel, World, pictures, png};
use results::{ActorStatus, Mode};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use storage::{Effect, Failing, Operation, Rule};
use tdbal_types::{ImageClass, ImageName};

fn names(list: &[ImageName]) -> Vec<&str> {
    list.iter().map(ImageName::as_str).collect()
}

#[tokio::test]
async fn cause_02_unreadable_file_does_not_shift_numbers() {
    for broken in [0, 7, 19] {
        let world = World::new();
        // The 10th photograph is the worst; the broken file comes before or after it.
        let mut set = pictures(ACTOR, [14, 4, 3], &[(9, 1)]);
        set.insert(
            broken,
            (
                format!("{ACTOR}_50.png"),
                b"\x89PNG\r\n\x1a\nbroken".to_vec(),
            ),
        );
        world.actor(ACTOR, &set).await;
        let report = world.run(Mode::Execute).await;
        assert_eq!(
            names(&report.actors[0].removed),
            [format!("{ACTOR}_10.png")],
            "{broken}"
        );
        assert_eq!(
            names(&report.actors[0].unreadable),
            [format!("{ACTOR}_50.png")]
        );
        assert!(
            world
                .files(ACTOR)
                .await
                .contains(&format!("{ACTOR}_50.png")),
            "removing it was not requested"
        );
    }
}

#[tokio::test]
async fn cause_03_pictures_keep_the_names_they_were_judged_by() {
    let world = World::new();
    // By name "_10" comes before "_2", by index it does not. Number 2 is the worst of its class.
    world
        .actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[(1, 2)]))
        .await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(names(&report.actors[0].removed), [format!("{ACTOR}_2.png")]);
    let evaluation = world.output_json(&format!("{ACTOR}_evaluation.json"));
    assert_eq!(
        evaluation["pictures"][1]["file_name"],
        format!("{ACTOR}_2.png")
    );
    assert_eq!(evaluation["pictures"][1]["image_number"], 2);
}

#[tokio::test]
async fn cause_04_sums_and_lists_of_the_model_are_only_recorded() {
    let mut world = World::new();
    let distort = |reply: &mut serde_json::Value| {
        let answers: Vec<_> = reply["pictures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| json!({"image_number": p["number"], "type": p["class"], "quality_score": p["quality"]}))
            .collect();
        *reply = json!({
            "image_classifications": answers,
            "counts": {"photorealistic": 1, "bw_stylized": 1, "color_stylized": 1},
            "recommendations": {"delete_photorealistic": [1, 2, 3], "generate_photorealistic": 3},
            "analysis": "delete everything",
        });
    };
    world.model = Arc::new(LookingModel {
        distort: Some(distort),
        ..LookingModel::default()
    });
    world
        .actor(ACTOR, &pictures(ACTOR, [14, 4, 3], &[(5, 2)]))
        .await;
    let report = world.run(Mode::DryRun).await;
    assert_eq!(
        names(&report.actors[0].to_remove),
        [format!("{ACTOR}_6.png")]
    );
    assert_eq!(report.actors[0].to_generate.total(), 0);
    let evaluation = world.output_json(&format!("{ACTOR}_evaluation.json"));
    assert_eq!(evaluation["photorealistic_count"], 14);
    assert_eq!(
        evaluation["counts"]["photorealistic"], 1,
        "recorded as the opinion of the model"
    );
    assert!(!evaluation["discrepancies"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn cause_05_new_picture_never_reuses_a_name() {
    let world = World::new();
    // Six pictures, the highest number 19, and number 25 once removed by an earlier run.
    let mut set = pictures(ACTOR, [12, 4, 3], &[]);
    set[18].0 = format!("{ACTOR}_40.png");
    world.actor(ACTOR, &set).await;
    world
        .put(
            &format!("trash/old/actors/{ACTOR}/training_data/{ACTOR}_61.png"),
            "gone",
        )
        .await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(
        names(&report.actors[0].generated),
        [format!("{ACTOR}_62.jpg")]
    );
    for (name, bytes) in set {
        let key = format!("actors/{ACTOR}/training_data/{name}");
        assert_eq!(
            world.get(&key).await.unwrap(),
            bytes,
            "{name} was overwritten"
        );
    }
}

#[tokio::test]
async fn cause_06_entry_stays_if_its_picture_cannot_be_removed() {
    for operation in [Operation::Copy, Operation::Delete] {
        let mut world = World::new();
        let set = pictures(ACTOR, [15, 4, 3], &[(0, 1), (1, 2)]);
        world.actor(ACTOR, &set).await;
        let stuck = format!("{ACTOR}_1.png");
        let is_stuck = {
            let stuck = stuck.clone();
            move |key: &str| key.ends_with(&stuck)
        };
        let rule = Rule::new([operation], Effect::Transient).on(is_stuck);
        let failing = Failing::new(world.data.clone());
        failing.inject(rule);
        world.data = Arc::new(failing);
        let report = world.run(Mode::Execute).await;
        let ActorStatus::Failed { error } = &report.actors[0].status else {
            panic!("{:?}", report.actors[0].status)
        };
        assert!(error.contains(&stuck), "{error}");
        assert_eq!(names(&report.actors[0].removed), [format!("{ACTOR}_2.png")]);
        let entries = world.entries(ACTOR).await;
        assert!(entries.contains(&stuck) && !entries.contains(&format!("{ACTOR}_2.png")));
        assert!(world.files(ACTOR).await.contains(&stuck));
    }
}

#[tokio::test]
async fn cause_06_unreadable_manifest_is_not_changed() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [15, 4, 3], &[])).await;
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    world.put(&key, "{\"images\": {").await;
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{:?}", report.actors[0].status)
    };
    assert!(
        error.contains("Failed to load manifest") && error.contains(&key),
        "{error}"
    );
    assert_eq!(world.get(&key).await.unwrap(), "{\"images\": {");
    assert_eq!(world.files(ACTOR).await.len(), 22);
    assert!(world.keys("trash").await.is_empty());
}

#[tokio::test]
async fn cause_07_second_run_finds_nothing_to_do_and_buys_nothing() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [16, 2, 3], &[])).await;
    let first = world.run(Mode::Execute).await;
    assert_eq!(first.totals.changed, 1);
    assert_eq!(world.generator.bought(), 2);
    let before = world.manifest(ACTOR).await;
    let second = world.run(Mode::Execute).await;
    assert_eq!((second.totals.balanced, second.totals.removed), (1, 0));
    assert_eq!(world.generator.bought(), 2);
    assert_eq!(world.manifest(ACTOR).await, before);
}

#[tokio::test]
async fn cause_08_missing_generated_pictures_prevent_all_removals() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|n| {
        if n == 0 {
            Behaviour::Good
        } else {
            Behaviour::Flagged
        }
    }));
    world.actor(ACTOR, &pictures(ACTOR, [16, 2, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{:?}", report.actors[0].status)
    };
    assert!(
        error.starts_with("1 of 2 pictures were generated"),
        "{error}"
    );
    assert_eq!(
        world.files(ACTOR).await.len(),
        22,
        "21 pictures and the one that arrived"
    );
    assert_eq!(world.entries(ACTOR).await.len(), 22);
    assert!(report.actors[0].removed.is_empty());
    // Two orders, and two more prompts for the one that was flagged.
    assert_eq!(world.generator.bought(), 4);
}

#[tokio::test]
async fn cause_09_dry_run_results_are_not_taken_for_changes() {
    let world = World::new();
    world
        .actor("9001_a", &pictures("9001_a", [14, 4, 3], &[]))
        .await;
    // A second actor that fails keeps the dry run unfinished, so it could be resumed.
    world
        .actor("9002_b", &pictures("9002_b", [14, 4, 3], &[]))
        .await;
    world
        .put("actors/9002_b/training_data/manifest.json", "nonsense")
        .await;
    let dry_run = world.run(Mode::DryRun).await;
    assert_eq!((dry_run.totals.to_change, dry_run.totals.failed), (1, 1));
    let done = world.run(Mode::Execute).await;
    assert_eq!((done.totals.changed, done.totals.removed), (1, 1));
}

#[tokio::test]
async fn cause_11_more_pictures_than_prompts_can_be_generated() {
    let mut world = World::new();
    world.policy.target = "total=60,photorealistic=0,bw_stylized=0,color_stylized=100"
        .parse()
        .unwrap();
    world
        .actor(
            ACTOR,
            &[(
                format!("{ACTOR}_1.png"),
                png(ImageClass::ColorStylized, 5, 1),
            )],
        )
        .await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].generated.len(), 59);
    let prompts = world.generator.prompts.lock().unwrap().clone();
    let distinct: BTreeSet<&String> = prompts.iter().collect();
    assert_eq!(
        (prompts.len(), distinct.len()),
        (59, 59),
        "no prompt was used twice"
    );
}
