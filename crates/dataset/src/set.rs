//! The set of one actor: which pictures are its, in which order, and where each can be had.

use crate::discovery::ActorFiles;
use crate::drift::{Drift, StoredActorManifest, drift};
use crate::error::DataError;
use crate::folder::DataReader;
use crate::layout::{self, MANIFEST_LIMIT, is_picture_name};
use manifest::{ActorManifest, BaseImageSource, ImageEntry, TrainingManifest};
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectKey, ObjectMeta, Version, sha256};
use tdbal_types::{ActorId, Digest, ImageClass, ImageName};

/// The set of an actor as its folder and manifests have it; no picture was read yet.
#[derive(Debug, Clone)]
pub struct ActorSet {
    /// The actor.
    pub actor: ActorId,
    /// The pictures, in the order in which they stand on a sheet.
    pub pictures: Vec<SetPicture>,
    /// What folder and manifests do not agree on.
    pub drift: Vec<Drift>,
    /// The training manifest; empty where there is none yet.
    pub training: TrainingManifest,
    /// The version of the training manifest that was read; none where there is none yet.
    pub training_version: Option<Version>,
    /// The actor manifest, or why there is none.
    pub actor_manifest: Result<StoredActorManifest, String>,
    /// The pictures in the folder `base_image/`, by name.
    base_images: Vec<ObjectKey>,
}

/// One picture of a set.
#[derive(Debug, Clone)]
pub struct SetPicture {
    /// Its file name.
    pub name: ImageName,
    /// Its local copy, where there is one.
    pub local: Option<ObjectMeta>,
    /// Its object's address as the manifest has it.
    pub s3_url: Option<String>,
    /// The class that it was made to be, by its record in the manifest or by its prompt.
    pub provenance: Option<ImageClass>,
}

/// Reads the manifests of an actor and puts its set together.
///
/// # Errors
/// When a manifest that is there cannot be read: it is never taken for an empty one.
pub async fn load(
    data: &DataReader,
    actor: &ActorId,
    files: &ActorFiles,
    now: &str,
) -> Result<ActorSet, DataError> {
    if let Some(problem) = files.broken_journal.clone() {
        return Err(DataError::Journal { problem });
    }
    let actor_manifest = load_actor_manifest(data, actor).await?;
    let stored = load_training_manifest(data, actor).await?;
    let mut local = local_pictures(files);
    local.retain(|name, _| {
        let listed = stored
            .as_ref()
            .is_some_and(|(manifest, _)| manifest.contains(name));
        listed || !files.hidden.contains(name)
    });
    let (training, training_version) = match stored {
        Some((manifest, version)) => (manifest, Some(version)),
        None => {
            let source = actor_manifest.as_ref().ok().filter(|_| local.is_empty());
            let manifest = match source {
                Some(stored) => TrainingManifest::from_actor_manifest(actor, &stored.manifest, now)
                    .map_err(|source| DataError::Manifest {
                        key: stored.key.to_string(),
                        source,
                    })?,
                None => TrainingManifest::empty(actor, now),
            };
            (manifest, None)
        }
    };
    let entries = training.images();
    let drift = drift(
        actor,
        &training,
        training_version.is_some(),
        &entries,
        &local,
        &actor_manifest,
    );
    let base_images = files
        .base_images
        .iter()
        .map(|meta| meta.key.clone())
        .collect();
    let pictures = ordered(entries, local);
    Ok(ActorSet {
        actor: actor.clone(),
        pictures,
        drift,
        training,
        training_version,
        actor_manifest,
        base_images,
    })
}

fn local_pictures(files: &ActorFiles) -> BTreeMap<ImageName, ObjectMeta> {
    files
        .training
        .iter()
        .filter(|meta| is_picture_name(meta.key.file_name()))
        .filter_map(|meta| Some((ImageName::new(meta.key.file_name()).ok()?, meta.clone())))
        .collect()
}

/// The class that a picture was made to be: as recorded, else as its prompt asks for.
fn provenance(entry: &ImageEntry) -> Option<ImageClass> {
    let prompt = entry.prompt.as_deref();
    entry
        .class
        .or_else(|| prompt.and_then(evidence::class_of_prompt))
}

/// The pictures in the order of a sheet: by the manifest's `index`, those without one after the
/// others, then by name bytewise; files that the manifest does not know follow, by name.
fn ordered(
    entries: Vec<ImageEntry>,
    mut local: BTreeMap<ImageName, ObjectMeta>,
) -> Vec<SetPicture> {
    let mut entries = entries;
    entries.sort_by(|a, b| {
        let rank = |entry: &ImageEntry| (entry.index.is_none(), entry.index);
        rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name))
    });
    let mut pictures: Vec<SetPicture> = entries
        .into_iter()
        .map(|entry| SetPicture {
            local: local.remove(&entry.name),
            provenance: provenance(&entry),
            name: entry.name,
            s3_url: entry.s3_url,
        })
        .collect();
    pictures.extend(local.into_iter().map(|(name, meta)| SetPicture {
        name,
        local: Some(meta),
        s3_url: None,
        provenance: None,
    }));
    pictures
}

async fn load_training_manifest(
    data: &DataReader,
    actor: &ActorId,
) -> Result<Option<(TrainingManifest, Version)>, DataError> {
    let key = layout::training_manifest(actor)?;
    let object = match data.store().get(&key, MANIFEST_LIMIT).await {
        Ok(object) => object,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let manifest =
        TrainingManifest::parse(&object.bytes).map_err(|source| DataError::Manifest {
            key: key.to_string(),
            source,
        })?;
    Ok(Some((manifest, object.version)))
}

/// The actor manifest, or why there is none, in words. That it cannot be reached just now is another
/// thing.
async fn load_actor_manifest(
    data: &DataReader,
    actor: &ActorId,
) -> Result<Result<StoredActorManifest, String>, DataError> {
    let keys = layout::actor_manifests(actor);
    for key in &keys {
        let object = match data.store().get(key, MANIFEST_LIMIT).await {
            Ok(object) => object,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error.into()),
        };
        let manifest = match ActorManifest::parse(&object.bytes) {
            Ok(manifest) => manifest,
            Err(error) => return Ok(Err(format!("{key}: {}", tdbal_types::chain(&error)))),
        };
        return Ok(match manifest.character_name() {
            Some(other) if other != actor.as_str() => {
                Err(format!("{key} says that it is of {other}"))
            }
            _ => Ok(StoredActorManifest {
                manifest,
                key: key.clone(),
            }),
        });
    }
    let names: Vec<&str> = keys.iter().map(ObjectKey::as_str).collect();
    Ok(Err(format!(
        "{} does not exist in {data}",
        names.join(" or ")
    )))
}

impl ActorSet {
    /// Something that changes whenever a file, an address or the training manifest does, without
    /// reading a picture: to find out whether an actor is still as it was when it was completed.
    /// `objects` is what the buckets say of pictures without a local copy.
    pub fn fingerprint(&self, objects: &BTreeMap<ImageName, String>) -> Digest {
        let mut text = String::new();
        let mut part = |value: &str| {
            text.push_str(value);
            text.push('\0');
        };
        part(
            self.training_version
                .as_ref()
                .map_or("", |version| version.0.as_str()),
        );
        for picture in &self.pictures {
            part(picture.name.as_str());
            part(
                picture
                    .local
                    .as_ref()
                    .map_or("", |meta| meta.fingerprint.as_str()),
            );
            part(picture.s3_url.as_deref().unwrap_or_default());
            part(objects.get(&picture.name).map_or("", String::as_str));
        }
        sha256(text.as_bytes())
    }

    /// Asks the buckets about the pictures that have no local copy. What cannot be asked is left
    /// out: such an actor is done again.
    pub async fn object_fingerprints(&self, data: &DataReader) -> BTreeMap<ImageName, String> {
        let mut found = BTreeMap::new();
        for picture in self
            .pictures
            .iter()
            .filter(|picture| picture.local.is_none())
        {
            let Some(text) = &picture.s3_url else {
                continue;
            };
            let Ok(url) = data.parse_url(text) else {
                continue;
            };
            let Ok(bucket) = data.bucket(&url).await else {
                continue;
            };
            if let Ok(meta) = bucket.head(&url.key).await {
                found.insert(picture.name.clone(), meta.fingerprint);
            }
        }
        found
    }

    /// Whether reading or changing the set needs a bucket: some picture has no local copy, or, when
    /// the set is to be changed, has an object that may have to go, or the base image is only an
    /// object.
    pub fn needs_bucket(&self, to_change: bool) -> bool {
        let by_picture = self
            .pictures
            .iter()
            .any(|picture| picture.s3_url.is_some() && (to_change || picture.local.is_none()));
        by_picture || (to_change && self.base_images.is_empty() && self.base_is_elsewhere())
    }

    fn base_is_elsewhere(&self) -> bool {
        self.base_image_sources()
            .iter()
            .any(|source| matches!(source, BaseImageSource::Url(_)))
    }

    /// Where the base image may be, best first.
    pub fn base_image_sources(&self) -> Vec<BaseImageSource> {
        match &self.actor_manifest {
            Ok(stored) => stored.manifest.base_images(&self.actor),
            Err(_) => {
                vec![BaseImageSource::Folder(format!(
                    "{}/{}/base_image",
                    layout::ACTORS,
                    self.actor
                ))]
            }
        }
    }

    /// The pictures in `base_image/`, by name.
    pub fn base_images(&self) -> &[ObjectKey] {
        &self.base_images
    }

    /// The actor manifest, which every change needs.
    pub fn required_actor_manifest(&self) -> Result<&StoredActorManifest, DataError> {
        self.actor_manifest
            .as_ref()
            .map_err(|problem| DataError::ActorManifest {
                actor: self.actor.clone(),
                problem: problem.clone(),
            })
    }

    /// Refuses manifests that say something twice: one of the two would be lost in writing.
    pub fn refuse_repeated_keys(&self) -> Result<(), DataError> {
        let training = layout::training_manifest(&self.actor)?;
        let mut manifests = vec![(training, self.training.repeated_keys())];
        if let Ok(stored) = &self.actor_manifest {
            manifests.push((stored.key.clone(), stored.manifest.repeated_keys()));
        }
        for (key, repeated) in manifests {
            if !repeated.is_empty() {
                return Err(DataError::Manifest {
                    key: key.to_string(),
                    source: manifest::ManifestError::RepeatedKeys {
                        paths: repeated.to_vec(),
                    },
                });
            }
        }
        Ok(())
    }

    /// All prompts that pictures of this actor were made from, also of pictures that are gone.
    pub fn used_prompts(&self) -> BTreeSet<String> {
        self.training.used_prompts()
    }

    /// The highest number that is known to have been used in a name of this actor: in the training
    /// manifest, the folder, and the actor manifest.
    pub fn highest_number(&self) -> Option<u64> {
        let in_folder = self
            .pictures
            .iter()
            .filter_map(|picture| picture.name.trailing_number());
        let in_actor_manifest = self
            .actor_manifest
            .as_ref()
            .ok()
            .and_then(|stored| stored.manifest.highest_number());
        self.training
            .highest_number()
            .into_iter()
            .chain(in_folder)
            .chain(in_actor_manifest)
            .max()
    }
}
