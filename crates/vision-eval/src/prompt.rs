//! The prompts: a constant system prompt, and the user text of each question.

use crate::look::LookKind;
use crate::model::Question;
use std::fmt::Write as _;

/// The version of all prompts together: system prompts and user texts, for sheets and close looks.
/// It is raised with every change that may change an answer.
pub const PROMPT_VERSION: &str = "sheet-v2, close-v1";

/// The system prompt for sheets.
const SHEET_PROMPT: &str = include_str!("../prompts/sheet-v2.md");

/// The system prompt for close looks.
const CLOSE_PROMPT: &str = include_str!("../prompts/close-v1.md");

/// The constant part of a question: what the classes, faults and qualities mean and how to answer.
/// Control sheets have the same prompt as any other sheet.
pub const fn system_prompt(look: LookKind) -> &'static str {
    if look.is_sheet() {
        SHEET_PROMPT
    } else {
        CLOSE_PROMPT
    }
}

/// Maximum length, in characters, of an unusable answer that is quoted back to the model. A usable
/// answer for 100 pictures is about as long.
const MAX_PREVIOUS_CHARS: usize = 8_000;

/// The variable part of a question: the numbers to judge on a sheet and, when the model is asked
/// again, its last answer with a list of the problems.
pub fn user_text(question: &Question) -> String {
    let (shown, mut text) = if question.look.is_sheet() {
        let numbers: Vec<String> = question.numbers().iter().map(ToString::to_string).collect();
        let text = format!(
            "The sheet is attached. Numbers to judge ({}): {}.",
            numbers.len(),
            numbers.join(", ")
        );
        ("sheet", text)
    } else {
        ("picture", "The picture is attached. Judge it.".to_owned())
    };
    if let Some(correction) = &question.correction {
        // A degenerate answer can be as long as the token limit allows. Quoting all of it would
        // multiply the cost of the question.
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
            "Look at the {shown} again and give the whole answer anew. Your last answer was:\n\
             <answer>\n{previous}\n</answer>"
        );
    }
    text
}

#[cfg(test)]
mod tests;
