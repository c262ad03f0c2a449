use super::*;
use crate::error::{ActorFailure, StopCause};
use crate::look::{LookKind, Shown};
use crate::model::{MockVisionModel, SheetImage};
use bytes::Bytes;
use mockall::Sequence;
use tdbal_types::{ActorId, Digest, SheetNumber};

const GOOD: &str =
    r#"{"pictures": [{"number": 1, "class": "bw_stylized", "quality": 7, "faults": []}]}"#;

fn question() -> Question {
    Question {
        actor: ActorId::new("0004_european_35_male").unwrap(),
        look: LookKind::Sheet { vote: 1 },
        sheet: SheetImage {
            jpeg: Bytes::new(),
            width: 1_000,
            height: 200,
        },
        pictures: vec![Shown {
            number: SheetNumber::from_position(0),
            sha256: Digest::from_bytes([1; 32]),
        }],
        correction: None,
    }
}

fn reply(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        model: "m".to_owned(),
        request_id: Some("r".to_owned()),
        tokens: tokens(),
        cost: Usd::from_nanos(5),
    }
}

fn tokens() -> Tokens {
    Tokens {
        input: 100,
        cached: 0,
        output: 10,
    }
}

fn refused() -> VisionError {
    VisionError::ActorFailed {
        actor: question().actor,
        cause: ActorFailure::Refused {
            text: "no".to_owned(),
        },
        request_id: None,
        spent: Box::new(Spent {
            tokens: tokens(),
            cost: Usd::from_nanos(7),
        }),
        source: None,
    }
}

/// A model that gives exactly these answers, in this order.
fn model(answers: Vec<Result<Reply, VisionError>>) -> MockVisionModel {
    let mut model = MockVisionModel::new();
    let mut order = Sequence::new();
    for answer in answers {
        model
            .expect_ask()
            .times(1)
            .in_sequence(&mut order)
            .return_once(move |_| answer);
    }
    model
}

#[tokio::test]
async fn usable_answer_needs_one_call() {
    let assessment = assess(&model(vec![Ok(reply(GOOD))]), question())
        .await
        .unwrap();
    assert_eq!(assessment.reasked, None);
    assert_eq!(assessment.cost, Usd::from_nanos(5));
    assert_eq!(assessment.replies.len(), 1);
}

#[tokio::test]
async fn unusable_answer_is_asked_again_with_its_problems() {
    let mut model = MockVisionModel::new();
    model
        .expect_ask()
        .withf(|question| question.correction.is_none())
        .times(1)
        .return_once(|_| Ok(reply(r#"{"pictures": []}"#)));
    model
        .expect_ask()
        .withf(|question| {
            let text = crate::user_text(question);
            question.correction.as_ref().is_some_and(|correction| {
                correction.problems == [Problem::MissingNumber(SheetNumber::from_position(0))]
            }) && text.contains("There is no entry for number 1.")
                && text.contains(r#"{"pictures": []}"#)
        })
        .times(1)
        .return_once(|_| Ok(reply(GOOD)));
    let assessment = assess(&model, question()).await.unwrap();
    assert_eq!(assessment.replies.len(), 2);
    assert_eq!(assessment.cost, Usd::from_nanos(10));
    assert_eq!(assessment.tokens, tokens() + tokens());
    assert_eq!(assessment.reasked.unwrap().len(), 1);
}

#[tokio::test]
async fn two_unusable_answers_are_an_error_with_both_costs() {
    let error = assess(&model(vec![Ok(reply("")), Ok(reply("{}"))]), question())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model's answer was unusable twice: the answer has no list of pictures"
    );
    assert_eq!(
        (error.cost(), error.tokens()),
        (Usd::from_nanos(10), tokens() + tokens())
    );
    assert!(!error.stops_run());
}

#[tokio::test]
async fn failed_call_reports_the_cost_of_all_calls() {
    let error = assess(&model(vec![Err(refused())]), question())
        .await
        .unwrap_err();
    assert_eq!(error.cost(), Usd::from_nanos(7));
    let error = assess(&model(vec![Ok(reply("")), Err(refused())]), question())
        .await
        .unwrap_err();
    assert_eq!(
        (error.cost(), error.tokens()),
        (Usd::from_nanos(12), tokens() + tokens())
    );
}

#[tokio::test]
async fn stop_at_the_second_call_stops_the_run() {
    let stop = VisionError::StopsRun {
        cause: StopCause::NoCredit {
            endpoint: "http://localhost/v1".to_owned(),
            detail: "empty".to_owned(),
        },
        spent: Box::default(),
        source: None,
    };
    let error = assess(&model(vec![Ok(reply("")), Err(stop)]), question())
        .await
        .unwrap_err();
    assert!(error.stops_run());
    assert_eq!(error.cost(), Usd::from_nanos(5));
}

#[test]
fn summary_names_five_problems_and_counts_the_rest() {
    let problems: Vec<_> = (0..7)
        .map(|position| Problem::MissingNumber(SheetNumber::from_position(position)))
        .collect();
    assert!(summary(&problems).ends_with("no answer for picture 5; and 2 more"));
    assert!(!summary(&problems[..5]).contains("more"));
}
