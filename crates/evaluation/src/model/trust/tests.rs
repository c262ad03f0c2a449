use super::*;
use crate::context::LabelSource;
use crate::sample::{actor, context, digest, model, opinion, reply};
use composite::SheetOptions;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use tdbal_types::ImageClass::{BwStylized, Photorealistic};
use vision_eval::MockVisionModel;

/// A model that is shown exactly `times` control sheets and calls monochrome figures `monochrome`.
fn controlled(times: usize, monochrome: ImageClass) -> MockVisionModel {
    let mut model = model();
    model
        .expect_repertoire()
        .returning(|_| Repertoire::Everything);
    let seed = AtomicU64::new(0);
    model.expect_ask().times(times).returning(move |question| {
        assert_eq!(question.look, LookKind::Control);
        let seed = seed.fetch_add(1, Ordering::Relaxed);
        let (_, is_monochrome) =
            composite::control_sheet(seed, CELLS, &SheetOptions::default()).unwrap();
        let pictures: Vec<_> = (1..)
            .zip(is_monochrome)
            .map(|(number, is_monochrome)| {
                let class = if is_monochrome {
                    monochrome
                } else {
                    Photorealistic
                };
                json!({"number": number, "class": class, "quality": 5, "faults": []})
            })
            .collect();
        Ok(reply(json!({ "pictures": pictures }).to_string()))
    });
    model
}

#[tokio::test]
async fn model_that_passes_is_shown_one_sheet_per_interval() {
    let folder = tempfile::tempdir().unwrap();
    let mut context = context(controlled(2, BwStylized), folder.path());
    context.settings.control_every = 3;
    let (trust, mut spending) = (ModelTrust::default(), Spending::default());
    for round in 0..4 {
        trust.before_asking(&context, &mut spending).await.unwrap();
        let sheets = if round < 3 { 1 } else { 2 };
        assert_eq!(spending.cost, Usd::from_nanos(5 * sheets), "{round}");
    }
    let saved = TrustCache::of_model(&context).await;
    assert_eq!(saved.results.len(), 2);
    assert!(saved.reasons(&context).is_empty());
}

#[tokio::test]
async fn model_that_failed_is_not_asked_in_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let context = context(controlled(1, Photorealistic), folder.path());
    let mut spending = Spending::default();
    let first_run = ModelTrust::default();
    first_run
        .before_asking(&context, &mut spending)
        .await
        .unwrap();
    let next_run = ModelTrust::default();
    let error = next_run
        .before_asking(&context, &mut spending)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("failed its control sheets"),
        "{error}"
    );
    assert_eq!(spending.cost, Usd::from_nanos(5));
}

#[tokio::test]
async fn fresh_run_shows_control_sheets_to_a_distrusted_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut context = context(controlled(1, BwStylized), folder.path());
    let reasons = ["too many answers are the same".to_owned()];
    TrustCache::distrust(&context, &reasons).await.unwrap();
    let mut spending = Spending::default();
    let error = ModelTrust::default()
        .before_asking(&context, &mut spending)
        .await
        .unwrap_err();
    assert!(error.to_string().contains(&reasons[0]), "{error}");
    context.settings.fresh = true;
    ModelTrust::default()
        .before_asking(&context, &mut spending)
        .await
        .unwrap();
    let saved = TrustCache::of_model(&context).await;
    assert!(saved.reasons(&context).is_empty());
}

#[tokio::test]
async fn interval_of_zero_shows_no_control_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let mut context = context(controlled(0, BwStylized), folder.path());
    context.settings.control_every = 0;
    let (trust, mut spending) = (ModelTrust::default(), Spending::default());
    trust.before_asking(&context, &mut spending).await.unwrap();
    assert_eq!(spending, Spending::default());
}

#[tokio::test]
async fn suspicion_is_saved_unless_it_rests_on_replaced_labels() {
    let folder = tempfile::tempdir().unwrap();
    let mut context = context(model(), folder.path());
    context.settings.control_every = 0;
    // The same pictures, called something else on the second sheet.
    let sheet = |vote, class| SheetVote {
        vote,
        order: (0..40).map(digest).collect(),
        opinions: vec![opinion(class, 5); 40],
    };
    let answers = ActorAnswers {
        sheets: vec![sheet(1, BwStylized), sheet(2, Photorealistic)],
        tones: BTreeMap::new(),
    };
    let answers = BTreeMap::from([(actor(), answers)]);
    let trust = ModelTrust::default();
    context.settings.labels = LabelSource::Ignored {
        settled: BTreeMap::default(),
    };
    let found = trust.suspicions(&context, &answers).await.unwrap();
    assert!(!found.is_empty());
    assert!(TrustCache::of_model(&context).await.distrusted.is_empty());
    context.settings.labels = LabelSource::Stored;
    let found = trust.suspicions(&context, &answers).await.unwrap();
    assert_eq!(TrustCache::of_model(&context).await.distrusted, found);
    assert!(
        trust
            .suspicions(&context, &BTreeMap::new())
            .await
            .unwrap()
            .is_empty()
    );
}
