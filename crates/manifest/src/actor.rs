//! The actor manifest: `actor_manifests/{id}_manifest.json`.

use crate::document::{Document, entry_text, shape};
use crate::double::{self, DoubleEntry, file_name};
use crate::restore::{self, Named};
use crate::{BaseImageSource, ManifestError, base_image};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageName};

/// Bytes in a megabyte, as the original's `size_mb` fields count them.
const MEGABYTE: f64 = 1024.0 * 1024.0;

/// An actor manifest that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorManifest {
    document: Document,
}

/// A picture that the actor manifest's `training_data` names.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalFile {
    /// The file name.
    pub name: ImageName,
    /// Where its object is.
    pub s3_url: Option<String>,
}

/// A picture to be entered into `training_data`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTrainingData {
    /// The file name.
    pub name: ImageName,
    /// Where its local copy is.
    pub local_path: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written, in seconds since 1970.
    pub modified_timestamp: f64,
    /// The same time: `2026-11-22T11:06:50.000000`.
    pub modified_date: String,
    /// Its MD5, in hexadecimal, as the original records it.
    pub md5_hash: String,
    /// Where its object is, if it has one.
    pub s3_url: Option<String>,
}

impl ActorManifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is no JSON object, or `training_data` or `base_images` is no array.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest = Self {
            document: Document::parse(bytes)?,
        };
        manifest.document.array("training_data")?;
        manifest.document.array("base_images")?;
        Ok(manifest)
    }

    /// The document as it is written: what was read, with the edits.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }

    /// The paths of keys that an object of the document has more than once
    /// (`training_data[3].s3_url`). Only the last entry of each was read: to write such a manifest is
    /// to lose the others, so ask before [`Self::edited`].
    pub fn repeated_keys(&self) -> &[String] {
        self.document.repeated_keys()
    }

    /// The whole name of the actor that the document is of.
    pub fn character_name(&self) -> Option<&str> {
        self.document.text("character_name")
    }

    /// Whether a person said that the set is good as it is.
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

    /// The actor's sex, as the document has it.
    pub fn sex(&self) -> Option<&str> {
        self.metadata("sex")
    }

    /// What kind of being the actor is (`human`, `creature`, ...), where the document says so.
    pub fn actor_type(&self) -> Option<&str> {
        self.metadata("actor_type")
            .or_else(|| self.document.text("actor_type"))
            .or_else(|| self.metadata("type"))
    }

    /// The pictures that `training_data` names, in its order.
    ///
    /// # Errors
    /// When an entry is no object, has no `filename`, or one that is no plain file name.
    pub fn training_data(&self) -> Result<Vec<LocalFile>, ManifestError> {
        self.document
            .array("training_data")?
            .iter()
            .enumerate()
            .map(|(position, entry)| {
                let path = format!("training_data[{position}]");
                let entry = entry
                    .as_object()
                    .ok_or_else(|| shape(path.as_str(), "an object"))?;
                let name = entry_text(entry, "filename")
                    .ok_or_else(|| shape(format!("{path}.filename"), "a text"))?;
                let name =
                    ImageName::new(name).map_err(|source| ManifestError::Name { path, source })?;
                Ok(LocalFile {
                    name,
                    s3_url: entry_text(entry, "s3_url"),
                })
            })
            .collect()
    }

    /// The highest number in a name of `training_data`; entries that make no sense are passed over.
    pub fn highest_number(&self) -> Option<u64> {
        let entries = self.document.array("training_data").unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| entry.get("filename")?.as_str())
            .filter_map(|file| ImageName::new(file).ok()?.trailing_number())
            .max()
    }

    /// Where the base image may be, best first; see [`BaseImageSource`].
    pub fn base_images(&self, actor: &ActorId) -> Vec<BaseImageSource> {
        let entries = self.document.array("base_images").unwrap_or_default();
        base_image::candidates(entries.iter().filter_map(Value::as_object), actor)
    }

    /// The manifest after pictures left and came: `training_data` and the statistics that count it.
    /// A picture that is to come and is there already replaces its old entry, so that the edit can
    /// be repeated. A document without `training_data` gets none, and stays as it is. It cannot refuse
    /// repeated keys: see [`Self::repeated_keys`].
    #[must_use]
    pub fn edited(&self, remove: &BTreeSet<ImageName>, add: &[NewTrainingData], now: &str) -> Self {
        let mut manifest = self.clone();
        let root = &mut manifest.document.root;
        let Some(Value::Array(entries)) = root.get_mut("training_data") else {
            return manifest;
        };
        let leaves = |entry: &Value| {
            file_name(entry).is_some_and(|file| {
                remove.iter().any(|name| name.as_str() == file)
                    || add.iter().any(|new| new.name.as_str() == file)
            })
        };
        entries.retain(|entry| !leaves(entry));
        entries.extend(add.iter().map(new_entry));
        manifest.follow(now);
        manifest
    }

    /// The manifest after a change was taken back, entry by entry, whatever else changed since: as
    /// [`TrainingManifest::restored`](crate::TrainingManifest::restored) does it, for `training_data`
    /// and the statistics that count it. A name in `back` that `before` does not have is passed over:
    /// this manifest often lacks pictures that the training manifest has, and then the change took
    /// nothing out of it. Done again, it changes nothing.
    ///
    /// # Errors
    /// When an entry that is to come back is there with other content, `training_data` is no array, or
    /// a key is repeated in either manifest.
    pub fn restored(
        &self,
        before: &Self,
        back: &BTreeSet<ImageName>,
        out: &BTreeSet<ImageName>,
        now: &str,
    ) -> Result<Self, ManifestError> {
        self.document.check_writable()?;
        before.document.check_writable()?;
        let (current, before) = (self.named()?, before.named()?);
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

    /// Entries of `training_data` that have one file name.
    pub fn double_entries(&self) -> Vec<DoubleEntry> {
        DoubleEntry::same_file(self.document.array("training_data").unwrap_or_default())
    }

    /// The manifest with only the first of the entries that have one file name, and the statistics
    /// that count them. A manifest without double entries stays as it is. It cannot refuse repeated
    /// keys: see [`Self::repeated_keys`].
    #[must_use]
    pub fn without_double_entries(&self, now: &str) -> Self {
        let entries = self.document.array("training_data").unwrap_or_default();
        let doubles = double::later_of_one_file(entries);
        if doubles.is_empty() {
            return self.clone();
        }
        let first = entries
            .iter()
            .enumerate()
            .filter(|(position, _)| !doubles.contains(position))
            .map(|(_, entry)| entry.clone())
            .collect();
        self.with_training_data(first, now)
    }

    fn named(&self) -> Result<Vec<Named<'_>>, ManifestError> {
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
        manifest.follow(now);
        manifest
    }

    /// Writes what follows from `training_data`, where the document has it: the statistics that count
    /// it, and the time.
    fn follow(&mut self, now: &str) {
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

/// The numbers of `statistics` that are about training pictures.
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

    /// Writes only the numbers that the document has, so that no key is invented.
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
