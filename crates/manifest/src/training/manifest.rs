//! The training manifest: `actors/{actor}/training_data/manifest.json`.

use crate::document::{Document, entry_text, shape};
use crate::double::DoubleEntry;
use crate::restore::{self, Named};
use crate::{ActorManifest, ManifestError};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ClassCounts, ImageClass, ImageName, RunId};

mod adopted;

pub use adopted::AdoptedFile;

/// How much of a prompt `prompt_preview` shows, in characters.
const PREVIEW_CHARS: usize = 100;

/// The key under which the highest number ever given to a picture is kept.
const LAST_INDEX: &str = "last_index";

/// The key that holds the mark of who changed the manifest last; not of the original's format.
const LAST_CHANGE: &str = "last_change";

/// A training manifest that was read and checked: its images have plain names and are objects.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingManifest {
    document: Document,
}

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
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is no JSON, `images` is no object of objects, an image is named by something that is
    /// no plain file name, or `generations` is no array.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest = Self {
            document: Document::parse(bytes)?,
        };
        manifest.document.array("generations")?;
        match manifest.document.root.get("images") {
            None | Some(Value::Object(_)) => {}
            Some(_) => return Err(shape("images", "an object")),
        }
        for (name, entry) in manifest.raw_images() {
            let path = || format!("images[{name:?}]");
            ImageName::new(name.as_str()).map_err(|source| ManifestError::Name {
                path: path(),
                source,
            })?;
            if !entry.is_object() {
                return Err(shape(path(), "an object"));
            }
        }
        Ok(manifest)
    }

    /// A manifest without pictures, for an actor whose pictures are only in a folder.
    pub fn empty(actor: &ActorId, now: &str) -> Self {
        let root = json!({
            "actor_id": actor.as_str(),
            "created_at": now,
            "updated_at": now,
            "total_images": 0,
            "generations": [],
            "images": {},
        });
        Self {
            document: Document::new(root.as_object().cloned().unwrap_or_default()),
        }
    }

    /// The manifest that an actor manifest's `training_data` becomes, for an actor that has neither
    /// a training manifest nor pictures in its folder.
    ///
    /// # Errors
    /// When the actor manifest's `training_data` cannot be read.
    pub fn from_actor_manifest(
        actor: &ActorId,
        source: &ActorManifest,
        now: &str,
    ) -> Result<Self, ManifestError> {
        let mut manifest = Self::empty(actor, now);
        let entries = source.training_data()?;
        let count = entries.len();
        let images: Map<String, Value> = entries
            .into_iter()
            .enumerate()
            .map(|(position, entry)| {
                let index = entry.name.trailing_number().unwrap_or(position as u64);
                let value = json!({
                    "generated_at": now,
                    "s3_url": entry.s3_url,
                    "index": index,
                    "generation_id": 1,
                    "generation_type": "existing",
                });
                (entry.name.into(), value)
            })
            .collect();
        let root = &mut manifest.document.root;
        root.insert("total_images".into(), images.len().into());
        root.insert("images".into(), images.into());
        root.insert(
            "generations".into(),
            json!([{
                "generation_id": 1,
                "type": "existing",
                "generated_at": now,
                "image_count": count,
                "metadata": { "source": "actor_manifest_training_data" },
            }]),
        );
        Ok(manifest)
    }

    /// The document as it is written: what was read, with the edits.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }

    /// The `actor_id` that the document names.
    pub fn actor_id(&self) -> Option<&str> {
        self.document.text("actor_id")
    }

    /// The number of images that the document claims.
    pub fn total_images(&self) -> Option<u64> {
        self.document
            .root
            .get("total_images")
            .and_then(Value::as_u64)
    }

    /// The paths of keys that an object of the document has more than once (`images["a.png"]`). Only
    /// the last entry of each was read; a manifest with such keys is not changed.
    pub fn repeated_keys(&self) -> &[String] {
        self.document.repeated_keys()
    }

    /// Whether the picture has an entry.
    pub fn contains(&self, name: &ImageName) -> bool {
        self.raw_entry(name).is_some()
    }

    /// The picture's entry as it is in the document.
    pub fn raw_entry(&self, name: &ImageName) -> Option<&Value> {
        self.document.root.get("images")?.get(name.as_str())
    }

    /// Entries that name one object: pictures that are there twice under two names.
    pub fn double_entries(&self) -> Vec<DoubleEntry> {
        DoubleEntry::same_object(self.images())
    }

    fn raw_images(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.document
            .root
            .get("images")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }

    /// All entries, in the order of the document.
    pub fn images(&self) -> Vec<ImageEntry> {
        self.raw_images()
            .filter_map(|(name, entry)| {
                let name = ImageName::new(name.as_str()).ok()?;
                let entry = entry.as_object()?;
                Some(ImageEntry {
                    name,
                    index: entry.get("index").and_then(Value::as_i64),
                    s3_url: entry_text(entry, "s3_url"),
                    prompt: entry_text(entry, "prompt"),
                    class: ["type", "generation_type"].into_iter().find_map(|key| {
                        entry
                            .get(key)
                            .and_then(Value::as_str)?
                            .parse::<ImageClass>()
                            .ok()
                    }),
                })
            })
            .collect()
    }

    /// The highest number that the manifest knows of: of its names, its `index` values, and the
    /// highest that it remembers from pictures that are gone.
    pub fn highest_number(&self) -> Option<u64> {
        let of_images = self.images().into_iter().flat_map(|entry| {
            [
                entry.name.trailing_number(),
                entry.index.and_then(|index| u64::try_from(index).ok()),
            ]
        });
        let remembered = self.document.root.get(LAST_INDEX).and_then(Value::as_u64);
        of_images.chain([remembered]).flatten().max()
    }

    /// All prompts that the manifest knows of: of its images, and of those that its generation
    /// records remember although they are gone.
    pub fn used_prompts(&self) -> BTreeSet<String> {
        let records = self.document.array("generations").unwrap_or_default();
        let remembered = records
            .iter()
            .filter_map(|record| record.get("metadata")?.get("prompts")?.as_array())
            .flatten()
            .filter_map(|prompt| prompt.as_str().map(str::to_owned));
        let of_images = self.images().into_iter().filter_map(|entry| entry.prompt);
        of_images.chain(remembered).collect()
    }

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

    /// The manifest with a mark of who changed it last, which a writer whose answer was lost looks
    /// for.
    #[must_use]
    pub fn marked(mut self, mark: &str) -> Self {
        let root = &mut self.document.root;
        root.insert(LAST_CHANGE.into(), mark.into());
        self
    }

    /// The mark of who changed it last.
    pub fn mark(&self) -> Option<&str> {
        self.document.text(LAST_CHANGE)
    }

    fn named(&self) -> Vec<Named<'_>> {
        self.raw_images()
            .map(|(name, entry)| (Some(name.as_str()), entry))
            .collect()
    }

    fn images_mut(&mut self) -> Result<&mut Map<String, Value>, ManifestError> {
        self.document
            .root
            .entry("images")
            .or_insert_with(|| Value::Object(Map::new()))
            .as_object_mut()
            .ok_or_else(|| shape("images", "an object"))
    }

    /// Writes what follows from the images: their number, the time, and the highest number given.
    fn follow(&mut self, highest: Option<u64>, now: &str) {
        let total = self.raw_images().count();
        let root = &mut self.document.root;
        root.insert("total_images".into(), total.into());
        root.insert("updated_at".into(), now.into());
        if let Some(highest) = highest {
            root.insert(LAST_INDEX.into(), highest.into());
        }
    }

    fn record(&mut self, generation: Value) -> Result<(), ManifestError> {
        self.document
            .root
            .entry("generations")
            .or_insert_with(|| json!([]))
            .as_array_mut()
            .ok_or_else(|| shape("generations", "an array"))?
            .push(generation);
        Ok(())
    }

    fn next_generation_id(&self) -> Result<u64, ManifestError> {
        let highest = self
            .document
            .array("generations")?
            .iter()
            .filter_map(|record| record.get("generation_id")?.as_u64())
            .max();
        Ok(highest.map_or(1, |id| id.saturating_add(1)))
    }
}

/// Puts a new entry at the end.
fn enter(
    images: &mut Map<String, Value>,
    name: &ImageName,
    entry: Value,
) -> Result<(), ManifestError> {
    if images.contains_key(name.as_str()) {
        return Err(ManifestError::Duplicate { name: name.clone() });
    }
    images.insert(name.to_string(), entry);
    Ok(())
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

#[cfg(test)]
mod tests;
