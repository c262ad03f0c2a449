//! The actor manifest: `actor_manifests/{id}_manifest.json`.

use crate::document::{Document, entry_text, shape};
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
    /// be repeated. A document without `training_data` gets none, and stays as it is.
    #[must_use]
    pub fn edited(&self, remove: &BTreeSet<ImageName>, add: &[NewTrainingData], now: &str) -> Self {
        let mut manifest = self.clone();
        let root = &mut manifest.document.root;
        let Some(Value::Array(entries)) = root.get_mut("training_data") else {
            return manifest;
        };
        let leaves = |entry: &Value| {
            entry
                .get("filename")
                .and_then(Value::as_str)
                .is_some_and(|file| {
                    remove.iter().any(|name| name.as_str() == file)
                        || add.iter().any(|new| new.name.as_str() == file)
                })
        };
        entries.retain(|entry| !leaves(entry));
        entries.extend(add.iter().map(new_entry));
        let counts = Statistics::of(entries);
        if let Some(Value::Object(statistics)) = root.get_mut("statistics") {
            counts.write_into(statistics);
        }
        if root.contains_key("training_data_updated") {
            root.insert("training_data_updated".into(), now.into());
        }
        manifest
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
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{
      "character_name": "9001_a",
      "metadata": {"sex": "female", "age": "30"},
      "statistics": {"total_files": 1, "training_images_count": 2, "training_data_size_bytes": 30, "training_synced_count": 1},
      "training_data": [
        {"filename": "9001_a_0.jpg", "size_bytes": 10, "s3_url": null, "kept": 1},
        {"filename": "9001_a_1.jpg", "size_bytes": 20, "s3_url": "s3://b/9001_a_1.jpg"}
      ],
      "lora_model": {}
    }"#;

    fn new(index: u32) -> NewTrainingData {
        NewTrainingData {
            name: ImageName::new(format!("9001_a_{index}.jpg")).unwrap(),
            local_path: format!("data/actors/9001_a/training_data/9001_a_{index}.jpg"),
            size_bytes: 5,
            modified_timestamp: 1.5,
            modified_date: "1970-01-01T00:00:01.500000".into(),
            md5_hash: "0".repeat(32),
            s3_url: None,
        }
    }

    #[test]
    fn an_edit_moves_entries_and_counts_them() {
        let manifest = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
        let remove = BTreeSet::from([ImageName::new("9001_a_1.jpg").unwrap()]);
        let edited = manifest.edited(&remove, &[new(2)], "now");
        let value: Value = serde_json::from_slice(&edited.to_bytes()).unwrap();
        assert_eq!(value["training_data"][0]["kept"], 1);
        assert_eq!(value["training_data"][1]["filename"], "9001_a_2.jpg");
        assert_eq!(
            value["statistics"],
            json!({"total_files": 1, "training_images_count": 2, "training_data_size_bytes": 15, "training_synced_count": 0})
        );
        assert_eq!(
            edited.edited(&remove, &[new(2)], "now"),
            edited,
            "it can be repeated"
        );
    }

    #[test]
    fn a_document_without_training_data_stays_as_it_is() {
        let manifest = ActorManifest::parse(br#"{"a": 1}"#).unwrap();
        assert_eq!(
            manifest.edited(&BTreeSet::new(), &[new(1)], "now"),
            manifest
        );
    }

    #[test]
    fn what_the_document_says_of_the_actor() {
        let manifest = ActorManifest::parse(DOCUMENT.as_bytes()).unwrap();
        assert_eq!(manifest.sex(), Some("female"));
        assert_eq!(manifest.actor_type(), None);
        assert!(!manifest.training_data_good());
        assert_eq!(manifest.training_data().unwrap().len(), 2);
    }

    #[test]
    fn an_entry_without_a_file_name_is_an_error_that_names_it() {
        let manifest = ActorManifest::parse(br#"{"training_data": [{}]}"#).unwrap();
        let error = manifest.training_data().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("training_data[0].filename should be"),
            "{error}"
        );
    }
}
