//! What a question was, for tests.

use serde_json::Value;

/// What the model was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The model's name.
    pub model: String,
    /// The numbers to judge, in the order of the question; none where one picture is shown alone.
    pub numbers: Vec<u32>,
    /// Whether one picture is shown alone.
    pub close: bool,
    /// Width and height of the sheet, or of that picture, in pixels.
    pub sheet: (u32, u32),
    /// The words of the question, without what is the same in every question.
    pub text: String,
    /// The whole body, the picture's data URI cut short.
    pub body: Value,
}
