//! What a run leaves in its output folder for people and programs: progress, the audit trail, the
//! report at the end, and the events while it goes on.

pub mod audit;
pub mod error;
pub mod events;
pub mod folder;
pub mod progress;
pub mod report;

pub use error::OutputError;
pub use events::{Event, Observer, Silent};
pub use folder::{OutputFolder, OutputLock};
pub use progress::{Mode, Progress};
pub use report::{ActorReport, ActorStatus, RunReport};
