//! The training manifest and the actor manifest of an actor: bytes to values, edits, and back.
//!
//! Both keep everything that this crate does not know, in the order in which it came: they wrap the
//! JSON document and read from it, they do not mirror it. Nothing here does I/O; time is a
//! parameter.

mod actor;
mod base_image;
mod document;
mod error;
mod training;

pub use actor::{ActorManifest, LocalFile, NewTrainingData};
pub use base_image::BaseImageSource;
pub use error::ManifestError;
pub use training::{Edit, GenerationNote, ImageEntry, NewImage, TrainingManifest};
