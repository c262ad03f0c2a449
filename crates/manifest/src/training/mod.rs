//! The training manifest: `actors/{actor}/training_data/manifest.json`.

mod adopt;
mod edit;
mod entry;
mod manifest;

pub use adopt::AdoptedFile;
pub use edit::{Edit, GenerationNote, NewImage};
pub use entry::ImageEntry;
pub use manifest::TrainingManifest;

#[cfg(test)]
mod tests;
