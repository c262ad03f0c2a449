//! Record of a question, for tests to inspect.

use serde_json::Value;

/// A question that the model was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Name of the model.
    pub model: String,
    /// Numbers to judge, in the order of the question; empty for a question about a single picture.
    pub numbers: Vec<u32>,
    /// Whether the question is about a single picture.
    pub close: bool,
    /// Width and height of the sheet, or of the single picture, in pixels.
    pub sheet: (u32, u32),
    /// Text parts of the messages. The system prompt, a plain string, is not included.
    pub text: String,
    /// Body of the request, with the data of the picture replaced by `...`.
    pub body: Value,
}
