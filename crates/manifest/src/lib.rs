//! Reading and editing the training manifest and the actor manifest of an actor (a character that a
//! LoRA is trained on).
//!
//! The format comes from the original system, the scripts that tdbal replaces. Both types wrap the
//! JSON document, so fields that this crate does not know, and the order of keys, are preserved.
//! Nothing here does I/O, and the current time is a parameter.
//!
//! [`TrainingManifest::edited`] removes and adds entries in one step.
//! [`TrainingManifest::restored`] undoes an edit entry by entry and keeps other changes made since:
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
//! let later = "2026-11-22T11:08:00.000000";
//! let undone = edited.restored(&before, &removed, &BTreeSet::new(), later)?;
//! assert_eq!(undone.images(), before.images());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Repeated keys
//! A JSON object can contain the same key twice, and parsers keep only the last value. Such a
//! manifest can be read, but writing it would lose the other value.
//! [`TrainingManifest::repeated_keys`] and [`ActorManifest::repeated_keys`] list such keys, and
//! changes fail with [`ManifestError::RepeatedKeys`]. [`ActorManifest::edited`] and
//! [`ActorManifest::without_double_entries`] cannot fail, so their callers have to check first.

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
