//! One entry of a training manifest.

use tdbal_types::{ImageClass, ImageName};

/// The entry of one picture in a training manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageEntry {
    /// File name of the picture; the key of the entry.
    pub name: ImageName,
    /// Position in the order of pictures, if the entry has one. Indexes are not unique in manifests
    /// of the original system.
    pub index: Option<i64>,
    /// URL of its object, if it has one.
    pub s3_url: Option<String>,
    /// Prompt that it was generated with, if recorded.
    pub prompt: Option<String>,
    /// Class that it was generated as, if recorded.
    pub class: Option<ImageClass>,
}
