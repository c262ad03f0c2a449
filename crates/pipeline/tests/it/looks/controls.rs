//! Control sheets: when they are shown, what they cost, and what their results do.

use super::{Calls, Judge, classes, evaluation, judging_world, quality, record, stored};
use crate::crashing_store::assert_same;
use crate::world::{ACTOR, World, pictures};
use results::{ActorStatus, Mode};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use storage::{Condition, ObjectKey, ObjectStore as _};
use tdbal_types::{Confidence, ImageClass, Usd};
use verdict::Rule;
use vision_eval::LookKind;

/// Number of cells on a control sheet, half of them in ink.
const CELLS: usize = 40;

/// An actor whose evaluation takes two sheets and three close looks, in three rounds.
async fn world_with_pictures(control_every: usize) -> World {
    let mut world = judging_world();
    world.control_every = control_every;
    let set = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([16, 2, 3])).await;
    world
}

#[tokio::test]
async fn control_sheets_come_first_and_then_at_the_set_interval() {
    for (every, controls) in [(0, 0), (1, 3), (2, 2), (3, 1), (50, 1)] {
        let world = world_with_pictures(every).await;
        let judge = Arc::new(Judge::honest());
        let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
        let asked = judge.take();
        let expected = Calls {
            sheets: 2,
            close: 3,
            generated: 0,
            controls,
        };
        assert_eq!(Calls::of(&asked), expected, "every {every}");
        if every > 0 {
            assert_eq!(asked[0].look, LookKind::Control);
            assert_eq!(asked[0].actor, "control_sheet");
            assert_eq!(asked[0].pictures.len(), CELLS);
        }
        let mut sheets: Vec<_> = asked
            .iter()
            .filter(|one| one.look == LookKind::Control)
            .map(|one| one.jpeg.clone())
            .collect();
        sheets.sort();
        assert!(
            sheets.is_sorted_by(|one, other| one != other),
            "no two control sheets are the same"
        );
        let cost = Usd::from_dollars(0.001) * (5 + controls as u64);
        assert_eq!(report.totals.cost_usd, cost);
        assert!(report.suspicions.is_empty());
        assert_eq!(report.actors[0].to_remove.len(), 3);
        // Without questions there are no control sheets.
        world.run_judged_by(judge.clone(), Mode::DryRun).await;
        assert_eq!(judge.count(), Calls::default());
    }
}

#[tokio::test]
async fn failed_control_sheet_rejects_otherwise_good_answers() {
    let world = world_with_pictures(50).await;
    let before = stored(&world).await;
    let judge = Arc::new(Judge::with_errors(|look, _, opinion| {
        if look == LookKind::Control {
            opinion.class = ImageClass::BwStylized;
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    assert_eq!(
        report.suspicions,
        [
            "on control sheets, 20 of 20 coloured pictures and 20 of 20 monochrome pictures were \
             called black and white"
        ]
    );
    assert!(matches!(
        report.actors[0].status,
        ActorStatus::Unassessed { .. }
    ));
    assert_same(&stored(&world).await, &before, "nothing changes");
    // The answers are paid for nevertheless.
    assert_eq!(report.totals.cost_usd, Usd::from_dollars(0.006));
}

/// A model that answers correctly except on control sheets.
fn model_failing_controls() -> Judge {
    Judge::with_errors(|look, _, opinion| {
        if look == LookKind::Control {
            opinion.class = ImageClass::Photorealistic;
        }
    })
}

#[tokio::test]
async fn control_result_survives_a_crashed_run() {
    let mut world = world_with_pictures(50).await;
    world.jobs = 1;
    let second = "9002_second";
    world
        .actor(second, &pictures(second, [13, 4, 3], &[]))
        .await;
    // The process crashes after the last question about the first actor and before it reports whether
    // it trusts the model.
    let (sender, crashed) = tokio::sync::oneshot::channel();
    let sender = Mutex::new(Some(sender));
    let hanging = model_failing_controls().hanging_at(6, move || {
        let sender = sender.lock().unwrap().take();
        sender.unwrap().send(()).unwrap();
    });
    let hanging = Arc::new(hanging);
    tokio::select! {
        report = world.run_judged_by(hanging.clone(), Mode::Execute) => panic!("{report:?}"),
        result = crashed => result.unwrap(),
    }
    let expected = Calls {
        controls: 1,
        ..super::calls(2, 3)
    };
    assert_eq!(hanging.count(), expected);
    for key in world.keys(&format!("actors/{second}")).await {
        let key = ObjectKey::new(key).unwrap();
        let deleted = world.data.delete(&key, Condition::Always);
        deleted.await.unwrap();
    }
    let before = stored(&world).await;

    // No question is left, so no control sheet is shown.
    let judge = Arc::new(model_failing_controls());
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    assert_eq!(judge.count(), Calls::default());
    assert_eq!(report.suspicions.len(), 1, "{:?}", report.suspicions);
    let why = "control sheets, 0 of 20 coloured pictures";
    assert!(
        report.suspicions[0].contains(why),
        "{:?}",
        report.suspicions
    );
    assert_same(&stored(&world).await, &before, "nothing changes");

    // The result does not concern another model,
    let other = Arc::new(Judge::honest().known_as("other", "1"));
    let report = world.run_judged_by(other, Mode::DryRun).await;
    assert!(report.suspicions.is_empty(), "{:?}", report.suspicions);
    assert_eq!(report.actors[0].to_remove.len(), 3);
    let report = world.run_judged_by(judge, Mode::DryRun).await;
    assert_eq!(report.suspicions.len(), 1, "{:?}", report.suspicions);

    // nor a fresh run with the same model whose control sheet passes.
    world.fresh = true;
    let honest = Arc::new(Judge::honest());
    let report = world.run_judged_by(honest, Mode::Execute).await;
    assert!(report.suspicions.is_empty(), "{:?}", report.suspicions);
    assert_eq!(report.totals.changed, 1);
}

/// The service may be repaired since; answers that it gave while it was blind must never be used.
#[tokio::test]
async fn distrusted_model_is_not_asked_until_a_fresh_run() {
    let mut world = world_with_pictures(50).await;
    let blind = Arc::new(model_failing_controls());
    let report = world.run_judged_by(blind, Mode::DryRun).await;
    assert_eq!(report.suspicions.len(), 1, "{:?}", report.suspicions);
    let evaluation = world.output.path().join(format!("{ACTOR}_evaluation.json"));
    assert!(!evaluation.exists(), "no evaluation is written");
    let disbelieved = world
        .output
        .path()
        .join(format!("{ACTOR}_disbelieved.json"));
    assert!(disbelieved.exists());
    // Answers about an actor that later runs do not include.
    let answers = world.output.path().join("answers");
    let other = answers.join("9009_other.json");
    std::fs::copy(answers.join(format!("{ACTOR}.json")), &other).unwrap();

    let second = "9002_second";
    let new = pictures(second, [13, 4, 3], &[]);
    world.actor(second, &new).await;
    let honest = Arc::new(Judge::honest());
    let report = world.run_judged_by(honest.clone(), Mode::Execute).await;
    assert_eq!(honest.count(), Calls::default(), "nothing is asked");
    assert_eq!(report.totals.unassessed, 2);

    world.fresh = true;
    let report = world.run_judged_by(honest.clone(), Mode::DryRun).await;
    assert!(report.suspicions.is_empty(), "{:?}", report.suspicions);
    assert_eq!(report.totals.unassessed, 0);
    let kept = std::fs::read_to_string(&other).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["sheets"].as_array().unwrap().len(), 0);

    world.fresh = false;
    honest.take();
    let report = world.run_judged_by(honest.clone(), Mode::DryRun).await;
    assert_eq!(
        honest.count(),
        Calls::default(),
        "the new answers are cached"
    );
    assert_eq!(report.totals.unassessed, 0);
}

#[tokio::test]
async fn inconclusive_control_sheet_is_followed_by_another() {
    // On the first sheet the answers cannot be distinguished from chance; on the second all are right.
    let world = world_with_pictures(50).await;
    let cells = AtomicUsize::new(0);
    let judge = Arc::new(Judge::with_errors(move |look, _, opinion| {
        if look != LookKind::Control {
            return;
        }
        let at = cells.fetch_add(1, Ordering::Relaxed);
        if at < CELLS && !at.is_multiple_of(3) {
            opinion.class = ImageClass::ColorStylized;
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count().controls, 2);
    assert!(report.suspicions.is_empty(), "{:?}", report.suspicions);
}

#[tokio::test]
async fn unanswered_control_sheet_does_not_stop_the_run() {
    let world = world_with_pictures(50).await;
    let is_first = AtomicBool::new(true);
    let judge = Judge::honest().failing_when(move |_| {
        is_first
            .swap(false, Ordering::Relaxed)
            .then(|| vision_eval::VisionError::ActorFailed {
                actor: super::id("control_sheet"),
                cause: vision_eval::ActorFailure::ContentFilter,
                request_id: None,
                spent: Box::default(),
                source: None,
            })
    });
    let judge = Arc::new(judge);
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let expected = Calls {
        controls: 1,
        ..super::calls(2, 3)
    };
    assert_eq!(
        judge.count(),
        expected,
        "another control sheet is shown before the next question"
    );
    assert_eq!(report.actors[0].to_remove.len(), 3);
}

#[tokio::test]
async fn one_sheet_recording_counts_as_one_vote_and_is_never_sure() {
    let world = world_with_pictures(1).await;
    let recorded = Arc::new(Judge::honest().with_one_sheet());
    let report = world.run_judged_by(recorded.clone(), Mode::Execute).await;
    let asked = recorded.take();
    let expected = Calls {
        sheets: 1,
        close: 0,
        // The two generated pictures, on one sheet.
        generated: 1,
        controls: 0,
    };
    assert_eq!(Calls::of(&asked), expected);
    assert_eq!(asked[0].look, LookKind::Sheet { vote: 1 });
    assert_eq!(asked[1].pictures.len(), 2);
    assert_eq!(report.totals.changed, 1);
    let evaluation = evaluation(&world, ACTOR).await;
    assert!(evaluation.inquiry.one_sheet);
    assert_eq!(evaluation.stability, None);
    assert_eq!(evaluation.judged.len(), 21);
    for judged in &evaluation.judged {
        assert_eq!(judged.verdict.confidence, Confidence::Likely);
        assert!(judged.verdict.rules.contains(&Rule::OneSheet));
        assert!(judged.close.is_none() && judged.votes.len() == 1);
    }
    // Answers of a recording are not cached.
    assert!(!world.output.path().join("answers").exists());
    assert!(evaluation.judged[0].verdict.quality == quality(2));
}
