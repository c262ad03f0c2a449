//! What a training manifest says of one picture.

use tdbal_types::{ImageClass, ImageName};

/// What the manifest says of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageEntry {
    /// The file name, the key of the entry.
    pub name: ImageName,
    /// Its `index`, where it has one; pictures are ordered by it. Recorded manifests repeat some.
    pub index: Option<i64>,
    /// Where its object is.
    pub s3_url: Option<String>,
    /// The prompt that made it.
    pub prompt: Option<String>,
    /// The class that it was made to be.
    pub class: Option<ImageClass>,
}
