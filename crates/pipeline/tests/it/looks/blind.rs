//! Models that do not look at their sheets are exposed, and their answers change nothing.

use super::{Calls, Judge, judging_world, quality, stored};
use crate::crashing_store::assert_same;
use crate::world::{World, pictures};
use results::{ActorStatus, Mode, RunReport};
use std::sync::Arc;
use tdbal_types::ImageClass;
use test_support::simulated::{Errors, Eye, SimulatedModel};
use verdict::LookPolicy;

const ACTORS: usize = 12;

fn actor(number: usize) -> String {
    format!("{}_actor", 9001 + number)
}

/// Actors with small sets that all need removals and new pictures.
async fn world_with_actors(actors: usize) -> World {
    let mut world = judging_world();
    world.control_every = 50;
    let target = "total=10,photorealistic=50,bw_stylized=30,color_stylized=20";
    world.policy.target = target.parse().unwrap();
    for number in 0..actors {
        let actor = actor(number);
        let set = pictures(&actor, [7 + number % 3, 2, 1], &[(0, 1), (1, 2), (2, 3)]);
        world.actor(&actor, &set).await;
    }
    world
}

fn blind_models() -> Vec<(&'static str, Eye)> {
    let template = [8, 7, 8, 9, 8, 7, 6]
        .into_iter()
        .zip(ImageClass::ALL.into_iter().cycle())
        .map(|(points, class)| (class, quality(points)));
    let of_recordings =
        [8, 8, 7, 8, 7, 6].map(|points| (ImageClass::Photorealistic, quality(points)));
    vec![
        (
            "photo",
            Eye::Constant(ImageClass::Photorealistic, quality(8)),
        ),
        ("ink", Eye::Constant(ImageClass::BwStylized, quality(8))),
        ("template", Eye::Template(template.collect())),
        ("scores", Eye::Template(of_recordings.to_vec())),
        ("random", Eye::Random),
        ("by picture", Eye::ByPicture),
    ]
}

fn assert_nothing_trusted(report: &RunReport, actors: usize, who: &str) {
    assert!(!report.suspicions.is_empty(), "{who}");
    assert_eq!(report.totals.unassessed, actors, "{who}");
    assert!(!report.changes, "{who}");
    let totals = &report.totals;
    assert_eq!((totals.to_remove, totals.to_generate), (0, 0), "{who}");
    assert_eq!((totals.removed, totals.generated), (0, 0), "{who}");
    assert_eq!(totals.questions, 0, "{who}");
    for reported in &report.actors {
        let ActorStatus::Unassessed { error } = &reported.status else {
            panic!("{who}: {:?}", reported.status);
        };
        for suspicion in &report.suspicions {
            assert!(error.contains(suspicion), "{who}: {error}");
        }
    }
}

#[tokio::test]
async fn answers_of_blind_models_change_nothing() {
    let mut cases = 0;
    for (who, eye) in blind_models() {
        let world = world_with_actors(ACTORS).await;
        let before = stored(&world).await;
        let blind = Arc::new(Judge::simulated(SimulatedModel { seed: 1, eye }));
        let report = world.run_judged_by(blind.clone(), Mode::Execute).await;
        assert_nothing_trusted(&report, ACTORS, who);
        assert!(blind.count().sheets >= 2 * ACTORS, "{who}");
        assert_same(&stored(&world).await, &before, who);
        assert_eq!(world.generator.bought(), 0, "{who}");
        let progress = world.output_json("progress-execute.json");
        assert_eq!(progress["failed_count"], ACTORS, "{who}");
        assert_eq!(progress["completed_count"], 0, "{who}");

        // Its answers are cached, and still not trusted.
        let report = world.run_judged_by(blind.clone(), Mode::Execute).await;
        assert_eq!(blind.count(), Calls::default(), "{who}");
        assert_nothing_trusted(&report, ACTORS, who);
        assert_same(&stored(&world).await, &before, who);

        cases += 1;
    }
    assert_eq!(cases, 6);
}

#[tokio::test]
async fn seeing_model_of_the_same_name_is_trusted_after_a_blind_one() {
    let mut world = world_with_actors(ACTORS).await;
    let eye = Eye::ByPicture;
    let blind = Arc::new(Judge::simulated(SimulatedModel { seed: 1, eye }));
    let report = world.run_judged_by(blind, Mode::Execute).await;
    assert_nothing_trusted(&report, ACTORS, "by picture");

    world.fresh = true;
    let honest = Arc::new(Judge::honest());
    let report = world.run_judged_by(honest.clone(), Mode::Execute).await;
    assert!(report.suspicions.is_empty(), "{:?}", report.suspicions);
    assert_eq!(report.totals.changed, ACTORS);
    assert!(report.totals.removed >= ACTORS, "{:?}", report.totals);
    let asked = honest.count();
    assert_eq!((asked.sheets, asked.controls), (2 * ACTORS, 1));
    let progress = world.output_json("progress-execute.json");
    assert_eq!(
        (&progress["failed_count"], &progress["completed_count"]),
        (&0.into(), &ACTORS.into())
    );
}

#[tokio::test]
async fn control_sheets_alone_expose_blind_models() {
    // A single actor has too few pictures, and no other actors, to compare with.
    let mut cases = 0;
    for (who, eye) in blind_models() {
        for seed in 0..3 {
            let world = world_with_actors(1).await;
            let before = stored(&world).await;
            let model = SimulatedModel {
                seed,
                eye: eye.clone(),
            };
            let blind = Arc::new(Judge::simulated(model));
            let report = world.run_judged_by(blind, Mode::Execute).await;
            assert_nothing_trusted(&report, 1, &format!("{who}, seed {seed}"));
            assert_same(&stored(&world).await, &before, who);
            cases += 1;
        }
    }
    assert_eq!(cases, 18);
}

#[tokio::test]
async fn pixels_alone_expose_blind_models() {
    let photo = Eye::Constant(ImageClass::Photorealistic, quality(8));
    let ink = Eye::Constant(ImageClass::BwStylized, quality(8));
    for (who, eye) in [
        ("photo", photo),
        ("ink", ink),
        ("by picture", Eye::ByPicture),
    ] {
        let mut world = world_with_actors(ACTORS).await;
        world.judging.look = LookPolicy::Close;
        world.control_every = 0;
        let before = stored(&world).await;
        let blind = Arc::new(Judge::simulated(SimulatedModel { seed: 1, eye }));
        let report = world.run_judged_by(blind.clone(), Mode::Execute).await;
        assert_nothing_trusted(&report, ACTORS, who);
        assert!(
            report.suspicions[0].starts_with("by the tone of their pixels"),
            "{who}"
        );
        let asked = blind.count();
        assert_eq!((asked.sheets, asked.controls), (0, 0));
        assert_same(&stored(&world).await, &before, who);
    }
}

#[tokio::test]
async fn seeing_model_with_errors_stays_trusted() {
    for seed in 0..3 {
        let world = world_with_actors(ACTORS).await;
        let errors = Errors {
            persistent: 0.10,
            passing: 0.05,
            quality_noise: 1,
            ..Errors::default()
        };
        let eye = Eye::Looks(errors);
        let judge = Arc::new(Judge::simulated(SimulatedModel { seed, eye }));
        let report = world.run_judged_by(judge, Mode::DryRun).await;
        assert!(report.suspicions.is_empty(), "{:?}", report.suspicions);
        assert_eq!(report.totals.unassessed, 0);
    }
}

#[tokio::test]
async fn uniform_one_sheet_recordings_are_not_suspected() {
    let world = world_with_actors(ACTORS).await;
    let constant = Eye::Constant(ImageClass::Photorealistic, quality(8));
    let model = SimulatedModel {
        seed: 1,
        eye: constant,
    };
    let recorded = Arc::new(Judge::simulated(model).with_one_sheet());
    let report = world.run_judged_by(recorded.clone(), Mode::DryRun).await;
    assert!(report.suspicions.is_empty());
    assert_eq!(report.totals.unassessed, 0);
    let asked = recorded.count();
    assert_eq!(asked, super::calls(ACTORS, 0));
}
