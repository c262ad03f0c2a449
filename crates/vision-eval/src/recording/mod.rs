//! Answers that are recorded, and recorded answers.

mod exchange;
mod recorder;
mod replay;

pub use recorder::Recorder;
pub use replay::Replay;
