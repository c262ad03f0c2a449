use super::*;
use serde_json::json;

const PRICE: Usd = Usd::from_nanos(40_000_000);

fn progress(mut prediction: Value, kind: OutputKind) -> Progress {
    prediction["id"] = "p1".into();
    serde_json::from_value::<Prediction>(prediction)
        .unwrap()
        .progress(kind, PRICE)
}

fn single(prediction: Value) -> Progress {
    progress(prediction, OutputKind::Single)
}

#[test]
fn output_urls_are_found_in_every_form() {
    for output in [
        json!("https://a/b.jpg"),
        json!(["https://a/b.jpg", "https://a/c.jpg"]),
        json!({"url": "https://a/b.jpg", "type": "image"}),
        json!([{"url": "https://a/b.jpg"}]),
    ] {
        let progress = single(json!({"status": "succeeded", "output": output}));
        assert!(
            matches!(&progress, Progress::Ready { url } if url == "https://a/b.jpg"),
            "{output}: {progress:?}"
        );
    }
}

#[test]
fn success_without_a_picture_is_an_error() {
    assert!(matches!(
        single(json!({"status": "succeeded", "output": null, "data_removed": true})),
        Progress::Ended(GenerateError::OutputGone { cost: PRICE, .. })
    ));
    for output in [
        json!(null),
        json!([]),
        json!(""),
        json!(7),
        json!({"text": "no"}),
    ] {
        assert!(matches!(
            single(json!({"status": "succeeded", "output": output})),
            Progress::Ended(GenerateError::BadOutput { .. })
        ));
    }
}

#[test]
fn only_a_single_output_is_ready_before_the_end() {
    let early = json!({"status": "processing", "output": ["https://a/b.jpg"]});
    assert!(matches!(single(early.clone()), Progress::Ready { .. }));
    assert!(matches!(
        progress(early, OutputKind::List),
        Progress::Waiting { .. }
    ));
}

#[test]
fn unknown_and_missing_statuses_mean_waiting() {
    for status in [
        json!("starting"),
        json!("hibernating"),
        json!(null),
        json!(3),
    ] {
        assert!(matches!(
            single(json!({"status": status})),
            Progress::Waiting { .. }
        ));
    }
}

#[test]
fn only_stopped_predictions_that_ran_are_charged() {
    assert!(matches!(
        single(json!({"status": "aborted"})),
        Progress::Ended(GenerateError::Canceled {
            charged: false,
            cost: Usd::ZERO,
            ..
        })
    ));
    assert!(matches!(
        single(json!({"status": "canceled"})),
        Progress::Ended(GenerateError::Canceled {
            charged: true,
            cost: PRICE,
            ..
        })
    ));
}

#[test]
fn failures_are_classified_by_their_message() {
    let flagged = json!({"status": "failed", "error": "flagged as sensitive (E005)"});
    assert!(matches!(
        single(flagged),
        Progress::Ended(GenerateError::Flagged { .. })
    ));
    let memory = json!({"status": "failed", "error": "CUDA out of memory (E1001)"});
    assert!(matches!(
        single(memory),
        Progress::Ended(GenerateError::Failed { code: Some(code), retryable: false, .. })
            if code == "E1001"
    ));
    let object = json!({"status": "failed", "error": {"why": "please retry"}});
    assert!(matches!(
        single(object),
        Progress::Ended(GenerateError::Failed {
            code: None,
            retryable: true,
            ..
        })
    ));
    let silent = json!({"status": "failed"});
    assert!(matches!(
        single(silent),
        Progress::Ended(GenerateError::Failed { retryable: false, message, .. })
            if !message.is_empty()
    ));
}
