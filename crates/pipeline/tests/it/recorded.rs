//! Every real recorded reply, given as many pictures as it has answers.

use crate::world::{World, pictures};
use pipeline::{ActorStatus, Mode};
use serde_json::Value;
use std::sync::Arc;
use test_support::fixtures::recorded_dir;

/// The replies by actor, with the number of their answers.
fn replies() -> Option<(std::path::PathBuf, Vec<(String, usize)>)> {
    let folder = recorded_dir()?.join("evaluations");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let actor = name.strip_suffix("_evaluation.json").unwrap().to_owned();
        let reply: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        found.push((
            actor,
            reply["image_classifications"].as_array().unwrap().len(),
        ));
    }
    Some((folder, found))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_yields_a_plan_that_ends_on_13_4_3() {
    let Some((folder, replies)) = replies() else {
        return;
    };
    assert_eq!(replies.len(), 49);
    let world = World::new();
    for (actor, answers) in &replies {
        world
            .actor(actor, &pictures(actor, [*answers, 0, 0], &[]))
            .await;
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
async fn one_picture_more_or_fewer_and_nothing_is_said() {
    let Some((folder, replies)) = replies() else {
        return;
    };
    for change in [-1_isize, 1] {
        let world = World::new();
        for (actor, answers) in &replies {
            let pictures = pictures(actor, [answers.saturating_add_signed(change), 0, 0], &[]);
            world.actor(actor, &pictures).await;
        }
        let model = Arc::new(vision_eval::Replay::new(&folder));
        let report = world.run_judged_by(model, Mode::DryRun).await;
        assert_eq!(report.totals.unassessed, 49, "{change}");
    }
}
