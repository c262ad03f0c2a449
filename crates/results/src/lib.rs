//! What a run leaves in its output folder for people and programs: progress, the audit trail, the
//! report at the end, and the events that it reports while it works.
//!
//! A run works on *actors*: characters that a LoRA (a small add-on to an image model) is trained on.
//! [`OutputFolder`] reads, writes and locks files by name; [`progress`] and [`audit`] know the
//! format of their own files. [`RunReport`] and [`Event`] are values and are written by the caller.
//!
//! ```
//! use results::progress::{Basis, Progress, read_progress, write_progress};
//! use results::{Mode, OutputFolder};
//! use tdbal_types::{ActorId, Digest};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let temporary = tempfile::tempdir()?;
//! # let path = temporary.path().join("out");
//! let output = OutputFolder::new(path);
//! let _lock = output.lock()?; // keeps other runs out
//!
//! let actor = ActorId::new("0004_asian_25_female")?;
//! let set = Digest::from_bytes([7; 32]); // fingerprint of the actor's pictures
//! let basis = Basis { data_dir: "data".into(), settings: Digest::from_bytes([1; 32]) };
//!
//! let last = read_progress(&output, Mode::DryRun).await?;
//! let mut progress = Progress::begin(last, [actor.clone()], basis, "2026-11-22T11:06:50.000000");
//! progress.complete(&actor, set);
//! write_progress(&output, Mode::DryRun, &progress).await?;
//!
//! // The next run skips the actor as long as its set stays the same.
//! let last = read_progress(&output, Mode::DryRun).await?.ok_or("it was written above")?;
//! assert!(last.is_completed(&actor, &set));
//! assert!(!last.is_completed(&actor, &Digest::from_bytes([8; 32])));
//! # Ok(())
//! # }
//! ```

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
