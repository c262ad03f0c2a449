use super::*;
use std::sync::Arc;

/// Follows the contract: orders once, records the ID, then waits.
async fn order(
    generator: &dyn ImageGenerator,
    request: &GenerationRequest,
    journal: &mut Vec<PredictionId>,
) -> Result<Generated, GenerateError> {
    let started = generator.start(request).await?;
    journal.push(started.id.clone());
    generator.finish(&started.id).await
}

fn request() -> GenerationRequest {
    GenerationRequest {
        actor: ActorId::new("0004").unwrap(),
        class: ImageClass::BwStylized,
        ordinal: 2,
        prompt: Prompt {
            class: ImageClass::BwStylized,
            scene: "s".into(),
            technique: "t".into(),
            text: "a prompt".into(),
        },
        seed: 1,
        base_image: Bytes::new(),
    }
}

#[tokio::test]
async fn a_mock_can_be_used_through_the_trait() {
    let id = PredictionId::new("p1").unwrap();
    let mut mock = MockImageGenerator::new();
    let started = Started {
        id: id.clone(),
        model: "m".into(),
    };
    mock.expect_start()
        .withf(|request| request.ordinal == 2)
        .times(1)
        .return_once(move |_| Ok(started));
    mock.expect_finish().times(1).returning(|id| {
        Err(GenerateError::OutputGone {
            id: id.clone(),
            cost: Usd::ZERO,
        })
    });
    let generator: Arc<dyn ImageGenerator> = Arc::new(mock);
    let mut journal = Vec::new();
    let result = order(&*generator, &request(), &mut journal).await;
    assert!(matches!(result, Err(GenerateError::OutputGone { .. })));
    assert_eq!(journal, [id], "the ID is recorded although finish failed");
    assert_eq!(generator.to_string(), "a mocked generator");
}

#[test]
fn a_request_names_its_picture() {
    assert_eq!(request().picture(), "bw_stylized picture 2 of 0004");
}
