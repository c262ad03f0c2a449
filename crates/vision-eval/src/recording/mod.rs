//! Records a model's answers and replays recorded ones.

mod exchange;
mod recorder;
mod replay;

pub use recorder::Recorder;
pub use replay::Replay;
