//! One question, one answer, and one more try.

use crate::check::{CheckedReply, check_reply};
use crate::error::{Spent, VisionError};
use crate::model::{Correction, Question, Reply, VisionModel};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use tdbal_types::{Tokens, Usd};

/// How many problems a message names.
const SHOWN_PROBLEMS: usize = 5;

/// What one call took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRecord {
    /// The model that the server says answered.
    pub model: String,
    /// The server's name for the request.
    pub request_id: Option<String>,
    /// Its tokens.
    pub tokens: Tokens,
    /// Their price.
    pub cost: Usd,
}

/// An answer that can be used, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The answer.
    pub checked: CheckedReply,
    /// Every call that was answered, in order.
    pub replies: Vec<ReplyRecord>,
    /// The tokens of all calls.
    pub tokens: Tokens,
    /// The price of all calls.
    pub cost: Usd,
    /// What was wrong with the first answer, where the model was asked again.
    pub reasked: Option<Vec<Problem>>,
}

/// Why there is no answer that can be used. What was spent is in it.
#[derive(Debug, thiserror::Error)]
pub enum AssessError {
    /// The answer was unusable, and so was the second one.
    #[error("the model's answer was unusable, asked twice: {}", summary(problems))]
    Unassessed {
        /// What is wrong with the last answer.
        problems: Vec<Problem>,
        /// Every call that was answered, in order.
        replies: Vec<ReplyRecord>,
        /// The tokens of all calls.
        tokens: Tokens,
        /// The price of all calls.
        cost: Usd,
    },
    /// No answer came, or none when the model was asked again; what the first one cost is in it.
    #[error(transparent)]
    Model(#[from] VisionError),
}

/// The first few problems, and how many more there are.
fn summary(problems: &[Problem]) -> String {
    let mut text = problems
        .iter()
        .take(SHOWN_PROBLEMS)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if let Some(more) = problems.len().checked_sub(SHOWN_PROBLEMS + 1) {
        let _ = write!(text, "; and {} more", more + 1);
    }
    text
}

impl AssessError {
    /// The tokens of all calls, failed ones included.
    pub fn tokens(&self) -> Tokens {
        match self {
            Self::Unassessed { tokens, .. } => *tokens,
            Self::Model(error) => error.tokens(),
        }
    }

    /// The price of all calls, failed ones included.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Unassessed { cost, .. } => *cost,
            Self::Model(error) => error.cost(),
        }
    }

    /// Whether no other actor would fare better.
    pub const fn stops_run(&self) -> bool {
        matches!(self, Self::Model(error) if error.stops_run())
    }
}

/// Asks, checks, and where the answer is unusable asks once more with the problems told.
///
/// # Errors
/// When no answer came, or the second one is unusable too.
pub async fn assess(
    model: &dyn VisionModel,
    question: Question,
) -> Result<Assessment, AssessError> {
    let mut question = question;
    let first = model.ask(&question).await?;
    let problems = match check_reply(&first.text, question.look, &question.numbers()) {
        Ok(checked) => return Ok(assessment(checked, vec![record(&first)], None)),
        Err(problems) => problems,
    };
    tracing::warn!(
        actor = %question.actor, look = %question.look, %model, request_id = first.request_id.as_deref(),
        problems = %summary(&problems), "unusable answer, asking again"
    );
    let (first, previous) = (record(&first), first.text);
    question.correction = Some(Correction {
        previous,
        problems: problems.clone(),
    });
    let spent = Spent {
        tokens: first.tokens,
        cost: first.cost,
    };
    let second = model
        .ask(&question)
        .await
        .map_err(|error| error.after(spent))?;
    let replies = vec![first, record(&second)];
    match check_reply(&second.text, question.look, &question.numbers()) {
        Ok(checked) => Ok(assessment(checked, replies, Some(problems))),
        Err(problems) => {
            let (tokens, cost) = total(&replies);
            Err(AssessError::Unassessed {
                problems,
                replies,
                tokens,
                cost,
            })
        }
    }
}

fn record(reply: &Reply) -> ReplyRecord {
    ReplyRecord {
        model: reply.model.clone(),
        request_id: reply.request_id.clone(),
        tokens: reply.tokens,
        cost: reply.cost,
    }
}

fn total(replies: &[ReplyRecord]) -> (Tokens, Usd) {
    replies
        .iter()
        .fold((Tokens::default(), Usd::ZERO), |(tokens, cost), reply| {
            (tokens + reply.tokens, cost + reply.cost)
        })
}

fn assessment(
    checked: CheckedReply,
    replies: Vec<ReplyRecord>,
    reasked: Option<Vec<Problem>>,
) -> Assessment {
    let (tokens, cost) = total(&replies);
    Assessment {
        checked,
        replies,
        tokens,
        cost,
        reasked,
    }
}

#[cfg(test)]
mod tests {
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

    /// A model that gives these answers in this order, and no more.
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
    async fn a_good_answer_is_asked_for_once() {
        let assessment = assess(&model(vec![Ok(reply(GOOD))]), question())
            .await
            .unwrap();
        assert_eq!(assessment.reasked, None);
        assert_eq!(assessment.cost, Usd::from_nanos(5));
        assert_eq!(assessment.replies.len(), 1);
    }

    #[tokio::test]
    async fn an_unusable_answer_is_asked_again_with_its_problems() {
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
    async fn two_unusable_answers_are_unassessed_and_cost_what_they_cost() {
        let error = assess(&model(vec![Ok(reply("")), Ok(reply("{}"))]), question())
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the model's answer was unusable, asked twice: the answer has no list of pictures"
        );
        assert_eq!(
            (error.cost(), error.tokens()),
            (Usd::from_nanos(10), tokens() + tokens())
        );
        assert!(!error.stops_run());
    }

    #[tokio::test]
    async fn a_failure_of_the_first_or_second_call_keeps_all_costs() {
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
    async fn what_stops_the_run_does_so_at_the_second_call_too() {
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
    fn a_message_names_a_few_problems_and_counts_the_rest() {
        let problems: Vec<_> = (0..7)
            .map(|position| Problem::MissingNumber(SheetNumber::from_position(position)))
            .collect();
        assert!(summary(&problems).ends_with("no answer for picture 5; and 2 more"));
        assert!(!summary(&problems[..5]).contains("more"));
    }
}
