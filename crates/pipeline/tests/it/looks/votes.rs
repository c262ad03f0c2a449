//! Votes: the same pictures on sheets in different orders.

use super::{
    Calls, Judge, calls, close_looks_of, digests, evaluation, judging_world, quality, report_of,
    sheets_of, sorted, world_of_votes,
};
use crate::world::{ACTOR, World, pictures};
use results::{ActorStatus, Mode};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use storage::sha256;
use tdbal_types::{Digest, ImageClass, ImageName};
use verdict::{LookPolicy, Stability};
use vision_eval::LookKind;

fn output_file(world: &World, name: &str) -> Option<Vec<u8>> {
    std::fs::read(world.output.path().join(name)).ok()
}

#[tokio::test]
async fn two_agreeing_sheets_in_different_orders_suffice() {
    let world = judging_world();
    let set = pictures(ACTOR, [13, 4, 3], &[]);
    world.actor(ACTOR, &set).await;
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(report.actors[0].status, ActorStatus::Balanced);
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(2, 0));

    let [(1, first), (2, second)] = &sheets_of(&asked, ACTOR)[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(*first, digests(&set), "the first is in the set's order");
    assert_ne!(first, second);
    assert_eq!(sorted(first.clone()), sorted(second.clone()));

    // The sheets are in the evaluation, and on disk for people.
    let evaluation = evaluation(&world, ACTOR).await;
    let reported: Vec<_> = evaluation
        .sheets
        .iter()
        .map(|sheet| (sheet.vote, sheet.order.clone()))
        .collect();
    assert_eq!(reported, sheets_of(&asked, ACTOR));
    for (sheet, file) in asked.iter().zip([
        format!("{ACTOR}_composite.jpg"),
        format!("{ACTOR}_composite_2.jpg"),
    ]) {
        assert_eq!(
            output_file(&world, &file),
            Some(sheet.jpeg.to_vec()),
            "{file}"
        );
    }
    assert_eq!(
        output_file(&world, &format!("{ACTOR}_composite_3.jpg")),
        None
    );
    let votes = evaluation.judged.iter().map(|judged| judged.votes.len());
    assert_eq!(votes.collect::<Vec<_>>(), [2; 20]);
    assert_eq!(evaluation.replies.len(), 2);
}

#[tokio::test]
async fn third_sheet_is_shown_only_for_actors_whose_two_disagree() {
    let world = judging_world();
    let (torn, agreed) = (
        pictures("9001_torn", [13, 4, 3], &[]),
        pictures("9002_agreed", [13, 4, 3], &[]),
    );
    world.actor("9001_torn", &torn).await;
    world.actor("9002_agreed", &agreed).await;
    let doubtful = sha256(&torn[5].1);
    let judge = Arc::new(Judge::with_errors(move |look, picture, opinion| {
        if look == (LookKind::Sheet { vote: 2 }) && *picture == doubtful {
            opinion.class = ImageClass::ColorStylized;
        }
    }));
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.take();
    assert_eq!(sheets_of(&asked, "9001_torn").len(), 3);
    assert_eq!(sheets_of(&asked, "9002_agreed").len(), 2);
    assert_eq!(close_looks_of(&asked), [doubtful]);
    let orders: Vec<Vec<Digest>> = sheets_of(&asked, "9001_torn")
        .into_iter()
        .map(|(_, order)| order)
        .collect();
    assert!(orders[0] != orders[1] && orders[1] != orders[2] && orders[0] != orders[2]);

    let of = |pictures, changed| Some(Stability { pictures, changed });
    let stability = |actor| report_of(&report, actor).stability;
    assert_eq!(stability("9001_torn"), of(20, 1));
    assert_eq!(stability("9002_agreed"), of(20, 0));
    assert_eq!(report.totals.stability, of(40, 1));
    assert_eq!(evaluation(&world, "9001_torn").await.stability, of(20, 1));
    // The majority and the close look agree.
    assert_eq!(report.totals.balanced, 2);
    assert_eq!(report.totals.questions, 0);
}

#[tokio::test]
async fn fixed_votes_show_that_many_sheets() {
    for (votes, changed) in [(1, None), (2, Some(1)), (4, Some(1))] {
        let world = world_of_votes(votes, LookPolicy::Sheet);
        let set = pictures(ACTOR, [13, 4, 3], &[]);
        world.actor(ACTOR, &set).await;
        let doubtful = sha256(&set[0].1);
        let judge = Arc::new(Judge::with_errors(move |look, picture, opinion| {
            if look == (LookKind::Sheet { vote: 1 }) && *picture == doubtful {
                opinion.class = ImageClass::ColorStylized;
            }
        }));
        let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
        let asked = judge.take();
        assert_eq!(Calls::of(&asked), calls(votes as usize, 0));
        let sheets = sheets_of(&asked, ACTOR);
        let numbers: Vec<u32> = sheets.iter().map(|(vote, _)| *vote).collect();
        assert_eq!(numbers, (1..=votes).collect::<Vec<_>>());
        let orders = sorted(sheets.into_iter().map(|(_, order)| order));
        assert!(orders.is_sorted_by(|one, other| one != other), "{votes}");
        let found = report.actors[0].stability;
        let expected = changed.map(|changed| Stability {
            pictures: 20,
            changed,
        });
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn identical_pictures_share_one_answer() {
    let world = judging_world();
    let mut set = pictures(ACTOR, [13, 4, 3], &[]);
    set[1].1 = set[0].1.clone();
    world.actor(ACTOR, &set).await;
    // The model has another opinion of the same bytes in another cell.
    let seen_before = Mutex::new(BTreeSet::new());
    let judge = Arc::new(Judge::with_errors(move |look, picture, opinion| {
        let is_first = seen_before.lock().unwrap().insert((look, *picture));
        opinion.quality = quality(if is_first { 9 } else { 2 });
    }));
    let first = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let asked = judge.count();
    let before = evaluation(&world, ACTOR).await;
    let second = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!((judge.count(), asked.sheets), (Calls::default(), 2));
    let after = evaluation(&world, ACTOR).await;
    assert_eq!(before.judged, after.judged);
    assert_eq!(before.plan, after.plan);
    assert_eq!(first.actors[0].to_remove, second.actors[0].to_remove);
    let double = ImageName::new(set[1].0.as_str()).unwrap();
    assert_eq!(
        before.judged(&double).unwrap().votes[&1].quality,
        quality(9)
    );
}
