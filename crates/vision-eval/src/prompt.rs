//! What the model is told.

use crate::model::Question;
use std::fmt::Write as _;

/// The version of the prompt, system and user part together. It changes with every change of
/// either that may change an answer.
pub const PROMPT_VERSION: &str = "sheet-v1";

/// The constant part: what the classes, faults and qualities mean.
pub const SYSTEM_PROMPT: &str = include_str!("../prompts/sheet-v1.md");

/// How much of an unusable answer the model is shown again, in characters. A usable one for 100
/// pictures is about as long.
const MAX_PREVIOUS_CHARS: usize = 8_000;

/// The part that is new with each question: the numbers to judge and, when the model is asked
/// again, its last answer and what is wrong with it.
pub fn user_text(question: &Question) -> String {
    let numbers = question
        .numbers
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let mut text = format!(
        "The sheet is attached. Numbers to judge ({}): {numbers}.",
        question.numbers.len()
    );
    if let Some(correction) = &question.correction {
        let previous: String = correction
            .previous
            .chars()
            .take(MAX_PREVIOUS_CHARS)
            .collect();
        let _ = write!(
            text,
            "\n\nYou answered this question before, and the answer could not be used:\n"
        );
        for problem in &correction.problems {
            let _ = writeln!(text, "- {}", problem.for_model());
        }
        let _ = write!(
            text,
            "Look at the sheet again and give the whole answer anew. Your last answer was:\n\
             <answer>\n{previous}\n</answer>"
        );
    }
    text
}
