//! The training manifest and the actor manifest of an actor: bytes to values, edits, and back.
//!
//! Both keep everything that this crate does not know, in the order in which it came: they wrap the
//! JSON document and read from it, they do not mirror it. Nothing here does I/O; time is a
//! parameter.
//!
//! A change is one value: [`TrainingManifest::edited`] takes out and enters at once, and
//! [`TrainingManifest::restored`] undoes it, entry by entry, on whatever the manifest became since:
//!
//! ```
//! use manifest::{Edit, GenerationNote, TrainingManifest};
//! use std::collections::BTreeSet;
//! use tdbal_types::{ImageName, RunId};
//!
//! let before = TrainingManifest::parse(
//!     br#"{"images": {"9001_1.png": {"index": 1, "stars": 4}, "9001_2.png": {"index": 2}}}"#,
//! )?;
//! let removed = BTreeSet::from([ImageName::new("9001_1.png")?]);
//! let edited = before.edited(&Edit {
//!     remove: removed.clone(),
//!     add: Vec::new(),
//!     note: GenerationNote { run: RunId::new("run-1")?, generated_by: "an example".into() },
//!     now: "2026-11-22T11:06:50.000000".into(),
//! })?;
//! let undone = edited.restored(&before, &removed, &BTreeSet::new(), "2026-11-22T11:08:00.000000")?;
//! assert_eq!(undone.images(), before.images());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Keys that are there twice
//! JSON lets an object have a key twice, and every parser keeps only one of the two. Such a manifest
//! can be read, but what writes it again loses the other entry: [`TrainingManifest::repeated_keys`] and
//! [`ActorManifest::repeated_keys`] name them, and changes refuse with
//! [`ManifestError::RepeatedKeys`]. Only [`ActorManifest::edited`] and
//! [`ActorManifest::without_double_entries`], which cannot fail, rely on the caller to have asked.

mod actor;
mod base_image;
mod document;
mod double;
mod error;
mod repeated;
mod restore;
mod training;

pub use actor::{ActorManifest, LocalFile, NewTrainingData};
pub use base_image::BaseImageSource;
pub use double::DoubleEntry;
pub use error::ManifestError;
pub use training::{AdoptedFile, Edit, GenerationNote, ImageEntry, NewImage, TrainingManifest};
