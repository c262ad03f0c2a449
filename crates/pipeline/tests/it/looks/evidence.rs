//! Evidence that needs no model: pixels, copies, provenance.

use super::{
    Calls, Judge, calls, classes, close_looks_of, decision, digests, evaluation, id, judging_world,
    name, names, quality, reasons, record, report_of, sorted, stored,
};
use crate::crashing_store::assert_same;
use crate::world::{ACTOR, World, encode, pictures, png, salt};
use balance_planner::{Action, QualityFloors, Reason};
use evidence::{Flag, Tone};
use image::ImageFormat;
use pipeline::Resume;
use results::{ActorStatus, Mode};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::sha256;
use tdbal_types::{ClassCounts, Confidence, ImageClass, ImageName};
use verdict::Rule;

#[tokio::test]
async fn evaluation_records_measures_of_every_picture() {
    let world = judging_world();
    let set = pictures(ACTOR, [13, 4, 3], &[]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([13, 4, 3])).await;
    let judge = Arc::new(Judge::honest());
    world.run_judged_by(judge, Mode::DryRun).await;
    let evaluation = evaluation(&world, ACTOR).await;
    let mut seen = ClassCounts::default();
    for judged in &evaluation.judged {
        let class = judged.verdict.class;
        seen[class] += 1;
        let expected = match class {
            ImageClass::BwStylized => Tone::Monochrome,
            _ => Tone::Colour,
        };
        assert_eq!(judged.tone, expected, "{}", judged.file_name);
        assert_eq!(judged.provenance, Some(class));
        assert_eq!((judged.measures.width, judged.measures.height), (60, 90));
        assert!(judged.flags.contains(&Flag::Small));
        assert_eq!(judged.verdict.confidence, Confidence::Sure);
        assert_eq!(judged.duplicate_of, None);
    }
    assert_eq!(seen.to_string(), "13/4/3");
}

#[tokio::test]
async fn monochrome_picture_called_photograph_is_unsure_and_kept() {
    let world = judging_world();
    // If the model were right, this would be the fourteenth and weakest photograph.
    let set = pictures(ACTOR, [13, 5, 3], &[(13, 1)]);
    world.actor(ACTOR, &set).await;
    let mistaken = sha256(&set[13].1);
    let judge = Arc::new(Judge::with_errors(move |_, picture, opinion| {
        if *picture == mistaken {
            opinion.class = ImageClass::Photorealistic;
        }
    }));
    let before = stored(&world).await;
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    let asked = judge.take();
    assert_eq!(Calls::of(&asked), calls(2, 1));
    assert_eq!(close_looks_of(&asked), [mistaken]);
    assert_same(&stored(&world).await, &before, "it stays");
    let reported = &report.actors[0];
    assert_eq!(reported.status, ActorStatus::NeedsReview);
    assert_eq!(reported.questions, names(&[&set[13].0]));
    let evaluation = evaluation(&world, ACTOR).await;
    let judged = evaluation.judged(&name(&set[13].0)).unwrap();
    assert_eq!(judged.tone, Tone::Monochrome);
    assert_eq!(judged.verdict.confidence, Confidence::Unsure);
    assert_eq!(
        judged.verdict.rules,
        [Rule::LooksAgree, Rule::ToneContradicts]
    );
    // It counts as its likely class.
    assert_eq!(judged.verdict.class, ImageClass::BwStylized);
    let class = ImageClass::BwStylized;
    assert_eq!(
        decision(&evaluation, &set[13].0).reason,
        Reason::Unsure { class }
    );
}

/// An actor with 13, 4 and 3 pictures per class. The 2nd and 3rd are copies of the 1st in other formats
/// and qualities, and the 14th is a copy of the 15th.
fn with_copies() -> Vec<(String, Vec<u8>)> {
    let mut set = pictures(ACTOR, [13, 4, 3], &[]);
    let photo = |points, format| encode(ImageClass::Photorealistic, points, salt(ACTOR, 0), format);
    set[1].1 = photo(7, ImageFormat::Png);
    set[2].1 = photo(6, ImageFormat::Jpeg);
    set[14].1 = png(ImageClass::BwStylized, 8, salt(ACTOR, 13));
    set
}

#[tokio::test]
async fn near_duplicates_count_once_and_the_best_is_kept() {
    let world = judging_world();
    let set = with_copies();
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([13, 4, 3])).await;
    let judge = Arc::new(Judge::honest());
    let executor = world.executor_judged_by(judge.clone());
    let executed = world.try_start(&executor, Mode::Execute, Resume::No).await;
    let (plan, report) = executed.unwrap();
    let asked = judge.take();
    // Two sheets, and close looks at three removed and three generated pictures.
    assert_eq!(Calls::of(&asked), calls(2, 6));
    let all = digests(&set);
    let close = close_looks_of(&asked);
    assert!([0, 2, 13].iter().all(|at| close.contains(&all[*at])));

    let reported = report_of(&report, ACTOR);
    assert_eq!(reported.status, ActorStatus::Changed);
    assert_eq!(reported.before.unwrap().to_string(), "11/3/3");
    assert_eq!(reported.to_generate.to_string(), "2/1/0");
    let leaving = [&*set[0].0, &*set[2].0, &*set[13].0];
    assert_eq!(sorted(reported.removed.clone()), sorted(names(&leaving)));
    let planned = &plan.actors[0].assessed().unwrap().plan;
    assert_eq!(planned.replace.to_string(), "2/1/0");

    let evaluation = evaluation(&world, ACTOR).await;
    let of = |file: &str| name(file);
    for (leaves, keeper) in [(0, 1), (2, 1), (13, 14)] {
        let decided = decision(&evaluation, &set[leaves].0);
        assert_eq!(decided.action, Action::Remove);
        let reason = Reason::Duplicate {
            of: of(&set[keeper].0),
        };
        assert_eq!(decided.reason, reason);
        let judged = evaluation.judged(&name(&set[leaves].0)).unwrap();
        assert_eq!(judged.duplicate_of, Some(of(&set[keeper].0)));
    }
    assert_eq!(world.entries(ACTOR).await.len(), 20);
    // The generated pictures complete the set: nothing is left to do.
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(report.actors[0].status, ActorStatus::Balanced);
    assert_eq!(report.actors[0].before.unwrap().to_string(), "13/4/3");
    // The close looks at the new pictures are cached; only their votes are asked for.
    assert_eq!(judge.count(), calls(2, 0));
}

#[tokio::test]
async fn pictures_shared_by_two_actors_are_reported() {
    let world = judging_world();
    let (one, mut other) = (
        pictures("9001_one", [13, 4, 3], &[]),
        pictures("9002_other", [13, 4, 3], &[]),
    );
    other[4].1 = one[2].1.clone();
    world.actor("9001_one", &one).await;
    world.actor("9002_other", &other).await;
    let judge = Arc::new(Judge::honest());
    let executor = world.executor_judged_by(judge);
    let (plan, report) = world
        .try_start(&executor, Mode::DryRun, Resume::No)
        .await
        .unwrap();
    let warning = |file: &str, other: &str| vec![format!("{file} has the same bytes as {other}")];
    assert_eq!(
        report_of(&report, "9001_one").warnings,
        warning("9001_one_3.png", "9002_other/9002_other_5.png")
    );
    assert_eq!(
        report_of(&report, "9002_other").warnings,
        warning("9002_other_5.png", "9001_one/9001_one_3.png")
    );
    // The plan has the warning too, and no change.
    let reported: Vec<usize> = plan
        .actors
        .iter()
        .map(|actor| actor.warnings.len())
        .collect();
    assert_eq!(reported, [1, 1]);
    assert_eq!(report.totals.balanced, 2);
}

/// A set on target, all of recorded classes, with seven poor photographs.
async fn poor_world() -> (World, Vec<(String, Vec<u8>)>) {
    let mut world = judging_world();
    world.policy.floors = QualityFloors {
        photorealistic: Some(quality(4)),
        ..QualityFloors::default()
    };
    let poor: Vec<(usize, u8)> = (0..7).map(|at| (at, if at < 5 { 2 } else { 3 })).collect();
    // One ink picture is as poor, but its class has no minimum quality.
    let set = pictures(ACTOR, [13, 4, 3], &[&poor[..], &[(13, 1)]].concat());
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([13, 4, 3])).await;
    (world, set)
}

#[tokio::test]
async fn surely_poor_pictures_are_replaced_a_few_per_run() {
    let (world, set) = poor_world().await;
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    let asked = judge.take();
    // Five are removed and five generated; all ten have a close look.
    assert_eq!(Calls::of(&asked), calls(2, 10));
    let reported = &report.actors[0];
    assert_eq!(reported.status, ActorStatus::Changed);
    let five: Vec<ImageName> = set[..5].iter().map(|(file, _)| name(file)).collect();
    assert_eq!(reported.removed, five);
    assert_eq!(reported.generated.len(), 5);
    let first = evaluation(&world, ACTOR).await;
    assert_eq!(first.plan.replace.to_string(), "5/0/0");
    assert_eq!(
        reasons(&first),
        BTreeMap::from([
            ("below_floor".into(), 5),
            ("replace_limit".into(), 2),
            ("set_is_balanced".into(), 13),
        ])
    );
    assert_eq!(world.entries(ACTOR).await.len(), 20);

    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    let rest: Vec<ImageName> = set[5..7].iter().map(|(file, _)| name(file)).collect();
    assert_eq!(report.actors[0].removed, rest);
    // Two small sheets of the five new pictures; two are removed and two generated.
    assert_eq!(judge.count(), calls(2, 4));
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Balanced);
    assert_eq!(judge.count(), calls(2, 0));
    assert_eq!(world.generator.bought(), 7);
}

#[tokio::test]
async fn likely_poor_pictures_are_not_replaced() {
    let (world, set) = poor_world().await;
    // Without a recorded class, a photograph is only likely: pixels cannot confirm it.
    let mut manifest = world.manifest(ACTOR).await;
    for entry in manifest["images"].as_object_mut().unwrap().values_mut() {
        entry.as_object_mut().unwrap().remove("type");
    }
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    world.put(&key, manifest.to_string()).await;
    let judge = Arc::new(Judge::honest());
    let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
    assert_eq!(judge.count(), calls(2, 0));
    assert_eq!(report.actors[0].status, ActorStatus::Balanced);
    let judged = evaluation(&world, ACTOR).await;
    let verdict = &judged.judged(&name(&set[0].0)).unwrap().verdict;
    assert_eq!(
        (verdict.confidence, verdict.quality),
        (Confidence::Likely, quality(2))
    );
    assert!(
        world
            .keys(&format!("trash/run-0/{}", id(ACTOR)))
            .await
            .is_empty()
    );
}
