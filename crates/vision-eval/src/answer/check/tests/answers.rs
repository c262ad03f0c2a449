//! Answers to check, and their checks.

use crate::answer::{CheckedReply, Problem, check_reply};
use crate::look::LookKind;
use serde_json::{Value, json};
use tdbal_types::SheetNumber;

pub(super) fn numbers(numbers: &[u32]) -> Vec<SheetNumber> {
    numbers
        .iter()
        .map(|&number| SheetNumber::new(number).unwrap())
        .collect()
}

pub(super) fn number(number: u32) -> SheetNumber {
    SheetNumber::new(number).unwrap()
}

pub(super) fn picture(number: u32) -> Value {
    json!({"number": number, "class": "bw_stylized", "quality": 7, "faults": []})
}

pub(super) fn reply(pictures: &[Value]) -> String {
    json!({"pictures": pictures, "analysis": "Fine."}).to_string()
}

/// An answer in the format of older recordings about one picture.
pub(super) fn recorded_answer(number: Value, quality: Value) -> Value {
    json!({"image_classifications":
        [{"image_number": number, "type": "bw_stylized", "quality_score": quality}]})
}

pub(super) const SHEET: LookKind = LookKind::Sheet { vote: 1 };

pub(super) fn problems(text: &str, asked: &[u32]) -> Vec<Problem> {
    check_reply(text, SHEET, &numbers(asked)).unwrap_err()
}

pub(super) fn check_close(text: &str) -> Result<CheckedReply, Vec<Problem>> {
    check_reply(text, LookKind::Close, &numbers(&[1]))
}

pub(super) fn close_answer() -> Value {
    json!({"seen": "A man in profile, in ink.", "class": "bw_stylized", "faults": [], "quality": 7})
}

/// [`close_answer`] with one field replaced, or removed if `value` is `None`.
pub(super) fn close_answer_with(field: &str, value: Option<Value>) -> String {
    let mut answer = close_answer();
    match value {
        Some(value) => answer[field] = value,
        None => {
            answer.as_object_mut().unwrap().remove(field);
        }
    }
    answer.to_string()
}
