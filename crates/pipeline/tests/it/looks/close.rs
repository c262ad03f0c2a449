//! Pictures that are looked at alone before they leave.

use super::{
    Calls, Judge, calls, classes, decision, digests, evaluation, looked_at_alone, looking_world,
    names, quality, record, sheets_of, sorted, stored, world_of_votes,
};
use crate::mortal::assert_same;
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
async fn exactly_what_leaves_and_what_is_disputed_is_looked_at() {
    let world = looking_world();
    let set = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &set).await;
    let disputed = sha256(&set[10].1);
    let judge = Arc::new(Judge::who_errs(move |look, picture, opinion| {
        if look == (LookKind::Sheet { vote: 1 }) && *picture == disputed {
            opinion.class = ImageClass::ColorStylized;
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(3, 4));
    let all = digests(&set);
    assert_eq!(
        looked_at_alone(&asked),
        sorted([all[0], all[1], all[2], disputed])
    );
    let told = &report.actors[0];
    assert_eq!(
        told.to_remove,
        names(&[ONE, "9001_test_2.png", "9001_test_3.png"])
    );
    assert_eq!(told.evaluation_cost_usd, Usd::from_dollars(0.007));
    let evaluation = evaluation(&world, ACTOR).await;
    let looked: Vec<_> = evaluation
        .judged
        .iter()
        .filter(|judged| judged.close.is_some())
        .map(|judged| judged.file_name.to_string())
        .collect();
    assert_eq!(
        looked,
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
async fn plan_and_look_repeat_until_everything_that_leaves_was_looked_at() {
    let mut world = looking_world();
    world.inquiry.votes = Votes::Fixed(1.try_into().unwrap());
    let set = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([16, 2, 3])).await;
    // From near those that looked weakest on the sheet are splendid.
    let judge = Arc::new(Judge::who_errs(|look, _, opinion| {
        if look == LookKind::Close && opinion.quality < quality(5) {
            opinion.quality = quality(10);
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(1, 6));
    let all = digests(&set);
    let close = looked_at_alone(&asked);
    assert!(all[..3].iter().all(|weak| close.contains(weak)));
    // Of equals the last by name leave.
    let leave = names(&["9001_test_7.png", "9001_test_8.png", "9001_test_9.png"]);
    assert_eq!(report.actors[0].to_remove, leave);
    assert!(all[6..9].iter().all(|leaving| close.contains(leaving)));
    let evaluation = evaluation(&world, ACTOR).await;
    for leaving in evaluation.plan.with(Action::Remove) {
        assert!(evaluation.judged(&leaving.name).unwrap().close.is_some());
    }
}

#[tokio::test]
async fn every_picture_alone_and_no_sheet_if_that_is_wanted() {
    let world = world_of_votes(2, LookPolicy::Close);
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([14, 4, 3])).await;
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(0, 21));
    assert_eq!(looked_at_alone(&asked), sorted(digests(&set)));
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
    assert!(sheet.exists(), "people still have a sheet to look at");
}

#[tokio::test]
async fn nothing_is_looked_at_alone_if_that_is_not_wanted() {
    let world = world_of_votes(3, LookPolicy::Sheet);
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    // The weakest one is disputed and so stays; nothing goes in its stead.
    let disputed = sha256(&set[0].1);
    let judge = Arc::new(Judge::who_errs(move |look, picture, opinion| {
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
async fn a_close_look_that_differs_keeps_the_picture_and_asks_a_person() {
    let world = looking_world();
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    let disputed = sha256(&set[0].1);
    let judge = Arc::new(Judge::who_errs(move |look, picture, opinion| {
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

    let told = &report.actors[0];
    assert_eq!(told.status, ActorStatus::NeedsReview);
    assert_eq!(told.questions, names(&[ONE]));
    assert!(told.to_remove.is_empty() && told.removed.is_empty());
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
    let told: Vec<_> = world
        .audit()
        .into_iter()
        .filter(|line| line.action == AuditAction::Review)
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].file.as_deref(), Some(ONE));
    assert_eq!(told[0].outcome, Outcome::Planned);
    assert!(told[0].reason.contains("unsure"), "{}", told[0].reason);
}

#[tokio::test]
async fn a_plan_that_is_applied_still_tells_its_questions() {
    let world = looking_world();
    let set = pictures(ACTOR, [14, 4, 3], &[(0, 2)]);
    world.actor(ACTOR, &set).await;
    let disputed = sha256(&set[0].1);
    let judge = Judge::who_errs(move |look, picture, opinion| {
        if look == LookKind::Close && *picture == disputed {
            opinion.class = ImageClass::ColorStylized;
        }
    });
    let engine = world.engine_judged_by(Arc::new(judge));
    let planned = world.try_start(&engine, Mode::DryRun, Resume::No).await;
    let (plan, _) = planned.unwrap();
    assert_eq!((plan.changes, plan.totals.questions), (false, 1));
    let applied = pipeline::apply(&engine, &plan, &Silent, &world.cancel).await;
    let report = applied.unwrap();
    assert_eq!(report.actors[0].status, ActorStatus::NeedsReview);
    assert_eq!(report.actors[0].questions, names(&[ONE]));
    assert_eq!((report.totals.needs_review, report.totals.balanced), (1, 0));
}
