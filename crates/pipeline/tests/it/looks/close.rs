//! Close looks at pictures before they are removed.

use super::{
    Calls, Judge, calls, classes, close_looks_of, decision, digests, evaluation, judging_world,
    names, quality, record, sheets_of, sorted, stored, world_of_votes,
};
use crate::crashing_store::assert_same;
use crate::world::{ACTOR, pictures};
use balance_planner::{Action, Reason};
use pipeline::Resume;
use results::audit::{AuditAction, Outcome};
use results::{ActorStatus, Mode, Silent};
use std::sync::Arc;
use storage::sha256;
use tdbal_types::{Confidence, ImageClass, Usd};
use verdict::{LookPolicy, Rule, Votes};
use vision_eval::LookKind;

const ONE: &str = "9001_test_1.png";

#[tokio::test]
async fn close_looks_cover_removals_and_disputed_pictures_only() {
    let world = judging_world();
    let set = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &set).await;
    let disputed = sha256(&set[10].1);
    let judge = Arc::new(Judge::with_errors(move |look, picture, opinion| {
        if look == (LookKind::Sheet { vote: 1 }) && *picture == disputed {
            opinion.class = ImageClass::ColorStylized;
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(3, 4));
    let all = digests(&set);
    assert_eq!(
        close_looks_of(&asked),
        sorted([all[0], all[1], all[2], disputed])
    );
    let reported = &report.actors[0];
    assert_eq!(
        reported.to_remove,
        names(&[ONE, "9001_test_2.png", "9001_test_3.png"])
    );
    assert_eq!(reported.evaluation_cost_usd, Usd::from_dollars(0.007));
    let evaluation = evaluation(&world, ACTOR).await;
    let looked_at: Vec<_> = evaluation
        .judged
        .iter()
        .filter(|judged| judged.close.is_some())
        .map(|judged| judged.file_name.to_string())
        .collect();
    assert_eq!(
        looked_at,
        [
            ONE,
            "9001_test_2.png",
            "9001_test_3.png",
            "9001_test_11.png"
        ]
    );
    assert_eq!(evaluation.replies.len(), 7);
}

#[tokio::test]
async fn planning_repeats_until_all_removals_had_a_close_look() {
    let mut world = judging_world();
    world.judging.votes = Votes::Fixed(1.try_into().unwrap());
    let set = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([16, 2, 3])).await;
    // In the close look the pictures that looked weakest on the sheet are excellent.
    let judge = Arc::new(Judge::with_errors(|look, _, opinion| {
        if look == LookKind::Close && opinion.quality < quality(5) {
            opinion.quality = quality(10);
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(1, 6));
    let all = digests(&set);
    let close = close_looks_of(&asked);
    assert!(all[..3].iter().all(|weak| close.contains(weak)));
    // Among equals the last by name are removed.
    let leave = names(&["9001_test_7.png", "9001_test_8.png", "9001_test_9.png"]);
    assert_eq!(report.actors[0].to_remove, leave);
    assert!(all[6..9].iter().all(|leaving| close.contains(leaving)));
    let evaluation = evaluation(&world, ACTOR).await;
    for leaving in evaluation.plan.with(Action::Remove) {
        assert!(evaluation.judged(&leaving.name).unwrap().close.is_some());
    }
}

#[tokio::test]
async fn close_policy_asks_about_each_picture_and_no_sheet() {
    let world = world_of_votes(2, LookPolicy::Close);
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([14, 4, 3])).await;
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(0, 21));
    assert_eq!(close_looks_of(&asked), sorted(digests(&set)));
    assert_eq!(report.actors[0].to_remove, names(&[ONE]));
    assert_eq!(report.actors[0].stability, None);
    assert_eq!(report.totals.stability, None);
    let evaluation = evaluation(&world, ACTOR).await;
    assert!(
        evaluation
            .judged
            .iter()
            .all(|judged| judged.votes.is_empty())
    );
    let sheet = world.output.path().join(format!("{ACTOR}_composite.jpg"));
    assert!(sheet.exists(), "the sheet for people is still drawn");
}

#[tokio::test]
async fn sheet_policy_asks_no_close_looks() {
    let world = world_of_votes(3, LookPolicy::Sheet);
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    // The weakest picture is disputed, so it stays, and no other is removed instead.
    let disputed = sha256(&set[0].1);
    let judge = Arc::new(Judge::with_errors(move |look, picture, opinion| {
        if look == (LookKind::Sheet { vote: 3 }) && *picture == disputed {
            opinion.class = ImageClass::ColorStylized;
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count(), calls(3, 0));
    assert_eq!(report.actors[0].status, ActorStatus::NeedsReview);
    let evaluation = evaluation(&world, ACTOR).await;
    let verdict = &evaluation.judged[0].verdict;
    assert_eq!(verdict.confidence, Confidence::Unsure);
    assert_eq!(verdict.rules, [Rule::MajorityUnconfirmed]);
}

#[tokio::test]
async fn differing_close_look_keeps_the_picture_for_review() {
    let world = judging_world();
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    let disputed = sha256(&set[0].1);
    let judge = Arc::new(Judge::with_errors(move |look, picture, opinion| {
        if look == LookKind::Close && *picture == disputed {
            opinion.class = ImageClass::ColorStylized;
        }
    }));
    let before = stored(&world).await;
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    assert_same(&stored(&world).await, &before, "nothing is done");
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(2, 1));
    assert_eq!(sheets_of(&asked, ACTOR).len(), 2);

    let reported = &report.actors[0];
    assert_eq!(reported.status, ActorStatus::NeedsReview);
    assert_eq!(reported.questions, names(&[ONE]));
    assert!(reported.to_remove.is_empty() && reported.removed.is_empty());
    let totals = &report.totals;
    assert_eq!((totals.needs_review, totals.questions), (1, 1));
    assert_eq!(
        (totals.to_change, totals.balanced, totals.failed),
        (0, 0, 0)
    );
    assert!(!report.changes);

    let evaluation = evaluation(&world, ACTOR).await;
    assert_eq!(evaluation.plan.questions, names(&[ONE]));
    let decided = decision(&evaluation, ONE);
    assert_eq!(decided.action, Action::Review);
    let class = ImageClass::Photorealistic;
    assert_eq!(decided.reason, Reason::Unsure { class });
    let judged = &evaluation.judged[0];
    assert_eq!(judged.verdict.rules, [Rule::CloseLookDiffers]);
    assert_eq!(judged.verdict.confidence, Confidence::Unsure);
    let close = judged.close.as_ref().unwrap();
    assert_eq!(close.class, ImageClass::ColorStylized);
    let reported: Vec<_> = world
        .audit()
        .into_iter()
        .filter(|line| line.action == AuditAction::Review)
        .collect();
    assert_eq!(reported.len(), 1);
    assert_eq!(reported[0].file.as_deref(), Some(ONE));
    assert_eq!(reported[0].outcome, Outcome::Planned);
    assert!(
        reported[0].reason.contains("unsure"),
        "{}",
        reported[0].reason
    );
}

#[tokio::test]
async fn applied_plan_still_reports_its_questions() {
    let world = judging_world();
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    let disputed = sha256(&set[0].1);
    let judge = Judge::with_errors(move |look, picture, opinion| {
        if look == LookKind::Close && *picture == disputed {
            opinion.class = ImageClass::ColorStylized;
        }
    });
    let executor = world.executor_judged_by(Arc::new(judge));
    let planned = world.try_start(&executor, Mode::DryRun, Resume::No).await;
    let (plan, _) = planned.unwrap();
    assert_eq!((plan.changes, plan.totals.questions), (false, 1));
    let applied = pipeline::apply(&executor, &plan, &Silent, &world.cancel).await;
    let report = applied.unwrap();
    assert_eq!(report.actors[0].status, ActorStatus::NeedsReview);
    assert_eq!(report.actors[0].questions, names(&[ONE]));
    assert_eq!((report.totals.needs_review, report.totals.balanced), (1, 0));
}
