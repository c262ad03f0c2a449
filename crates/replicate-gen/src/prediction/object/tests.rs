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
fn outputs_of_every_form_are_read() {
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
fn success_without_a_picture_is_gone_or_no_use() {
    assert!(matches!(
        single(json!({"status": "succeeded", "output": null, "data_removed": true})),
        Progress::Over(GenerateError::OutputGone { cost: PRICE, .. })
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
            Progress::Over(GenerateError::BadOutput { .. })
        ));
    }
}

#[test]
fn a_single_output_may_come_before_the_end_and_a_list_may_not() {
    let early = json!({"status": "processing", "output": ["https://a/b.jpg"]});
    assert!(matches!(single(early.clone()), Progress::Ready { .. }));
    assert!(matches!(
        progress(early, OutputKind::List),
        Progress::Waiting { .. }
    ));
}

#[test]
fn unknown_and_missing_statuses_are_waited_for() {
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
fn what_was_stopped_is_charged_only_if_it_ran() {
    assert!(matches!(
        single(json!({"status": "aborted"})),
        Progress::Over(GenerateError::Canceled {
            charged: false,
            cost: Usd::ZERO,
            ..
        })
    ));
    assert!(matches!(
        single(json!({"status": "canceled"})),
        Progress::Over(GenerateError::Canceled {
            charged: true,
            cost: PRICE,
            ..
        })
    ));
}

#[test]
fn failures_are_read_from_their_message() {
    let flagged = json!({"status": "failed", "error": "flagged as sensitive (E005)"});
    assert!(matches!(
        single(flagged),
        Progress::Over(GenerateError::Flagged { .. })
    ));
    let memory = json!({"status": "failed", "error": "CUDA out of memory (E1001)"});
    assert!(matches!(
        single(memory),
        Progress::Over(GenerateError::Failed { code: Some(code), retryable: false, .. })
            if code == "E1001"
    ));
    let object = json!({"status": "failed", "error": {"why": "please retry"}});
    assert!(matches!(
        single(object),
        Progress::Over(GenerateError::Failed {
            code: None,
            retryable: true,
            ..
        })
    ));
    let silent = json!({"status": "failed"});
    assert!(matches!(
        single(silent),
        Progress::Over(GenerateError::Failed { retryable: false, message, .. })
            if !message.is_empty()
    ));
}
