//! Editing a training manifest and undoing an edit.

use super::manifest::{TrainingManifest, insert_new};
use crate::{ManifestError, restore};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ClassCounts, ImageClass, ImageName, RunId};

/// Maximum number of characters of the prompt in `prompt_preview`.
const PREVIEW_CHARS: usize = 100;

/// A generated picture to add to the manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct NewImage {
    /// File name of the picture.
    pub name: ImageName,
    /// Number in the file name.
    pub index: u64,
    /// Class that the picture was generated as.
    pub class: ImageClass,
    /// Full prompt.
    pub prompt: String,
    /// URL of its object, if it has one.
    pub s3_url: Option<String>,
    /// Path of its local copy.
    pub local_path: String,
    /// ID of the prediction that generated the picture.
    pub prediction_id: String,
    /// Model that generated the picture.
    pub model: String,
    /// Time of generation, such as `2026-11-22T11:06:50.000000`.
    pub generated_at: String,
}

/// The origin of added pictures, as noted in their entries and in the generation record.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationNote {
    /// Run that generated the pictures.
    pub run: RunId,
    /// Program that generated the pictures; stored as `generated_by`.
    pub generated_by: String,
}

/// An edit of a training manifest, which removes and adds entries in one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Pictures whose entries are removed. Pictures without an entry are ignored.
    pub remove: BTreeSet<ImageName>,
    /// Pictures whose entries are added.
    pub add: Vec<NewImage>,
    /// Origin of the added pictures.
    pub note: GenerationNote,
    /// Time of the edit, such as `2026-11-22T11:06:50.000000`.
    pub now: String,
}

impl TrainingManifest {
    /// The manifest after an edit, with `total_images`, `updated_at` and the highest number
    /// updated. If the edit adds pictures, it also adds one generation record.
    ///
    /// # Errors
    /// [`ManifestError::Duplicate`] if a picture to add has an entry that the edit does not remove,
    /// [`ManifestError::RepeatedKeys`] if the manifest has repeated keys.
    pub fn edited(&self, edit: &Edit) -> Result<Self, ManifestError> {
        self.document.check_writable()?;
        let mut manifest = self.clone();
        let generation_id = self.next_generation_id()?;
        // Taken before the removal, so the number of a removed picture is never reused.
        let highest = self
            .highest_number()
            .into_iter()
            .chain(edit.add.iter().map(|image| image.index))
            .max();
        let images = manifest.images_mut()?;
        images.retain(|name, _| {
            ImageName::new(name.as_str()).map_or(true, |name| !edit.remove.contains(&name))
        });
        for image in &edit.add {
            let entry = new_entry(image, generation_id, &edit.note);
            insert_new(images, &image.name, entry)?;
        }
        manifest.update_totals(highest, &edit.now);
        if !edit.add.is_empty() {
            manifest.push_generation(generation_record(edit, generation_id))?;
        }
        Ok(manifest)
    }

    /// The manifest with an edit undone entry by entry. Changes made since by others are kept.
    ///
    /// Entries named in `out` are removed. Entries named in `back` are restored from `before`, each
    /// after its nearest predecessor that is still in the manifest, or first. A name in both sets
    /// is removed, then restored. `total_images` and `updated_at` are updated. Generation records
    /// are kept as history, and the highest number is kept so no number is reused. Repeating the
    /// undo changes nothing.
    ///
    /// # Errors
    /// [`ManifestError::NotBefore`] if `before` has no entry for a name in `back`,
    /// [`ManifestError::Changed`] if the manifest has one with different content,
    /// [`ManifestError::RepeatedKeys`] if either manifest has repeated keys.
    pub fn restored(
        &self,
        before: &Self,
        back: &BTreeSet<ImageName>,
        out: &BTreeSet<ImageName>,
        now: &str,
    ) -> Result<Self, ManifestError> {
        self.document.check_writable()?;
        before.document.check_writable()?;
        if let Some(name) = back.iter().find(|name| !before.contains(name)) {
            return Err(ManifestError::NotBefore { name: name.clone() });
        }
        let current = self.named_entries();
        let entries = restore::restored(current.clone(), &before.named_entries(), back, out)?;
        // Without this a repeated undo would still change `updated_at`.
        if entries == current {
            return Ok(self.clone());
        }
        let entries: Map<String, Value> = entries
            .into_iter()
            .filter_map(|(name, entry)| Some((name?.to_owned(), entry.clone())))
            .collect();
        let mut manifest = self.clone();
        *manifest.images_mut()? = entries;
        // Entries that are about to go may have the highest number, if another program dropped the
        // stored one.
        let highest = self.highest_number().max(manifest.highest_number());
        manifest.update_totals(highest, now);
        Ok(manifest)
    }
}

fn new_entry(image: &NewImage, generation_id: u64, note: &GenerationNote) -> Value {
    json!({
        "prompt": image.prompt,
        "prompt_preview": preview(&image.prompt),
        "generated_at": image.generated_at,
        "s3_url": image.s3_url,
        "local_path": image.local_path,
        "index": image.index,
        "type": image.class,
        "generated_by": note.generated_by,
        "prediction_id": image.prediction_id,
        "model": image.model,
        "generation_id": generation_id,
        "generation_type": "balance",
    })
}

fn generation_record(edit: &Edit, generation_id: u64) -> Value {
    let classes: ClassCounts = edit.add.iter().map(|image| image.class).collect();
    let prompts: Vec<&str> = edit.add.iter().map(|image| image.prompt.as_str()).collect();
    let models: BTreeSet<&str> = edit.add.iter().map(|image| image.model.as_str()).collect();
    json!({
        "generation_id": generation_id,
        "type": "balance",
        "generated_at": edit.now,
        "image_count": edit.add.len(),
        "metadata": {
            "source": edit.note.generated_by,
            "run_id": edit.note.run,
            "models": models,
            "classes": classes,
            "prompts": prompts,
        },
    })
}

/// The beginning of a prompt, with `...` if it is shortened.
fn preview(prompt: &str) -> String {
    match prompt.char_indices().nth(PREVIEW_CHARS) {
        Some((end, _)) => format!("{}...", prompt.get(..end).unwrap_or(prompt)),
        None => prompt.to_owned(),
    }
}
