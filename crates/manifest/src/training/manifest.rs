//! Parsing a training manifest and reading its values.

use super::entry::ImageEntry;
use crate::document::{Document, entry_text, shape_error};
use crate::double::DoubleEntry;
use crate::restore::NamedEntry;
use crate::{ActorManifest, ManifestError};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageClass, ImageName};

/// Key of the highest number that was ever given to a picture.
pub(super) const LAST_INDEX: &str = "last_index";

/// Key of the mark of the last change, an addition to the format of the original system.
const LAST_CHANGE: &str = "last_change";

/// The training manifest of an actor. All its entries are objects with plain file names.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingManifest {
    pub(super) document: Document,
}

impl TrainingManifest {
    /// Parses a manifest.
    ///
    /// # Errors
    /// [`ManifestError::Syntax`] if the bytes are not JSON, [`ManifestError::Shape`] if they are
    /// not an object, `images` is not an object of objects, or `generations` is not an array,
    /// [`ManifestError::Name`] if the key of an image is not a plain file name.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest = Self {
            document: Document::parse(bytes)?,
        };
        manifest.document.array("generations")?;
        match manifest.document.root.get("images") {
            None | Some(Value::Object(_)) => {}
            Some(_) => return Err(shape_error("images", "an object")),
        }
        for (name, entry) in manifest.raw_images() {
            let path = || format!("images[{name:?}]");
            ImageName::new(name.as_str()).map_err(|source| ManifestError::Name {
                path: path(),
                source,
            })?;
            if !entry.is_object() {
                return Err(shape_error(path(), "an object"));
            }
        }
        Ok(manifest)
    }

    /// A manifest without entries, for an actor whose pictures are in a folder but not listed.
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

    /// A manifest with the pictures of an actor manifest's `training_data`, for an actor that has
    /// neither a training manifest nor pictures in its folder.
    ///
    /// # Errors
    /// The errors of [`ActorManifest::training_data`].
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
                // Names without a number keep their order through their position in the list.
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

    /// The manifest as JSON text, in the format in which it was read.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }

    /// Value of `actor_id`.
    pub fn actor_id(&self) -> Option<&str> {
        self.document.text("actor_id")
    }

    /// Value of `total_images`, which may differ from the number of entries.
    pub fn total_images(&self) -> Option<u64> {
        self.document
            .root
            .get("total_images")
            .and_then(Value::as_u64)
    }

    /// Paths of keys that occur more than once in their object, such as `images["a.png"]`. Only the
    /// last value of each was read, and methods that change the manifest fail.
    pub fn repeated_keys(&self) -> &[String] {
        self.document.repeated_keys()
    }

    /// Whether the manifest has an entry for the picture.
    pub fn contains(&self, name: &ImageName) -> bool {
        self.raw_entry(name).is_some()
    }

    /// The picture's entry as JSON, including fields that this crate does not know.
    pub fn raw_entry(&self, name: &ImageName) -> Option<&Value> {
        self.document.root.get("images")?.get(name.as_str())
    }

    /// Groups of entries with the same object URL: one picture under several names.
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

    /// All entries, in document order.
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

    /// The highest number among file names, `index` values and the stored highest number, which
    /// covers removed pictures.
    pub fn highest_number(&self) -> Option<u64> {
        let of_images = self.images().into_iter().flat_map(|entry| {
            [
                entry.name.trailing_number(),
                entry.index.and_then(|index| u64::try_from(index).ok()),
            ]
        });
        let stored = self.document.root.get(LAST_INDEX).and_then(Value::as_u64);
        of_images.chain([stored]).flatten().max()
    }

    /// All prompts in entries and generation records. The records also cover removed pictures.
    pub fn used_prompts(&self) -> BTreeSet<String> {
        let records = self.document.array("generations").unwrap_or_default();
        let of_records = records
            .iter()
            .filter_map(|record| record.get("metadata")?.get("prompts")?.as_array())
            .flatten()
            .filter_map(|prompt| prompt.as_str().map(str::to_owned));
        let of_images = self.images().into_iter().filter_map(|entry| entry.prompt);
        of_images.chain(of_records).collect()
    }

    /// The manifest with a mark that identifies its last change. A writer that does not get a
    /// response reads the mark to find out whether its write succeeded.
    #[must_use]
    pub fn marked(mut self, mark: &str) -> Self {
        let root = &mut self.document.root;
        root.insert(LAST_CHANGE.into(), mark.into());
        self
    }

    /// The mark of the last change, if there is one.
    pub fn mark(&self) -> Option<&str> {
        self.document.text(LAST_CHANGE)
    }

    pub(super) fn named_entries(&self) -> Vec<NamedEntry<'_>> {
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
            .ok_or_else(|| shape_error("images", "an object"))
    }

    /// Updates `total_images`, `updated_at` and the highest number.
    pub(super) fn update_totals(&mut self, highest: Option<u64>, now: &str) {
        let total = self.raw_images().count();
        let root = &mut self.document.root;
        root.insert("total_images".into(), total.into());
        root.insert("updated_at".into(), now.into());
        if let Some(highest) = highest {
            root.insert(LAST_INDEX.into(), highest.into());
        }
    }

    pub(super) fn push_generation(&mut self, generation: Value) -> Result<(), ManifestError> {
        self.document
            .root
            .entry("generations")
            .or_insert_with(|| json!([]))
            .as_array_mut()
            .ok_or_else(|| shape_error("generations", "an array"))?
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

/// Adds an entry at the end; an existing entry of that name is an error.
pub(super) fn insert_new(
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
