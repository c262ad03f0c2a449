//! The actor manifest: `actor_manifests/{id}_manifest.json`.

use crate::document::{Document, entry_text, shape_error};
use crate::double::{self, DoubleEntry, file_name};
use crate::restore::{self, NamedEntry};
use crate::{BaseImageSource, ManifestError, base_image};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageName};

/// Bytes per megabyte in the `size_mb` fields of the original system.
const MEGABYTE: f64 = 1024.0 * 1024.0;

/// The actor manifest of an actor.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorManifest {
    document: Document,
}

/// A picture listed in the actor manifest's `training_data`.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalFile {
    /// File name of the picture.
    pub name: ImageName,
    /// URL of its object, if it has one.
    pub s3_url: Option<String>,
}

/// A picture to add to `training_data`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTrainingData {
    /// File name of the picture.
    pub name: ImageName,
    /// Path of its local copy.
    pub local_path: String,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// Modification time in seconds since the Unix epoch.
    pub modified_timestamp: f64,
    /// The same time as text, such as `2026-11-22T11:06:50.000000`.
    pub modified_date: String,
    /// MD5 digest of the file in hexadecimal, as the original system records it.
    pub md5_hash: String,
    /// URL of its object, if it has one.
    pub s3_url: Option<String>,
}

impl ActorManifest {
    /// Parses a manifest.
    ///
    /// # Errors
    /// [`ManifestError::Syntax`] if the bytes are not JSON, [`ManifestError::Shape`] if they are
    /// not an object, or if `training_data` or `base_images` is not an array.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest = Self {
            document: Document::parse(bytes)?,
        };
        manifest.document.array("training_data")?;
        manifest.document.array("base_images")?;
        Ok(manifest)
    }

    /// The manifest as JSON text, in the format in which it was read.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }

    /// Paths of keys that occur more than once in their object, such as `training_data[3].s3_url`.
    ///
    /// Only the last value of each was read, and writing the manifest loses the others. Check this
    /// before [`Self::edited`].
    pub fn repeated_keys(&self) -> &[String] {
        self.document.repeated_keys()
    }

    /// Full name of the actor.
    pub fn character_name(&self) -> Option<&str> {
        self.document.text("character_name")
    }

    /// Whether a person marked the set as good, which protects all its pictures from removal.
    pub fn training_data_good(&self) -> bool {
        self.document
            .root
            .get("training_data_good")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.document.root.get("metadata")?.get(key)?.as_str()
    }

    /// Sex of the actor as written in `metadata`.
    pub fn sex(&self) -> Option<&str> {
        self.metadata("sex")
    }

    /// Type of the actor, such as `human` or `creature`, if the manifest states it.
    pub fn actor_type(&self) -> Option<&str> {
        self.metadata("actor_type")
            .or_else(|| self.document.text("actor_type"))
            .or_else(|| self.metadata("type"))
    }

    /// The pictures listed in `training_data`, in that order.
    ///
    /// # Errors
    /// [`ManifestError::Shape`] if an entry is not an object or has no `filename`,
    /// [`ManifestError::Name`] if the `filename` is not a plain file name.
    pub fn training_data(&self) -> Result<Vec<LocalFile>, ManifestError> {
        self.document
            .array("training_data")?
            .iter()
            .enumerate()
            .map(|(position, entry)| {
                let path = format!("training_data[{position}]");
                let entry = entry
                    .as_object()
                    .ok_or_else(|| shape_error(path.as_str(), "an object"))?;
                let name = entry_text(entry, "filename")
                    .ok_or_else(|| shape_error(format!("{path}.filename"), "a string"))?;
                let name =
                    ImageName::new(name).map_err(|source| ManifestError::Name { path, source })?;
                Ok(LocalFile {
                    name,
                    s3_url: entry_text(entry, "s3_url"),
                })
            })
            .collect()
    }

    /// The highest number at the end of a file name in `training_data`. Invalid entries are
    /// skipped.
    pub fn highest_number(&self) -> Option<u64> {
        let entries = self.document.array("training_data").unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| entry.get("filename")?.as_str())
            .filter_map(|file| ImageName::new(file).ok()?.trailing_number())
            .max()
    }

    /// Possible locations of the base image, best first.
    pub fn base_images(&self, actor: &ActorId) -> Vec<BaseImageSource> {
        let entries = self.document.array("base_images").unwrap_or_default();
        base_image::candidates(entries.iter().filter_map(Value::as_object), actor)
    }

    /// The manifest with pictures removed from and added to `training_data`, and with the
    /// statistics updated.
    ///
    /// A picture to add replaces an existing entry of that name, so the edit can be repeated. A
    /// document without `training_data` is returned unchanged. Check [`Self::repeated_keys`] first,
    /// because this method cannot fail.
    #[must_use]
    pub fn edited(&self, remove: &BTreeSet<ImageName>, add: &[NewTrainingData], now: &str) -> Self {
        let mut manifest = self.clone();
        let root = &mut manifest.document.root;
        let Some(Value::Array(entries)) = root.get_mut("training_data") else {
            return manifest;
        };
        // Entries of added names go too, so repeating an interrupted edit leaves no duplicates.
        let is_removed = |entry: &Value| {
            file_name(entry).is_some_and(|file| {
                remove.iter().any(|name| name.as_str() == file)
                    || add.iter().any(|new| new.name.as_str() == file)
            })
        };
        entries.retain(|entry| !is_removed(entry));
        entries.extend(add.iter().map(new_entry));
        manifest.update_statistics(now);
        manifest
    }

    /// The manifest with an edit of `training_data` undone entry by entry, and with the statistics
    /// updated. Works like [`TrainingManifest::restored`](crate::TrainingManifest::restored),
    /// except that names in `back` without an entry in `before` are ignored: this manifest often
    /// lacks pictures of the training manifest, and the edit removed nothing for them. Repeating it
    /// changes nothing.
    ///
    /// # Errors
    /// [`ManifestError::Changed`] if an entry to restore exists with different content,
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
        let (current, before) = (self.named_entries()?, before.named_entries()?);
        let back = back
            .iter()
            .filter(|name| {
                before
                    .iter()
                    .any(|(other, _)| *other == Some(name.as_str()))
            })
            .cloned()
            .collect();
        let entries = restore::restored(current.clone(), &before, &back, out)?;
        if entries == current {
            return Ok(self.clone());
        }
        let entries: Vec<Value> = entries
            .into_iter()
            .map(|(_, entry)| entry.clone())
            .collect();
        Ok(self.with_training_data(entries, now))
    }

    /// Groups of entries of `training_data` with the same file name.
    pub fn double_entries(&self) -> Vec<DoubleEntry> {
        DoubleEntry::same_file(self.document.array("training_data").unwrap_or_default())
    }

    /// The manifest with only the first entry of each file name, and with the statistics updated. A
    /// manifest without duplicates is returned unchanged. Check [`Self::repeated_keys`] first,
    /// because this method cannot fail.
    #[must_use]
    pub fn without_double_entries(&self, now: &str) -> Self {
        let entries = self.document.array("training_data").unwrap_or_default();
        let repeated = double::repeated_files(entries);
        if repeated.is_empty() {
            return self.clone();
        }
        let first = entries
            .iter()
            .enumerate()
            .filter(|(position, _)| !repeated.contains(position))
            .map(|(_, entry)| entry.clone())
            .collect();
        self.with_training_data(first, now)
    }

    fn named_entries(&self) -> Result<Vec<NamedEntry<'_>>, ManifestError> {
        let entries = self.document.array("training_data")?;
        Ok(entries
            .iter()
            .map(|entry| (file_name(entry), entry))
            .collect())
    }

    fn with_training_data(&self, entries: Vec<Value>, now: &str) -> Self {
        let mut manifest = self.clone();
        let root = &mut manifest.document.root;
        root.insert("training_data".into(), entries.into());
        manifest.update_statistics(now);
        manifest
    }

    /// Updates the statistics and the time of the last change, if the document has them.
    fn update_statistics(&mut self, now: &str) {
        let root = &mut self.document.root;
        let Some(Value::Array(entries)) = root.get("training_data") else {
            return;
        };
        let counts = Statistics::of(entries);
        if let Some(Value::Object(statistics)) = root.get_mut("statistics") {
            counts.write_into(statistics);
        }
        if root.contains_key("training_data_updated") {
            root.insert("training_data_updated".into(), now.into());
        }
    }
}

fn megabytes(bytes: u64) -> f64 {
    (bytes as f64 / MEGABYTE * 100.0).round() / 100.0
}

fn new_entry(new: &NewTrainingData) -> Value {
    json!({
        "filename": new.name,
        "local_path": new.local_path,
        "size_bytes": new.size_bytes,
        "size_mb": megabytes(new.size_bytes),
        "modified_timestamp": new.modified_timestamp,
        "modified_date": new.modified_date,
        "md5_hash": new.md5_hash,
        "s3_url": new.s3_url,
        "status": if new.s3_url.is_some() { "synced" } else { "local_only" },
    })
}

/// The values of `statistics` that depend on `training_data`.
struct Statistics {
    images: u64,
    bytes: u64,
    synced: u64,
}

impl Statistics {
    fn of(entries: &[Value]) -> Self {
        let synced = |entry: &&Value| entry.get("s3_url").is_some_and(Value::is_string);
        Self {
            images: entries.len() as u64,
            bytes: entries
                .iter()
                .filter_map(|entry| entry.get("size_bytes")?.as_u64())
                .sum(),
            synced: entries.iter().filter(synced).count() as u64,
        }
    }

    /// Updates the keys that exist and adds none.
    fn write_into(&self, statistics: &mut Map<String, Value>) {
        let numbers = [
            ("training_images_count", json!(self.images)),
            ("training_data_size_bytes", json!(self.bytes)),
            ("training_data_size_mb", json!(megabytes(self.bytes))),
            ("training_synced_count", json!(self.synced)),
            (
                "training_local_only_count",
                json!(self.images - self.synced),
            ),
        ];
        for (key, number) in numbers {
            if let Some(slot) = statistics.get_mut(key) {
                *slot = number;
            }
        }
    }
}

#[cfg(test)]
mod tests;
