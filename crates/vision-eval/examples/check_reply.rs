//! Checks three answers: a usable one, one that leaves out a picture, and one from a recording.
#![allow(clippy::print_stdout, reason = "an example")]

use bytes::Bytes;
use std::error::Error;
use std::path::Path;
use tdbal_types::{ActorId, Digest, SheetNumber};
use vision_eval::{
    LookKind, Question, Replay, SheetImage, Shown, assess, check_reply, discrepancies,
};

/// The first sheet of an actor's pictures.
const FIRST: LookKind = LookKind::Sheet { vote: 1 };

const GOOD: &str = r#"{"pictures": [
    {"number": 1, "class": "photorealistic", "faults": [], "quality": 8},
    {"number": 2, "class": "bw_stylized", "faults": ["symmetrical"], "quality": 6}
], "analysis": "Both are clear."}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<SheetNumber> = (0..2).map(SheetNumber::from_position).collect();
    match check_reply(GOOD, FIRST, &numbers) {
        Ok(checked) => println!("usable: {}", checked.counts()),
        Err(problems) => return Err(format!("{problems:?}").into()),
    }
    let short = GOOD.replace("\"number\": 2", "\"number\": 1");
    for problem in check_reply(&short, FIRST, &numbers)
        .err()
        .unwrap_or_default()
    {
        println!("unusable: {problem}");
    }
    recorded().await
}

/// Asks a model that answers from a recording. `assess` asks again if the answer is unusable.
async fn recorded() -> Result<(), Box<dyn Error>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let model = Replay::new(fixtures.join("replies"));
    let question = Question {
        actor: ActorId::new("9001_nordic_58_male")?,
        look: FIRST,
        // The replay ignores the image.
        sheet: SheetImage {
            jpeg: Bytes::new(),
            width: 1000,
            height: 800,
        },
        // Recordings of one sheet are found by the actor, not by the digests of the pictures.
        pictures: (0..20)
            .map(|position| Shown {
                number: SheetNumber::from_position(position),
                sha256: Digest::from_bytes([0; 32]),
            })
            .collect(),
        correction: None,
    };
    let assessment = assess(&model, question).await?;
    println!(
        "recorded: {}, cost {}",
        assessment.checked.counts(),
        assessment.cost
    );
    for discrepancy in discrepancies(&assessment.checked) {
        println!("the model contradicts itself: {discrepancy}");
    }
    Ok(())
}
