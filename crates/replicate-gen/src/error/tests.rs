use super::*;

fn id() -> PredictionId {
    PredictionId::new("p1").unwrap()
}

fn one_of_each() -> Vec<GenerateError> {
    let cost = Usd::from_dollars(0.04);
    let picture = || "bw_stylized picture 2 of 0004".to_owned();
    let source = || BoxError::from("the source");
    vec![
        GenerateError::Flagged {
            id: Some(id()),
            message: "flagged as sensitive (E005)".into(),
            cost,
        },
        GenerateError::Flagged {
            id: None,
            message: "(E005)".into(),
            cost: Usd::ZERO,
        },
        GenerateError::Failed {
            id: id(),
            message: "out of memory (E1001)".into(),
            code: Some("E1001".into()),
            retryable: false,
            cost,
        },
        GenerateError::Canceled {
            id: id(),
            charged: false,
            cost: Usd::ZERO,
        },
        GenerateError::Canceled {
            id: id(),
            charged: true,
            cost,
        },
        GenerateError::MaybeCreated {
            picture: picture(),
            seed: 77,
            cost,
            source: source(),
        },
        GenerateError::StopsRun {
            reason: StopReason::BadToken,
            source: Some(source()),
        },
        GenerateError::StopsRun {
            reason: StopReason::NoCredit,
            source: None,
        },
        GenerateError::StopsRun {
            reason: StopReason::NoModel,
            source: None,
        },
        GenerateError::Rejected {
            picture: picture(),
            source: source(),
        },
        GenerateError::OutputGone { id: id(), cost },
        GenerateError::BadOutput {
            id: id(),
            problem: "it has no URL".into(),
            cost,
        },
        GenerateError::Deadline {
            id: id(),
            waited: Duration::from_mins(10),
            status: "processing".into(),
            cost,
        },
        GenerateError::NoRecording {
            path: "replay/0004/bw_stylized_2".into(),
        },
        GenerateError::UnreadableRecording {
            path: "replay/0004/bw_stylized_2.jpg".into(),
            source: std::io::Error::other("the source"),
        },
        GenerateError::ForeignPrediction {
            id: id(),
            generator: "a replay of replay".into(),
        },
        GenerateError::Transport {
            tried: format!("order {}", picture()),
            id: None,
            cost: Usd::ZERO,
            source: source(),
        },
    ]
}

#[test]
fn every_error_with_its_message_and_consequences() {
    let lines: Vec<String> = one_of_each()
        .iter()
        .map(|error| {
            format!(
                "{error}\n  stops run: {}, may order again: {}, cost: {} USD{}, prediction: {}",
                error.stops_run(),
                error.may_order_again(),
                error.cost().dollars(),
                if error.cost_is_assumed() {
                    " at most"
                } else {
                    ""
                },
                error.prediction().map_or("none", PredictionId::as_str),
            )
        })
        .collect();
    assert_eq!(lines.len(), 17);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn messages_do_not_repeat_their_source() {
    for error in one_of_each() {
        assert!(!error.to_string().contains("the source"), "{error}");
    }
}
