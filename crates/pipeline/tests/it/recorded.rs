//! Recorded replies of the original system, with as many pictures as they have answers.

use crate::world::{World, pictures as pictures_of, png};
use results::{ActorStatus, Mode};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tdbal_types::ImageClass;
use test_support::fixtures::recorded_dir;

/// An actor with the classes of its reply.
type Recorded = (String, Vec<ImageClass>);

/// The recorded replies by actor, each with its classes by number.
fn replies() -> Option<(PathBuf, Vec<Recorded>)> {
    let folder = recorded_dir()?.join("evaluations");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let actor = name.strip_suffix("_evaluation.json").unwrap().to_owned();
        let reply: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let answers = reply["image_classifications"].as_array().unwrap();
        let mut classes: Vec<(u64, ImageClass)> = answers
            .iter()
            .map(|answer| {
                let class = answer["type"].as_str().unwrap().parse().unwrap();
                (answer["image_number"].as_u64().unwrap(), class)
            })
            .collect();
        classes.sort_by_key(|(number, _)| *number);
        found.push((actor, classes.into_iter().map(|(_, class)| class).collect()));
    }
    Some((folder, found))
}

/// Pictures whose pixels agree with these classes.
fn drawn(actor: &str, classes: &[ImageClass]) -> Vec<(String, Vec<u8>)> {
    let salt: u32 = actor.bytes().map(u32::from).sum();
    let numbered = (1..).zip(classes);
    numbered
        .map(|(number, class)| {
            let name = format!("{actor}_{number}.png");
            (name, png(*class, 5, 100 * salt + number))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_reply_yields_a_plan_that_ends_on_13_4_3() {
    let Some((folder, replies)) = replies() else {
        return;
    };
    assert_eq!(replies.len(), 49);
    let world = World::new();
    for (actor, classes) in &replies {
        world.actor(actor, &drawn(actor, classes)).await;
    }
    let model = Arc::new(vision_eval::Replay::new(&folder));
    let report = world.run_judged_by(model, Mode::DryRun).await;
    assert_eq!(report.totals.evaluated, 49);
    let mut contradicting = 0;
    for actor in &report.actors {
        let evaluation = world.output_json(&format!("{}_evaluation.json", actor.actor));
        match actor.status {
            ActorStatus::Balanced => assert_eq!(evaluation["is_balanced"], true),
            ActorStatus::ToChange => {
                assert_eq!(
                    actor.after.unwrap().to_string(),
                    "13/4/3",
                    "{}",
                    actor.actor
                );
            }
            _ => panic!("{actor:?}"),
        }
        let counts =
            |class: &str| evaluation["counts"][class] != evaluation[format!("{class}_count")];
        if ["photorealistic", "bw_stylized", "color_stylized"]
            .into_iter()
            .any(counts)
        {
            contradicting += 1;
            assert!(
                !evaluation["discrepancies"].as_array().unwrap().is_empty(),
                "{}",
                actor.actor
            );
        }
    }
    assert_eq!(contradicting, 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn reply_with_a_wrong_picture_count_is_not_used() {
    let Some((folder, replies)) = replies() else {
        return;
    };
    for change in [-1_isize, 1] {
        let world = World::new();
        for (actor, answers) in &replies {
            let pictures = answers.len().saturating_add_signed(change);
            let pictures = pictures_of(actor, [pictures, 0, 0], &[]);
            world.actor(actor, &pictures).await;
        }
        let model = Arc::new(vision_eval::Replay::new(&folder));
        let report = world.run_judged_by(model, Mode::DryRun).await;
        assert_eq!(report.totals.unassessed, 49, "{change}");
    }
}
