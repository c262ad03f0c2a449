//! Changes of a training manifest.

use super::manifest::{TrainingManifest, enter};
use crate::{ManifestError, restore};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ClassCounts, ImageClass, ImageName, RunId};

/// How much of a prompt `prompt_preview` shows, in characters.
const PREVIEW_CHARS: usize = 100;

/// A picture that was generated and is to be entered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewImage {
    /// The file name.
    pub name: ImageName,
    /// The number in its name.
    pub index: u64,
    /// The class that was asked for.
    pub class: ImageClass,
    /// The whole prompt.
    pub prompt: String,
    /// Where its object is, if it has one.
    pub s3_url: Option<String>,
    /// Where its local copy is.
    pub local_path: String,
    /// The prediction that made it.
    pub prediction_id: String,
    /// The model that made it.
    pub model: String,
    /// When it was made: `2026-11-22T11:06:50.000000`.
    pub generated_at: String,
}

/// What the generation record of an edit says.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationNote {
    /// The run that made the pictures.
    pub run: RunId,
    /// The program that made them; written into `generated_by`.
    pub generated_by: String,
}

/// One change of a training manifest: what leaves and what comes, at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Pictures whose entries go. One that has no entry is no error.
    pub remove: BTreeSet<ImageName>,
    /// Pictures whose entries come.
    pub add: Vec<NewImage>,
    /// Who made them.
    pub note: GenerationNote,
    /// When: `2026-11-22T11:06:50.000000`.
    pub now: String,
}

impl TrainingManifest {
    /// The manifest after an edit. `total_images`, `updated_at` and the highest number follow; where
    /// pictures come, one generation record comes with them.
    ///
    /// # Errors
    /// When a picture that comes is in the manifest already and does not leave, or a key is repeated.
    pub fn edited(&self, edit: &Edit) -> Result<Self, ManifestError> {
        self.document.check_writable()?;
        let mut manifest = self.clone();
        let generation_id = self.next_generation_id()?;
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
            enter(images, &image.name, entry)?;
        }
        manifest.follow(highest, &edit.now);
        if !edit.add.is_empty() {
            manifest.record(generation_record(edit, generation_id))?;
        }
        Ok(manifest)
    }

    /// The manifest after a change was taken back, entry by entry, whatever else changed since: the
    /// entries named in `back` are again as they were in `before`, each behind the nearest of its
    /// predecessors there that is still in the manifest, or first; those named in `out` leave. A name
    /// in both leaves and comes back. `total_images` and `updated_at` follow. Generation records stay,
    /// for they are history, and the highest number stays, for none is given twice. Done again, it
    /// changes nothing.
    ///
    /// # Errors
    /// When `before` has no entry of a name in `back`, the manifest has one with other content, or a
    /// key is repeated in either.
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
        let current = self.named();
        let entries = restore::restored(current.clone(), &before.named(), back, out)?;
        if entries == current {
            return Ok(self.clone());
        }
        let entries: Map<String, Value> = entries
            .into_iter()
            .filter_map(|(name, entry)| Some((name?.to_owned(), entry.clone())))
            .collect();
        let mut manifest = self.clone();
        *manifest.images_mut()? = entries;
        let highest = self.highest_number().max(manifest.highest_number());
        manifest.follow(highest, now);
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

/// The beginning of a prompt, with dots where it goes on.
fn preview(prompt: &str) -> String {
    match prompt.char_indices().nth(PREVIEW_CHARS) {
        Some((end, _)) => format!("{}...", prompt.get(..end).unwrap_or(prompt)),
        None => prompt.to_owned(),
    }
}
