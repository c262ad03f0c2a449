use super::*;
use crate::sample::{
    actor, close_reply, context, decoded, digest, identity, model, opinion, tokens,
};
use tdbal_types::ImageClass::{BwStylized, Photorealistic};
use vision_eval::{ActorFailure, MockVisionModel, ReplyRecord, Spent, StopCause, VisionError};

fn refusal() -> VisionError {
    VisionError::ActorFailed {
        actor: actor(),
        cause: ActorFailure::ContentFilter,
        request_id: None,
        spent: Box::new(spent()),
        source: None,
    }
}

fn bad_key() -> VisionError {
    VisionError::StopsRun {
        cause: StopCause::BadKey {
            endpoint: "https://example.com/v1".into(),
            detail: "expired".into(),
        },
        spent: Box::new(spent()),
        source: None,
    }
}

fn spent() -> Spent {
    Spent {
        tokens: tokens(),
        cost: Usd::from_nanos(3),
    }
}

/// A model that is asked exactly `times` times and answers every time.
fn answering(times: usize) -> MockVisionModel {
    let mut model = model();
    let answer = model.expect_ask().times(times);
    answer.returning(|_| Ok(close_reply()));
    model
}

fn looks_at(numbers: &[u8], picture: &'static DecodedPicture) -> Vec<CloseLook<'static, u8>> {
    numbers
        .iter()
        .map(|number| CloseLook {
            subject: *number,
            sha256: digest(*number),
            picture,
        })
        .collect()
}

/// A picture that lives as long as the test.
async fn picture() -> &'static DecodedPicture {
    Box::leak(Box::new(decoded().await))
}

#[tokio::test]
async fn answers_are_saved_before_they_are_returned() {
    let folder = tempfile::tempdir().unwrap();
    let context = context(answering(2), folder.path());
    let (mut cache, mut spending) = (AnswerCache::default(), Spending::default());
    let actor = actor();
    let pictures = looks_at(&[1, 2], picture().await);
    let order = AnswerOrder::OfPictures;
    let mut looks = CloseLooks::new(
        &context,
        &actor,
        &mut cache,
        &mut spending,
        true,
        pictures,
        order,
    );
    for expected in [1, 2] {
        let (subject, answer) = looks.next().await.unwrap();
        assert_eq!(subject, expected);
        let answer = answer.unwrap();
        assert_eq!(answer.opinion, opinion(Photorealistic, 7));
        assert_eq!((answer.tokens, answer.cost), (tokens(), Usd::from_nanos(5)));
        assert!(!answer.is_cached);
        let saved = AnswerCache::read(&context.output, &actor).await.unwrap();
        assert!(saved.close(&identity(), digest(subject)).is_some());
    }
    assert!(looks.next().await.is_none());
    looks.finish().unwrap();
}

#[tokio::test]
async fn cached_answers_come_first_and_are_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let context = context(answering(1), folder.path());
    let (mut cache, mut spending) = (AnswerCache::default(), Spending::default());
    let actor = actor();
    let reply = ReplyRecord {
        model: "mock".into(),
        request_id: None,
        tokens: tokens(),
        cost: Usd::from_nanos(4),
    };
    cache.keep_close(CachedLook {
        model: identity(),
        sha256: digest(2),
        opinion: opinion(BwStylized, 3),
        replies: vec![reply.clone(), reply],
    });
    let pictures = looks_at(&[1, 2], picture().await);
    let order = AnswerOrder::OfArrival;
    let mut looks = CloseLooks::new(
        &context,
        &actor,
        &mut cache,
        &mut spending,
        false,
        pictures,
        order,
    );
    let (subject, answer) = looks.next().await.unwrap();
    let recalled = CloseAnswer {
        opinion: opinion(BwStylized, 3),
        tokens: tokens() + tokens(),
        cost: Usd::from_nanos(8),
        is_cached: true,
    };
    assert_eq!((subject, answer.unwrap()), (2, recalled));
    let (subject, answer) = looks.next().await.unwrap();
    assert_eq!(subject, 1);
    assert!(!answer.unwrap().is_cached);
    assert!(looks.next().await.is_none());
    looks.finish().unwrap();
    // Only the new answer was paid for.
    assert_eq!(spending.cost, Usd::from_nanos(5));
    // Without saving, the answer is in memory only.
    let saved = AnswerCache::read(&context.output, &actor).await.unwrap();
    assert_eq!(saved, AnswerCache::default());
    assert!(cache.close(&identity(), digest(1)).is_some());
}

#[tokio::test]
async fn no_look_starts_after_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = model();
    model.expect_ask().times(1).return_once(|_| Err(bad_key()));
    let context = context(model, folder.path());
    let (mut cache, mut spending) = (AnswerCache::default(), Spending::default());
    let actor = actor();
    let pictures = looks_at(&[1, 2, 3, 4, 5, 6], picture().await);
    let order = AnswerOrder::OfPictures;
    let mut looks = CloseLooks::new(
        &context,
        &actor,
        &mut cache,
        &mut spending,
        true,
        pictures,
        order,
    );
    let (subject, answer) = looks.next().await.unwrap();
    assert_eq!(subject, 1);
    let error = EvaluationError::from(answer.unwrap_err());
    assert!(matches!(error, EvaluationError::StopsRun { .. }));
    assert_eq!(error.cost(), Usd::from_nanos(3));
    looks.stop();
    assert!(looks.next().await.is_none());
    looks.finish().unwrap();
}

#[tokio::test]
async fn failed_look_reports_its_cost_and_others_continue() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = model();
    model.expect_ask().times(1).return_once(|_| Err(refusal()));
    model
        .expect_ask()
        .times(1)
        .return_once(|_| Ok(close_reply()));
    let context = context(model, folder.path());
    let (mut cache, mut spending) = (AnswerCache::default(), Spending::default());
    let actor = actor();
    let pictures = looks_at(&[1, 2], picture().await);
    let order = AnswerOrder::OfPictures;
    let mut looks = CloseLooks::new(
        &context,
        &actor,
        &mut cache,
        &mut spending,
        true,
        pictures,
        order,
    );
    let (_, answer) = looks.next().await.unwrap();
    let error = EvaluationError::from(answer.unwrap_err());
    assert!(matches!(error, EvaluationError::Unassessed { .. }));
    assert_eq!(error.cost(), Usd::from_nanos(3));
    let (subject, answer) = looks.next().await.unwrap();
    assert_eq!(subject, 2);
    answer.unwrap();
    assert!(looks.next().await.is_none());
    looks.finish().unwrap();
}

#[tokio::test]
async fn unwritable_cache_stops_the_looks_but_keeps_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder of answers belongs.
    std::fs::write(folder.path().join("answers"), "").unwrap();
    let context = context(answering(1), folder.path());
    let (mut cache, mut spending) = (AnswerCache::default(), Spending::default());
    let actor = actor();
    let pictures = looks_at(&[1, 2], picture().await);
    let order = AnswerOrder::OfPictures;
    let mut looks = CloseLooks::new(
        &context,
        &actor,
        &mut cache,
        &mut spending,
        true,
        pictures,
        order,
    );
    let (_, answer) = looks.next().await.unwrap();
    assert!(!answer.unwrap().is_cached);
    assert!(looks.next().await.is_none());
    looks.finish().unwrap_err();
    assert!(cache.close(&identity(), digest(1)).is_some());
}
