//! The training manifest: `actors/{actor}/training_data/manifest.json`.

use super::entry::ImageEntry;
use crate::document::{Document, entry_text, shape};
use crate::double::DoubleEntry;
use crate::restore::Named;
use crate::{ActorManifest, ManifestError};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageClass, ImageName};

/// The key under which the highest number ever given to a picture is kept.
pub(super) const LAST_INDEX: &str = "last_index";

/// The key that holds the mark of who changed the manifest last; not of the original's format.
const LAST_CHANGE: &str = "last_change";

/// A training manifest that was read and checked: its images have plain names and are objects.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingManifest {
    pub(super) document: Document,
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
        let images = self.images().into_iter();
        DoubleEntry::same_object(images.filter_map(|image| Some((image.s3_url?, image.name))))
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

    pub(super) fn named(&self) -> Vec<Named<'_>> {
        self.raw_images()
            .map(|(name, entry)| (Some(name.as_str()), entry))
            .collect()
    }

    pub(super) fn images_mut(&mut self) -> Result<&mut Map<String, Value>, ManifestError> {
        self.document
            .root
            .entry("images")
            .or_insert_with(|| Value::Object(Map::new()))
            .as_object_mut()
            .ok_or_else(|| shape("images", "an object"))
    }

    /// Writes what follows from the images: their number, the time, and the highest number given.
    pub(super) fn follow(&mut self, highest: Option<u64>, now: &str) {
        let total = self.raw_images().count();
        let root = &mut self.document.root;
        root.insert("total_images".into(), total.into());
        root.insert("updated_at".into(), now.into());
        if let Some(highest) = highest {
            root.insert(LAST_INDEX.into(), highest.into());
        }
    }

    pub(super) fn record(&mut self, generation: Value) -> Result<(), ManifestError> {
        self.document
            .root
            .entry("generations")
            .or_insert_with(|| json!([]))
            .as_array_mut()
            .ok_or_else(|| shape("generations", "an array"))?
            .push(generation);
        Ok(())
    }

    pub(super) fn next_generation_id(&self) -> Result<u64, ManifestError> {
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
pub(super) fn enter(
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
