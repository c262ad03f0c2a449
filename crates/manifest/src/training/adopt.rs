//! Files that are there and that no entry knows.

use super::manifest::{TrainingManifest, enter};
use crate::ManifestError;
use serde_json::json;
use tdbal_types::ImageName;

/// A picture that is there and has no entry in the training manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedFile {
    /// The file name.
    pub name: ImageName,
    /// Its place in the order of pictures.
    pub index: u64,
    /// Where its object is, if it has one.
    pub s3_url: Option<String>,
    /// Where its local copy is.
    pub local_path: String,
}

impl TrainingManifest {
    /// The manifest with entries for files that it did not know, at the end, and one generation record
    /// that says where they come from. Nobody knows their prompts. Without files it stays as it is.
    ///
    /// # Errors
    /// When a file has an entry already or is given twice, or a key is repeated.
    pub fn with_adopted(&self, files: &[AdoptedFile], now: &str) -> Result<Self, ManifestError> {
        self.document.check_writable()?;
        if files.is_empty() {
            return Ok(self.clone());
        }
        let generation_id = self.next_generation_id()?;
        let mut manifest = self.clone();
        let images = manifest.images_mut()?;
        for file in files {
            let entry = json!({
                "generated_at": now,
                "s3_url": file.s3_url,
                "local_path": file.local_path,
                "index": file.index,
                "generation_id": generation_id,
                "generation_type": "existing",
            });
            enter(images, &file.name, entry)?;
        }
        let highest = self.highest_number().max(manifest.highest_number());
        manifest.follow(highest, now);
        manifest.record(json!({
            "generation_id": generation_id,
            "type": "existing",
            "generated_at": now,
            "image_count": files.len(),
            "metadata": { "source": "doctor" },
        }))?;
        Ok(manifest)
    }
}
