//! Labels by people override the model.

use super::{
    Calls, Judge, calls, classes, decision, evaluation, id, judging_world, name, names, quality,
    record, rename, stored,
};
use crate::crashing_store::assert_same;
use crate::world::{ACTOR, World, pictures};
use balance_planner::{Action, Reason};
use dataset::people::labels::{Labels, Statement, Wish, edit_labels};
use pipeline::Resume;
use results::{ActorStatus, Mode, RunReport, Silent};
use run_plan::plan::RunPlan;
use std::sync::Arc;
use storage::sha256;
use tdbal_types::{Confidence, Digest, ImageClass};
use verdict::{Label, Rule};

/// A statement about a picture of the actor that says nothing yet.
fn statement_about(file: &str) -> Statement {
    Statement {
        actor: id(ACTOR),
        file: name(file),
        class: None,
        quality: None,
        wish: None,
        said_at: "2026-11-22T11:00:00.000000".into(),
        said_by: "me".into(),
    }
}

async fn add_statement(world: &World, picture: &[u8], statement: Statement) {
    let executor = world.executor();
    let digest: Digest = sha256(picture);
    edit_labels(executor.data.journals.as_ref(), |labels: &mut Labels| {
        labels.say(digest, statement.clone());
    })
    .await
    .unwrap();
}

/// An actor with 16, 4 and 3 pictures per class; the first three photographs are the weakest.
async fn world_with_surplus() -> (World, Vec<(String, Vec<u8>)>) {
    let world = judging_world();
    let set = pictures(ACTOR, [16, 4, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([16, 4, 3])).await;
    (world, set)
}

#[tokio::test]
async fn label_overrides_the_model_and_survives_a_rename() {
    let (world, set) = world_with_surplus().await;
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(report.actors[0].to_remove.len(), 3);
    assert_eq!(judge.count(), calls(2, 3));

    // The weakest photograph is labelled as good ink, so one photograph fewer is surplus.
    let statement = Statement {
        class: Some(ImageClass::BwStylized),
        quality: Some(quality(9)),
        ..statement_about(&set[0].0)
    };
    add_statement(&world, &set[0].1, statement).await;
    rename(&world, ACTOR, &set[0].0, "9001_renamed.png").await;
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let reported = &report.actors[0];
    // One ink picture is surplus now, and had no close look yet.
    assert_eq!(judge.count(), calls(0, 1));
    assert_eq!(reported.before.unwrap().to_string(), "15/5/3");
    let evaluation = evaluation(&world, ACTOR).await;
    let judged = evaluation.judged(&name("9001_renamed.png")).unwrap();
    assert_eq!(judged.verdict.class, ImageClass::BwStylized);
    assert_eq!(judged.verdict.quality, quality(9));
    assert_eq!(judged.verdict.confidence, Confidence::Sure);
    assert_eq!(judged.verdict.rules, [Rule::Person]);
    let label = Label {
        class: Some(ImageClass::BwStylized),
        quality: Some(quality(9)),
    };
    assert_eq!(judged.label, Some(label));
    assert_eq!(judged.votes[&1].class, ImageClass::Photorealistic);
    assert!(!reported.to_remove.contains(&name("9001_renamed.png")));
    assert!(reported.to_remove.contains(&name(&set[1].0)));
    assert!(reported.to_remove.contains(&name(&set[2].0)));
}

#[tokio::test]
async fn labelled_pictures_are_not_asked_about() {
    let (world, set) = world_with_surplus().await;
    for (at, (file, bytes)) in set.iter().enumerate() {
        let statement = Statement {
            class: Some(classes([16, 4, 3])[at]),
            quality: Some(quality(if at < 3 { 1 } else { 6 })),
            ..statement_about(file)
        };
        add_statement(&world, bytes, statement).await;
    }
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    assert_eq!(judge.count(), Calls::default());
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    let three: Vec<_> = set[..3].iter().map(|(file, _)| name(file)).collect();
    assert_eq!(report.actors[0].removed, three);
    assert_eq!(report.totals.cost_usd, tdbal_types::Usd::ZERO);
}

#[tokio::test]
async fn requests_to_keep_and_remove_are_followed() {
    let (world, set) = world_with_surplus().await;
    let request = |at: usize, wish: Wish| {
        let (file, bytes) = (&set[at].0, &set[at].1);
        let statement = Statement {
            wish: Some(wish),
            ..statement_about(file)
        };
        add_statement(&world, bytes, statement)
    };
    request(0, Wish::Keep).await;
    // The best picture can be removed as well if a person wants it; it is replaced.
    request(16, Wish::Remove).await;
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    let reported = &report.actors[0];
    assert_eq!(reported.status, ActorStatus::Changed);
    // The last by name among the photographs of quality 5 is removed instead of the first.
    let removed = [&*set[16].0, &*set[1].0, &*set[2].0, &*set[8].0];
    assert_eq!(reported.removed, names(&removed));
    assert_eq!(reported.to_generate.to_string(), "0/1/0");
    // Close looks: three removals and the generated picture, but not the one a person wants removed.
    assert_eq!(judge.count(), calls(2, 4));
    let evaluation = evaluation(&world, ACTOR).await;
    let kept = decision(&evaluation, &set[0].0);
    assert_eq!(
        (kept.action, &kept.reason),
        (Action::Keep, &Reason::KeptByHand)
    );
    let removed = decision(&evaluation, &set[16].0);
    assert_eq!(removed.reason, Reason::RemovedByHand);
    assert_eq!(evaluation.protection.kept.len(), 1);
    assert_eq!(evaluation.protection.to_remove.len(), 1);
    let entries = world.entries(ACTOR).await;
    assert!(entries.contains(&set[0].0) && !entries.contains(&set[16].0));
    assert_eq!(entries.len(), 20);
}

async fn plan(world: &World) -> RunPlan {
    let executor = world.executor();
    let planned = world.try_start(&executor, Mode::DryRun, Resume::No).await;
    planned.unwrap().0
}

async fn apply(world: &World, plan: &RunPlan) -> RunReport {
    let executor = world.executor();
    pipeline::apply(&executor, plan, &Silent, &world.cancel)
        .await
        .unwrap()
}

/// When a statement is made: after the plan, or before it and withdrawn afterwards.
enum Timing {
    AfterPlan(Statement),
    WithdrawnAfterPlan(Statement),
}

#[tokio::test]
async fn apply_refuses_plans_that_newer_labels_contradict() {
    let color = |file: &str| Statement {
        class: Some(ImageClass::ColorStylized),
        quality: Some(quality(9)),
        ..statement_about(file)
    };
    let photo = |file: &str| Statement {
        class: Some(ImageClass::Photorealistic),
        ..statement_about(file)
    };
    let request = |file: &str, wish: Wish| Statement {
        wish: Some(wish),
        ..statement_about(file)
    };
    let (first, eleventh) = ("9001_test_1.png", "9001_test_11.png");
    let cases = [
        (
            Timing::AfterPlan(color(first)),
            "9001_test_1.png was labelled color_stylized",
        ),
        // The plan keeps this picture, but counts it among the photographs.
        (
            Timing::AfterPlan(color(eleventh)),
            "9001_test_11.png was labelled color_stylized",
        ),
        (
            Timing::AfterPlan(request(first, Wish::Keep)),
            "9001_test_1.png was added to the keep list",
        ),
        (
            Timing::WithdrawnAfterPlan(request(eleventh, Wish::Remove)),
            "the request to remove 9001_test_11.png was withdrawn",
        ),
        (
            Timing::WithdrawnAfterPlan(photo(first)),
            "the label photorealistic of 9001_test_1.png was withdrawn",
        ),
    ];
    for (timing, why) in cases {
        let (world, set) = world_with_surplus().await;
        let (Timing::AfterPlan(statement) | Timing::WithdrawnAfterPlan(statement)) = &timing;
        let (_, bytes) = set
            .iter()
            .find(|(file, _)| *file == statement.file.as_str())
            .unwrap();
        let plan = match &timing {
            Timing::AfterPlan(statement) => {
                let plan = plan(&world).await;
                add_statement(&world, bytes, statement.clone()).await;
                plan
            }
            Timing::WithdrawnAfterPlan(statement) => {
                add_statement(&world, bytes, statement.clone()).await;
                let plan = plan(&world).await;
                let executor = world.executor();
                let forgotten = edit_labels(executor.data.journals.as_ref(), |labels| {
                    labels.forget(&sha256(bytes))
                });
                assert_eq!(forgotten.await.unwrap().len(), 1, "{why}");
                plan
            }
        };
        let before = stored(&world).await;
        let report = apply(&world, &plan).await;
        let ActorStatus::Failed { error } = &report.actors[0].status else {
            panic!("{report:?}");
        };
        assert!(error.contains(why), "{error}");
        assert!(error.contains("nothing was touched"), "{error}");
        assert_same(&stored(&world).await, &before, why);
        // A new plan includes the statement.
        let report = world.run(Mode::Execute).await;
        assert_eq!(report.actors[0].status, ActorStatus::Changed, "{why}");
    }
}

#[tokio::test]
async fn labelled_unreadable_picture_is_removed_as_planned() {
    let (world, mut set) = world_with_surplus().await;
    set[5].1 = b"no picture".to_vec();
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([16, 4, 3])).await;
    let statement = Statement {
        class: Some(ImageClass::Photorealistic),
        wish: Some(Wish::Remove),
        ..statement_about(&set[5].0)
    };
    add_statement(&world, &set[5].1, statement).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed, "{report:?}");
    assert!(report.actors[0].removed.contains(&name(&set[5].0)));
}

#[tokio::test]
async fn apply_refuses_removal_of_a_picture_labelled_better() {
    let (world, set) = world_with_surplus().await;
    let plan = plan(&world).await;
    let better = Statement {
        quality: Some(quality(10)),
        ..statement_about(&set[0].0)
    };
    add_statement(&world, &set[0].1, better).await;
    let report = apply(&world, &plan).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(
        error.contains("9001_test_1.png was labelled with quality 10"),
        "{error}"
    );
    assert!(report.actors[0].removed.is_empty());
}

#[tokio::test]
async fn apply_accepts_labels_that_agree_with_the_plan() {
    let (world, set) = world_with_surplus().await;
    let plan = plan(&world).await;
    let agrees = Statement {
        class: Some(ImageClass::Photorealistic),
        quality: Some(quality(1)),
        ..statement_about(&set[0].0)
    };
    add_statement(&world, &set[0].1, agrees).await;
    let stays = Statement {
        wish: Some(Wish::Keep),
        ..statement_about(&set[8].0)
    };
    add_statement(&world, &set[8].1, stays).await;
    let report = apply(&world, &plan).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    assert_eq!(report.actors[0].removed.len(), 3);
}
