//! Answers are cached: no question is paid for twice.

use super::{
    Asked, Calls, Judge, calls, classes, close_looks_of, digests, evaluation, id, judging_world,
    names, no_credit, put_picture, record, rename, sheets_of, sorted,
};
use crate::world::{ACTOR, World, pictures, png};
use results::report::Stopped;
use results::{ActorStatus, Mode};
use std::sync::Arc;
use storage::sha256;
use tdbal_types::{Digest, ImageClass, Usd};
use vision_eval::{ActorFailure, LookKind, VisionError};

/// Cost of one answer, in dollars.
const ANSWER: f64 = 0.001;

/// An actor with three pictures to remove: two sheets and three close looks.
async fn world_with_surplus() -> (World, Vec<(String, Vec<u8>)>) {
    let world = judging_world();
    let set = pictures(ACTOR, [16, 2, 3], &[(0, 2), (1, 3), (2, 4)]);
    world.actor(ACTOR, &set).await;
    record(&world, ACTOR, &classes([16, 2, 3])).await;
    (world, set)
}

const ALL_QUESTIONS: usize = 5;

fn removals() -> Vec<tdbal_types::ImageName> {
    names(&["9001_test_1.png", "9001_test_2.png", "9001_test_3.png"])
}

/// Number of cached answers.
fn cached_answers(world: &World) -> usize {
    let path = world.output.path().join(format!("answers/{ACTOR}.json"));
    let Ok(bytes) = std::fs::read(path) else {
        return 0;
    };
    let cache: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let count = |list: &str| cache[list].as_array().unwrap().len();
    count("sheets") + count("close")
}

#[tokio::test]
async fn second_run_is_free_and_finds_the_same() {
    let (world, _) = world_with_surplus().await;
    let judge = Arc::new(Judge::honest());
    let first = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count(), calls(2, 3));
    assert_eq!(
        first.totals.cost_usd,
        Usd::from_dollars(ALL_QUESTIONS as f64 * ANSWER)
    );
    assert_eq!(first.totals.tokens.input, 1000 * ALL_QUESTIONS as u64);
    let before = evaluation(&world, ACTOR).await;

    let second = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count(), Calls::default());
    assert_eq!(second.totals.cost_usd, Usd::ZERO);
    assert_eq!(second.totals.tokens.input, 0);
    assert!(!second.actors[0].resumed, "this is a new run");
    assert_eq!(second.actors[0].to_remove, removals());
    let after = evaluation(&world, ACTOR).await;
    assert_eq!((after.cost_usd, after.tokens.input), (Usd::ZERO, 0));
    assert_eq!(before.judged, after.judged);
    assert_eq!(before.plan, after.plan);
    assert_eq!(before.sheets, after.sheets);
    assert_eq!(before.stability, after.stability);
    assert_eq!(
        before.replies, after.replies,
        "the answers behind it are listed"
    );
    assert_eq!(before.analysis, after.analysis);
}

#[tokio::test]
async fn estimate_counts_calls_only_for_unjudged_pictures() {
    let (world, _) = world_with_surplus().await;
    let executor = world.executor();
    let discovery = dataset::discover(&executor.data.reader()).await.unwrap();
    let actors = [id(ACTOR)];
    let estimate = || pipeline::estimate(&executor.evaluation, &discovery, &actors, Mode::DryRun);
    // Two sheets, and close looks at a quarter of 21 pictures.
    assert_eq!(
        (estimate().await.pictures, estimate().await.calls),
        (21, 2 + 6)
    );
    world.run(Mode::DryRun).await;
    assert_eq!((estimate().await.pictures, estimate().await.calls), (21, 0));
}

#[tokio::test]
async fn only_new_pictures_are_asked_about() {
    let (world, set) = world_with_surplus().await;
    let judge = Arc::new(Judge::honest());
    world.run_judged_by(judge.clone(), Mode::DryRun).await;
    judge.take();
    for (quality, close) in [(9, 0), (1, 1)] {
        let new = png(
            ImageClass::Photorealistic,
            quality,
            4711 + u32::from(quality),
        );
        let digest = sha256(&new);
        put_picture(&world, ACTOR, &set[9].0, new).await;
        let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
        let asked = judge.take();
        // A small sheet per vote, and a close look only if the picture is to be removed.
        assert_eq!(Calls::of(&asked), calls(2, close));
        assert_eq!(
            sheets_of(&asked, ACTOR),
            [(1, vec![digest]), (2, vec![digest])]
        );
        assert_eq!(close_looks_of(&asked), vec![digest; close]);
        let is_leaving = report.actors[0]
            .to_remove
            .iter()
            .any(|leaving| leaving.as_str() == set[9].0);
        assert_eq!(
            (is_leaving, report.actors[0].to_remove.len()),
            (close == 1, 3)
        );
        let evaluation = evaluation(&world, ACTOR).await;
        assert_eq!(
            evaluation.cost_usd,
            Usd::from_dollars((2 + close) as f64 * ANSWER)
        );
        let stability = evaluation.stability.unwrap();
        assert_eq!((stability.pictures, stability.changed), (21, 0));
    }
}

#[tokio::test]
async fn renamed_or_reordered_picture_is_not_asked_about_again() {
    let (world, set) = world_with_surplus().await;
    let judge = Arc::new(Judge::honest());
    world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count().total(), ALL_QUESTIONS);
    rename(&world, ACTOR, &set[0].0, "9001_test_weak.png").await;
    let mut manifest = world.manifest(ACTOR).await;
    manifest["images"][&set[20].0]["index"] = serde_json::json!(0);
    let key = format!("actors/{ACTOR}/training_data/manifest.json");
    world.put(&key, manifest.to_string()).await;
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count(), Calls::default());
    assert_eq!(
        report.actors[0].to_remove,
        names(&["9001_test_2.png", "9001_test_3.png", "9001_test_weak.png"])
    );
}

#[tokio::test]
async fn fresh_run_asks_everything_again() {
    let (mut world, set) = world_with_surplus().await;
    let judge = Arc::new(Judge::honest());
    world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let first = judge.take();
    world.fresh = true;
    world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let second = judge.take();
    assert_eq!(Calls::of(&second), calls(2, 3));
    // The same questions in the same order, so recordings of one run answer the other.
    assert_eq!(sheets_of(&first, ACTOR), sheets_of(&second, ACTOR));
    assert_eq!(close_looks_of(&second), sorted(digests(&set[..3])));
    // The new answers replace the cached ones.
    world.fresh = false;
    assert_eq!(cached_answers(&world), ALL_QUESTIONS);
    world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count(), Calls::default());
}

#[tokio::test]
async fn answers_are_cached_per_model_and_prompt_version() {
    let (world, _) = world_with_surplus().await;
    let models = [("looking", "1"), ("looking", "2"), ("other", "1")];
    for (model, prompt) in models {
        let judge = Arc::new(Judge::honest().known_as(model, prompt));
        world.run_judged_by(judge.clone(), Mode::DryRun).await;
        assert_eq!(judge.count(), calls(2, 3), "{model} {prompt}");
    }
    for (model, prompt) in models {
        let judge = Arc::new(Judge::honest().known_as(model, prompt));
        let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
        assert_eq!(judge.count(), Calls::default(), "{model} {prompt}");
        assert_eq!(report.actors[0].to_remove, removals());
        let evaluation = evaluation(&world, ACTOR).await;
        let reported = (evaluation.model.model, evaluation.model.prompt_version);
        assert_eq!(reported, (model.to_owned(), prompt.to_owned()));
    }
}

/// Kind and pictures of every question, sorted.
fn questions(asked: &[Asked]) -> Vec<(LookKind, Vec<Digest>)> {
    sorted(asked.iter().map(|one| (one.look, one.pictures.clone())))
}

#[tokio::test]
async fn failure_at_any_question_keeps_paid_answers() {
    let (world, _) = world_with_surplus().await;
    let judge = Arc::new(Judge::honest());
    world.run_judged_by(judge.clone(), Mode::DryRun).await;
    let undisturbed = questions(&judge.take());
    assert_eq!(undisturbed.len(), ALL_QUESTIONS);
    let mut cases = 0;
    for at in 0..ALL_QUESTIONS {
        for stops_run in [true, false] {
            let (world, _) = world_with_surplus().await;
            let failing = Judge::honest().failing_when(move |question| {
                (question == at).then(|| {
                    if stops_run {
                        no_credit(0.0)
                    } else {
                        VisionError::ActorFailed {
                            actor: id(ACTOR),
                            cause: ActorFailure::Unavailable,
                            request_id: None,
                            spent: Box::default(),
                            source: None,
                        }
                    }
                })
            });
            let failing = Arc::new(failing);
            let report = world.run_judged_by(failing.clone(), Mode::DryRun).await;
            let when = format!("question {at}, stops the run: {stops_run}");
            let status = &report.actors[0].status;
            if stops_run {
                assert!(matches!(report.stopped, Some(Stopped::Error(_))), "{when}");
                assert_eq!(*status, ActorStatus::Remaining, "{when}");
            } else {
                assert_eq!(report.stopped, None, "{when}");
                assert!(matches!(status, ActorStatus::Unassessed { .. }), "{when}");
            }
            let mut asked = failing.take();
            assert_eq!(cached_answers(&world), asked.len(), "{when}");
            let cost = Usd::from_dollars(asked.len() as f64 * ANSWER);
            assert_eq!(report.totals.cost_usd, cost, "{when}");

            let judge = Arc::new(Judge::honest());
            let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
            assert_eq!(report.actors[0].to_remove, removals(), "{when}");
            asked.extend(judge.take());
            assert_eq!(questions(&asked), undisturbed, "{when}");
            cases += 1;
        }
    }
    assert_eq!(cases, 2 * ALL_QUESTIONS);
}

#[tokio::test]
async fn cost_of_failed_questions_is_reported() {
    let (world, _) = world_with_surplus().await;
    let failing =
        Judge::honest().failing_when(|question| (question >= 2).then(|| no_credit(0.002)));
    let failing = Arc::new(failing);
    let report = world.run_judged_by(failing.clone(), Mode::DryRun).await;
    assert_eq!(failing.count(), calls(2, 0));
    // Two sheets, and three close looks that ran at the same time.
    let cost = Usd::from_dollars(2.0 * ANSWER) + Usd::from_dollars(0.002) * 3;
    assert_eq!(report.totals.cost_usd, cost);
}

#[tokio::test]
async fn cancelling_at_any_question_keeps_and_reports_paid_answers() {
    for at in 0..ALL_QUESTIONS {
        let (mut world, _) = world_with_surplus().await;
        let cancel = world.cancel.clone();
        let hanging = Arc::new(Judge::honest().hanging_at(at, move || cancel.cancel()));
        let report = world.run_judged_by(hanging.clone(), Mode::DryRun).await;
        assert_eq!(report.stopped, Some(Stopped::Interrupted));
        assert_eq!(report.actors[0].status, ActorStatus::Remaining);
        // Sheets are asked one by one; several close looks may run at the same time.
        let answered = hanging.take().len();
        let cached = cached_answers(&world);
        assert!(
            cached <= answered && cached >= at.min(2),
            "{cached} of {answered}"
        );
        let reported = report.totals.cost_usd;
        assert!(
            reported >= Usd::from_dollars(cached as f64 * ANSWER),
            "{reported}"
        );
        assert!(
            reported <= Usd::from_dollars(answered as f64 * ANSWER),
            "{reported}"
        );
        if at < 2 {
            assert_eq!((cached, answered), (at, at));
        }

        world.cancel = tokio_util::sync::CancellationToken::new();
        let judge = Arc::new(Judge::honest());
        let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
        // One more answer may have been written in the meantime.
        let rest = judge.count().total();
        assert!(
            (ALL_QUESTIONS - answered..=ALL_QUESTIONS - cached).contains(&rest),
            "{at}: {rest}"
        );
        assert_eq!(report.actors[0].to_remove, removals());
    }
}

#[tokio::test]
async fn unreadable_cached_answers_are_asked_again() {
    let (world, _) = world_with_surplus().await;
    let judge = Arc::new(Judge::honest());
    world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count().total(), ALL_QUESTIONS);
    let path = world.output.path().join(format!("answers/{ACTOR}.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let report = world.run_judged_by(judge.clone(), Mode::DryRun).await;
    assert_eq!(judge.count(), calls(2, 3));
    assert_eq!(report.actors[0].to_remove, removals());
}
