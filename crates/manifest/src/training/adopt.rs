//! Adding entries for files that have none.

use super::manifest::{TrainingManifest, insert_new};
use crate::ManifestError;
use serde_json::json;
use tdbal_types::ImageName;

/// An existing picture file without an entry in the training manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedFile {
    /// File name of the picture.
    pub name: ImageName,
    /// Position in the order of pictures.
    pub index: u64,
    /// URL of its object, if it has one.
    pub s3_url: Option<String>,
    /// Path of its local copy.
    pub local_path: String,
}

impl TrainingManifest {
    /// The manifest with entries for `files` at the end, and one generation record for them. The
    /// entries have no prompt, because it is unknown. Without files the manifest is returned
    /// unchanged.
    ///
    /// # Errors
    /// [`ManifestError::Duplicate`] if a file has an entry or is listed twice,
    /// [`ManifestError::RepeatedKeys`] if the manifest has repeated keys.
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
            insert_new(images, &file.name, entry)?;
        }
        let highest = self.highest_number().max(manifest.highest_number());
        manifest.update_totals(highest, now);
        manifest.push_generation(json!({
            "generation_id": generation_id,
            "type": "existing",
            "generated_at": now,
            "image_count": files.len(),
            "metadata": { "source": "doctor" },
        }))?;
        Ok(manifest)
    }
}
